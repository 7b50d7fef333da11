"""The settings of one pipeline: typed values, each with a default, that cannot be there while they are invalid."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal, get_args

from serverless_pipeline import tags
from serverless_pipeline.settings import section, source, timing, variables
from serverless_pipeline.settings.mistakes import InvalidSettings, refuse
from serverless_pipeline.settings.shift import Shift
from serverless_pipeline.settings.source import GitHub, Source, Undescribed, WorkingTree

Target = Literal["local", "aws"]
Sandbox = Literal["automatic", "required", "bubblewrap", "namespaces", "none"]
DataLoss = Literal["refuse", "allow"]

ARCHITECTURES = ("arm64", "x86_64")
LOCAL_REGION = "us-east-1"

_STACK_NAME = re.compile(r"[a-z](?:[a-z0-9-]{0,26}[a-z0-9])?")
_ENVIRONMENT = re.compile(r"[A-Z][A-Za-z0-9]{0,15}")
_OWN = ("artifactbucket", "report", "run")
"""How functions and buckets of the pipeline itself begin: with an environment of that name they would be in it."""
_LONGEST_EVENTUAL = 60.0
_FOLDER = re.compile(r"(?!\.\.?(/|$))[^/]+(/(?!\.\.?(/|$))[^/]+)*")
_REPOSITORY = re.compile(r"[\w.-]+(/[\w.-]+)+")
_TASK = re.compile(r"[A-Za-z_][\w.-]*")
_RUNTIME = re.compile(r"python3\.(1[1-9]|[2-9]\d)")
"""Those that the pipeline's functions run on."""
_ROLE = re.compile(r"arn:aws[\w-]*:iam::\d{12}:role/[\w+=,.@/-]+")
_LAYER = re.compile(r"arn:aws[\w-]*:lambda:[\w-]+:\d{12}:layer:[\w-]+:\d+")
_MOST_LAYERS = 5
"""Lambda's own limit."""
_POLICY = re.compile(r"arn:aws[\w-]*:iam::(\d{12}|aws):policy/[\w+=,.@/-]+")


@dataclass(frozen=True)
class Settings:
    """The settings of one pipeline. An empty text means: not chosen.

    Raises:
        InvalidSettings: tells all mistakes together.
    """

    target: Target = "local"
    stack_name: str = "serverless-pipeline"
    region: str = ""
    profile: str = ""
    port: int = 4566
    local_eventual: float = 0.0
    local_block_public_access: bool = False
    local_sandbox: Sandbox = "automatic"
    local_concurrency: int = 100
    local_codepipeline_timing: Mapping[str, str] = field(default_factory=dict, hash=False)
    local_repositories: Mapping[str, str] = field(default_factory=dict, hash=False)
    local_stub_providers: bool = False

    source: Source | Undescribed = field(default_factory=WorkingTree)

    folder: str = ""
    requirements: str = "requirements.txt"
    package_task: str = "package"
    package_env: Mapping[str, str] = field(default_factory=dict, hash=False)
    package_secrets: Mapping[str, str] = field(default_factory=dict, hash=False)
    test_task: str = "test-functional"
    test_env: Mapping[str, str] = field(default_factory=dict, hash=False)
    test_secrets: Mapping[str, str] = field(default_factory=dict, hash=False)
    test_outputs: Mapping[str, str] = field(default_factory=dict, hash=False)
    tasks_before_delivery: tuple[str, ...] = ()
    tasks_after_test: tuple[str, ...] = ()

    template: str = "template.yaml"
    template_configuration: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict, hash=False)
    environment_policy: str = ""
    data_loss: DataLoss = "refuse"
    environments: tuple[str, ...] = ("Test", "Prod")
    """The deployment stages in order; the last one is production."""
    approval: bool = False
    shift: Shift | None = None
    alarms: tuple[str, ...] = ()

    runtime: str = "python3.13"
    architecture: str = "arm64"
    memory: int = 2048
    tools: tuple[str, ...] = ()

    tags: Mapping[str, str] = field(default_factory=dict, hash=False)
    service_role: str = ""
    permissions_boundary: str = ""
    termination_protection: bool = False

    def __post_init__(self) -> None:
        refuse(self._mistakes())

    @classmethod
    def defaults(cls) -> dict[str, str]:
        """The defaults as Invoke wants them: name to text."""
        settings = cls()
        own = {one.name: section.write(getattr(settings, one.name)) for one in fields(cls)}
        return own | section.SOURCE

    @classmethod
    def from_config(cls, config: Mapping[str, Any], **options: str | None) -> "Settings":
        """Read the section `pipeline` of Invoke's configuration; options of the command line come last.

        Where the source comes from matters to some tasks only, so mistakes there alone wait for `demand_source`.

        Raises:
            InvalidSettings: names every key that is misspelt, of a wrong type or without sense, all together.
        """
        values, mistakes = section.read(dict(config) | {name: option for name, option in options.items() if option})
        source_section = section.SOURCE | {name: values.pop(name) for name in section.SOURCE if name in values}
        values["source"] = source.describe(source_section, local=values.get("target") != "aws")
        try:
            settings = cls(**values)
        except InvalidSettings as error:
            mistakes += error.mistakes
        if mistakes:
            raise InvalidSettings([*mistakes, *_undescribed(values["source"])])
        return settings

    def demand_source(self) -> Source:
        """Where the source comes from.

        Raises:
            InvalidSettings: it cannot be reached as it is described; names what is missing.
        """
        if isinstance(self.source, Undescribed):
            raise InvalidSettings(self.source.mistakes)
        return self.source

    @property
    def is_local(self) -> bool:
        """Whether everything happens on the embedded AWS."""
        return self.target == "local"

    @property
    def stack_tags(self) -> dict[str, str]:
        """The tags of the stacks and of everything in them."""
        return {tags.OWN: self.stack_name} | dict(self.tags)

    def _mistakes(self) -> Iterator[str]:
        yield from _outside("target", self.target, get_args(Target))
        yield from _outside("architecture", self.architecture, ARCHITECTURES)
        if not _STACK_NAME.fullmatch(self.stack_name):
            yield f"stack_name: {self.stack_name!r} must be 1 to 28 of a-z, 0-9 and -, starting with a letter"
        if not _RUNTIME.fullmatch(self.runtime):
            yield f"runtime: {self.runtime!r} must be a Python runtime of Lambda, python3.11 or newer"
        if not 0 <= self.port <= 65535:  # noqa: PLR2004 - the range of TCP ports
            yield f"port: {self.port} must be 0 (any free one) to 65535"
        if not 0 <= self.local_eventual <= _LONGEST_EVENTUAL:
            yield f"local_eventual: {self.local_eventual:g} must be 0 (nothing takes its time) to 60 seconds"
        yield from _outside("local_sandbox", self.local_sandbox, get_args(Sandbox))
        if not 1 <= self.local_concurrency <= 1000:  # noqa: PLR2004 - what AWS gives an account
            yield f"local_concurrency: {self.local_concurrency} must be 1 to 1000 functions at once"
        yield from (f"local_codepipeline_timing: {words}" for words in timing.mistakes(self.local_codepipeline_timing))
        yield from self._repository_mistakes()
        if not 512 <= self.memory <= 10240:  # noqa: PLR2004 - Lambda's own limit, and what a task needs at the least
            yield f"memory: {self.memory} must be 512 to 10240 MB"
        if self.alarms and not self.shift:
            yield "alarms: they need a shift, such as canary:10:5; without one nothing looks at them"
        if self.is_local and isinstance(self.source, GitHub):
            yield source.UNREACHABLE
        yield from self._tool_mistakes()
        yield from self._environment_mistakes()
        yield from self._template_mistakes()
        yield from self._task_mistakes()
        yield from self._variable_mistakes()
        if self.folder and not _FOLDER.fullmatch(self.folder):
            yield f"folder: {self.folder!r} must be a path in the repository, such as services/api"
        yield from self._governance_mistakes()

    def _repository_mistakes(self) -> Iterator[str]:
        for name, path in self.local_repositories.items():
            if not _REPOSITORY.fullmatch(name) or not path:
                yield f"local_repositories: {name}={path} must be owner/name=path of a git repository"

    def _environment_mistakes(self) -> Iterator[str]:
        if not self.environments:
            yield "environments: name at least one, such as Test,Prod"
        for name in self.environments:
            if not _ENVIRONMENT.fullmatch(name):
                yield f"environments: {name!r} must be 1 to 16 letters and digits, starting with a capital"
            elif name.lower() in _OWN:
                yield f"environments: {name!r} is how something of the pipeline's own begins; choose another"
        if len({name.lower() for name in self.environments}) < len(self.environments):
            yield f"environments: {','.join(self.environments)!r} names one of them twice"

    def _tool_mistakes(self) -> Iterator[str]:
        for tool in self.tools:
            if not (_LAYER if tool.startswith("arn:") else _FOLDER).fullmatch(tool):
                yield f"tools: {tool!r} must be a folder or a zip in the project, or the ARN of a layer's version"
        if len(self.tools) > _MOST_LAYERS:
            yield f"tools: {len(self.tools)} are more than the {_MOST_LAYERS} layers of a function; lay some together"
        if len(set(self.tools)) < len(self.tools):
            yield f"tools: {','.join(self.tools)!r} names one of them twice"

    def _template_mistakes(self) -> Iterator[str]:
        yield from _outside("data_loss", self.data_loss, get_args(DataLoss))
        if not self.template:
            yield "template: it must name the template of the environments, such as template.yaml"
        for name in ("template", "template_configuration", "environment_policy"):
            path = getattr(self, name)
            if path and not _FOLDER.fullmatch(path):
                yield f"{name}: {path!r} must be a path in the project"
        if self.template_configuration and "{environment}" not in self.template_configuration:
            words = "must name each environment, as values/{environment}.json does"
            yield f"template_configuration: {self.template_configuration!r} {words}"
        for name in self.parameters:
            environment, dot, parameter = name.rpartition(".")
            if (dot and environment not in self.environments) or not parameter.isalnum():
                yield f"parameters: {name!r} must be the name of a parameter, or <environment>.<name>"

    def _task_mistakes(self) -> Iterator[str]:
        for setting in ("tasks_before_delivery", "tasks_after_test"):
            for name in getattr(self, setting):
                environment, dot, task = name.partition(".")
                if not _TASK.fullmatch(task if dot and environment in self.environments else name):
                    yield f"{setting}: {name!r} must be the name of a task, or <environment>.<task>"

    def _variable_mistakes(self) -> Iterator[str]:
        of_tasks = {
            "package": (self.package_env, self.package_secrets),
            "test": (self.test_env, self.test_secrets),
        }
        for task, (values, secrets) in of_tasks.items():
            yield from (f"{task}_env, {task}_secrets: {words}" for words in variables.mistakes(values, secrets))
        if variables.ADDRESS in {*self.test_env, *self.test_secrets}:
            yield f"test_env, test_secrets: {variables.ADDRESS} is the pipeline's own; test_outputs chooses its output"
        yield from (f"test_outputs: {words}" for words in variables.mistakes(self.test_outputs, {}))

    def _governance_mistakes(self) -> Iterator[str]:
        yield from (f"tags: {words}" for words in tags.mistakes(self.tags))
        if self.service_role and not _ROLE.fullmatch(self.service_role):
            yield f"service_role: {self.service_role!r} must be the ARN of a role, arn:aws:iam::123456789012:role/name"
        if self.permissions_boundary and not _POLICY.fullmatch(self.permissions_boundary):
            example = "arn:aws:iam::123456789012:policy/name"
            yield f"permissions_boundary: {self.permissions_boundary!r} must be the ARN of a policy, {example}"


def _undescribed(origin: Source | Undescribed) -> tuple[str, ...]:
    return origin.mistakes if isinstance(origin, Undescribed) else ()


def _outside(name: str, value: str, choices: tuple[str, ...]) -> Iterator[str]:
    if value not in choices:
        yield f"{name}: {value!r} must be one of {', '.join(choices)}"
