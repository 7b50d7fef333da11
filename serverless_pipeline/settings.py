"""What a project can choose: the flat scalars of the section `pipeline` in `invoke.yaml`, each with a default.

Invoke merges `invoke.yaml` and `INVOKE_PIPELINE_<NAME>` over the defaults; `Settings.from_config` reads the result once
and tells all mistakes together.
"""

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from serverless_pipeline import tags
from serverless_pipeline.errors import Misconfigured

TARGETS = ("local", "aws")
SOURCES = ("working-tree", "github", "s3")
ARCHITECTURES = ("arm64", "x86_64")
LOCAL_REGION = "us-east-1"

_STACK_NAME = re.compile(r"[a-z](?:[a-z0-9-]{0,26}[a-z0-9])?")
_ENVIRONMENT = re.compile(r"[A-Z][A-Za-z0-9]{0,15}")
_REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+")
_SHIFT = re.compile(r"(canary|linear):[1-9][0-9]?:(?![0.]+$)[0-9]+(\.[0-9]+)?")
_RUNTIME = re.compile(r"python3\.\d+")
_ROLE = re.compile(r"arn:aws[\w-]*:iam::\d{12}:role/[\w+=,.@/-]+")
_POLICY = re.compile(r"arn:aws[\w-]*:iam::(\d{12}|aws):policy/[\w+=,.@/-]+")


@dataclass(frozen=True)
class Settings:
    """The settings of one pipeline. An empty string means: not chosen."""

    target: str = "local"
    stack_name: str = "serverless-pipeline"
    region: str = ""
    profile: str = ""
    port: int = 4566

    source: str = ""
    repository: str = ""
    branch: str = "main"
    connection_arn: str = ""
    source_bucket: str = ""
    source_key: str = "source/source.zip"

    requirements: str = "requirements.txt"
    package_task: str = "package"
    test_task: str = "test-functional"
    site_path: str = "dist/site.zip"
    app_path: str = "dist/lambda.zip"
    api_path: str = "dist/openapi.json"

    environments: str = "Test,Prod"
    approval: bool = False
    shift: str = ""
    alarms: str = ""

    runtime: str = "python3.13"
    architecture: str = "arm64"
    memory: int = 2048

    tags: str = ""
    service_role: str = ""
    permissions_boundary: str = ""
    termination_protection: bool = False

    @classmethod
    def defaults(cls) -> dict[str, Any]:
        """The defaults as Invoke wants them: a plain dict, name to text.

        Numbers and booleans are text as well: Invoke casts an environment variable to the type of what it replaces, so
        that `false` would become true and `abc` a traceback. `from_config` reads them.
        """
        return {field.name: _written(field.default) for field in fields(cls)}

    @classmethod
    def from_config(cls, section: Mapping[str, Any], **chosen: str | None) -> "Settings":
        """Read the section `pipeline` of Invoke's configuration; options of the command line come last.

        Where the source comes from matters to some tasks only, so mistakes there alone wait for `check_source`.

        Raises:
            Misconfigured: names every key that is misspelt, of a wrong type or without sense, all together.
        """
        values = dict(section) | {name: value for name, value in chosen.items() if value}
        settings = cls(**_well_typed(values))
        mistakes = [*_misspelt(values), *_mistyped(values), *settings._mistakes()]
        if mistakes:
            raise _misconfigured([*mistakes, *settings._source_mistakes()])
        return settings

    def check_source(self) -> None:
        """Make sure that the source can be reached as it is described.

        Raises:
            Misconfigured: names what is missing.
        """
        if mistakes := list(self._source_mistakes()):
            raise _misconfigured(mistakes)

    @property
    def is_local(self) -> bool:
        """Whether everything happens on the embedded AWS."""
        return self.target == "local"

    @property
    def source_kind(self) -> str:
        """The source chosen, or what the target suggests: the working tree on a laptop, GitHub on an account."""
        return self.source or ("working-tree" if self.is_local else "github")

    @property
    def environment_names(self) -> tuple[str, ...]:
        """The deployment stages in order; the last one is production."""
        return tuple(name.strip() for name in self.environments.split(",") if name.strip())

    @property
    def stack_tags(self) -> dict[str, str]:
        """The tags of the stacks and of everything in them."""
        return {tags.OWN: self.stack_name} | tags.read(self.tags)

    def _mistakes(self) -> Iterator[str]:
        yield from _outside("target", self.target, TARGETS)
        yield from _outside("source", self.source_kind, SOURCES)
        yield from _outside("architecture", self.architecture, ARCHITECTURES)
        if not _STACK_NAME.fullmatch(self.stack_name):
            yield f"stack_name: {self.stack_name!r} must be 1 to 28 of a-z, 0-9 and -, starting with a letter"
        if not _RUNTIME.fullmatch(self.runtime):
            yield f"runtime: {self.runtime!r} must be a Python runtime of Lambda, such as python3.13"
        if not 0 <= self.port <= 65535:  # noqa: PLR2004 - the range of TCP ports
            yield f"port: {self.port} must be 0 (any free one) to 65535"
        if not 512 <= self.memory <= 10240:  # noqa: PLR2004 - Lambda's own limit, and what a task needs at the least
            yield f"memory: {self.memory} must be 512 to 10240 MB"
        if self.shift and not _SHIFT.fullmatch(self.shift):
            yield f"shift: {self.shift!r} must be canary or linear:PERCENT:MINUTES, such as canary:10:5"
        if self.alarms and not self.shift:
            yield "alarms: they need a shift, such as canary:10:5; without one nothing looks at them"
        yield from self._environment_mistakes()
        yield from self._governance_mistakes()

    def _governance_mistakes(self) -> Iterator[str]:
        yield from tags.mistakes(self.tags)
        if self.service_role and not _ROLE.fullmatch(self.service_role):
            yield f"service_role: {self.service_role!r} must be the ARN of a role, arn:aws:iam::123456789012:role/name"
        if self.permissions_boundary and not _POLICY.fullmatch(self.permissions_boundary):
            where = "arn:aws:iam::123456789012:policy/name"
            yield f"permissions_boundary: {self.permissions_boundary!r} must be the ARN of a policy, {where}"

    def _environment_mistakes(self) -> Iterator[str]:
        names = self.environment_names
        if not names:
            yield "environments: name at least one, such as Test,Prod"
        for name in names:
            if not _ENVIRONMENT.fullmatch(name):
                yield f"environments: {name!r} must be 1 to 16 letters and digits, starting with a capital"
        if len({name.lower() for name in names}) < len(names):
            yield f"environments: {self.environments!r} names one of them twice"

    def _source_mistakes(self) -> Iterator[str]:
        if self.source_kind != "github" or self.target not in TARGETS:
            return
        if self.is_local:
            yield "source: the embedded AWS cannot reach GitHub; choose working-tree or s3"
        if not _REPOSITORY.fullmatch(self.repository):
            yield f"repository: {self.repository!r} must be owner/name, since the source is github"
        if not self.connection_arn.startswith("arn:"):
            yield "connection_arn: the source is github; give the ARN of a connection (Developer Tools > Connections)"


def _misconfigured(mistakes: list[str]) -> Misconfigured:
    listed = "\n".join(f"  - {mistake}" for mistake in mistakes)
    return Misconfigured(
        f"The section `pipeline` of invoke.yaml has {_count(mistakes)}:\n{listed}",
        hint="mend invoke.yaml (or INVOKE_PIPELINE_<NAME>), then type the same command again",
    )


def _misspelt(values: Mapping[str, Any]) -> Iterator[str]:
    known = [field.name for field in fields(Settings)]
    for name in values:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            yield f"{name}: there is no such setting" + (f"; did you mean {near[0]}?" if near else "")


def _mistyped(values: Mapping[str, Any]) -> Iterator[str]:
    well = _well_typed(values)
    for name, kind in _KINDS.items():
        if name in values and name not in well:
            yield f"{name}: {values[name]!r} must be {_KIND_WORDS[kind]}"


def _well_typed(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values that have the type of their default; the other settings keep the default while mistakes are sought."""
    read = {name: _scalar(name, value) for name, value in values.items()}
    return {name: value for name, value in read.items() if type(value) is _KINDS.get(name)}


_KIND_WORDS: dict[type, str] = {str: "text", int: "a whole number", bool: "true or false"}


def _scalar(name: str, value: Any) -> Any:  # noqa: ANN401 - whatever YAML can hold
    """Read text where a number or a boolean is meant, a list of environments and a map of tags as the comma string."""
    if name == "environments" and isinstance(value, list | tuple):
        return ",".join(str(item) for item in value)
    if name == "tags" and isinstance(value, Mapping):
        return ",".join(f"{key}={item}" for key, item in value.items())
    kind = _KINDS.get(name)
    if kind is int and isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,9}", value.strip()):
        return int(value)
    if kind is bool and isinstance(value, str):
        return _BOOLEANS.get(value.strip().lower(), value)
    return value


def _written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


_KINDS = {field.name: type(field.default) for field in fields(Settings)}
_BOOLEANS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False, "": False}


def _outside(name: str, value: str, choices: tuple[str, ...]) -> Iterator[str]:
    if value not in choices:
        yield f"{name}: {value!r} must be one of {', '.join(choices)}"


def _count(mistakes: list[str]) -> str:
    return "a mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
