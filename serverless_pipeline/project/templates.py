"""The templates of `cfn/`: Jinja decides their shape, CloudFormation's parameters carry the values.

A project's own `cfn/` is searched first, then ours; it adds to one of ours by Jinja's inheritance.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from serverless_pipeline import assets, jinja
from serverless_pipeline.cloudformation import changes
from serverless_pipeline.project import (
    clashes,
    environment_template,
    environments,
    parameters,
    rights,
    tools,
    variables,
)
from serverless_pipeline.project.query import asked, asked_literally
from serverless_pipeline.project.stage import Stage
from serverless_pipeline.settings.variables import ADDRESS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from serverless_pipeline.project.environment_template import EnvironmentTemplate
    from serverless_pipeline.project.environments import Environment
    from serverless_pipeline.settings import Settings

NESTED = ("roles", "actions", "pipeline")
ROOT = "root"
_DECIDING = ("cloudformation", "environment", "project", "settings")
"""The rooms of this library whose code decides about a template."""
ACCOUNT = "https://templates.s3.amazonaws.com"
"""An address as an account has them, for who reads the templates where no bucket is chosen."""


@dataclass(frozen=True)
class Templates:
    """The rendered templates by name, nested ones first, the root last; `base` is the address below which they lie.

    The root names the nested ones by their content, so its own content speaks for all of them. `environment` is the
    project's own template, for which they were made; `advice` is what its author should know before it is delivered.
    """

    base: str
    texts: Mapping[str, str]
    environment: EnvironmentTemplate
    advice: tuple[str, ...] = ()

    @property
    def root(self) -> str:
        return self.texts[ROOT]

    @property
    def objects(self) -> dict[str, bytes]:
        """What has to lie in the bucket, by key."""
        return {key(name, text): text.encode() for name, text in self.texts.items()}

    @property
    def url(self) -> str:
        """The address of the root."""
        return f"{self.base}/{key(ROOT, self.root)}"

    def at(self, base: str) -> Templates:
        """The same templates at another address."""
        return replace(self, base=base, texts={**self.texts, ROOT: self.root.replace(f"{self.base}/", f"{base}/")})


def draw(settings: Settings, base: str, folder: Path | None = None) -> Templates:
    """Render the templates; nothing is sent. What was rendered last is read again while nothing that decides changed.

    `folder` holds the project's own templates and is `cfn` unless it is given.

    Raises:
        Misconfigured: the source is not described, or a template does not render, the environments' own included; the
            message names it, the line and what is missing there.
    """
    settings.demand_source()
    own = folder or Path("cfn")
    template = environment_template.read(settings)
    drawing = _Drawing(settings.stack_name, _key(settings, base, own, template))
    drawn = drawing.read()
    if drawn is None:
        drawn = render(settings, base, own, template), tuple(rights.advice(settings, template))
        drawing.write(*drawn)
    texts, advice = drawn
    return Templates(base, texts, template, advice)


def key(name: str, text: str) -> str:
    """The key of a template in its bucket: its content names it."""
    return f"templates/{hashlib.sha256(text.encode()).hexdigest()}/{name}.yml"


@dataclass(frozen=True)
class _Drawing:
    """What was rendered last for a stack, in `.local/drawn`; `key` is the digest of all that decides about it."""

    stack_name: str
    key: str

    def read(self) -> tuple[dict[str, str], tuple[str, ...]] | None:
        """The templates and the advice, None if they would be others now; a file that is not whole counts as none."""
        try:
            document = json.loads(self._file.read_text())
            drawn = document["templates"], tuple(document["advice"])
            return drawn if document["key"] == self.key else None
        except (OSError, ValueError, LookupError, TypeError):
            return None

    def write(self, texts: Mapping[str, str], advice: Sequence[str]) -> None:
        """Keep them, whole or not at all."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self._file.with_name(f"{self._file.name}.{os.getpid()}.partial")
        unfinished.write_text(json.dumps({"key": self.key, "templates": texts, "advice": advice}))
        unfinished.replace(self._file)

    @property
    def _file(self) -> Path:
        return Path(".local") / "drawn" / f"{self.stack_name}.json"


def _key(settings: Settings, base: str, folder: Path, template: EnvironmentTemplate) -> str:
    """What decides about the templates: Jinja, the settings, the address, this code, and every file one could name."""
    total = hashlib.sha256(f"{metadata.version('jinja2')} {settings} {base} {template.digest}".encode())
    total.update(rights.own_statements(settings).encode())
    for path in (*jinja.CODE, _lost_job()):
        total.update(path.read_bytes())
    library = Path(__file__).parents[1]
    for home in (folder, assets.templates(), *(library / room for room in _DECIDING)):
        for path in sorted(home.rglob("*")) if home.is_dir() else ():
            if path.is_file() and path.suffix != ".pyc":
                total.update(f"{path.relative_to(home)}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
        total.update(b"\0")
    return total.hexdigest()


def render(settings: Settings, base: str, folder: Path, template: EnvironmentTemplate) -> dict[str, str]:
    """The templates by name, rendered now; nothing is kept of them."""
    environment = jinja.environment([folder], bounded=bool(settings.permissions_boundary))
    shape = _shape(settings, template)
    nested = {name: jinja.render(environment, f"{name}.yml.j2", shape) for name in NESTED}
    urls = {name: f"{base}/{key(name, text)}" for name, text in nested.items()}
    return nested | {ROOT: jinja.render(environment, f"{ROOT}.yml.j2", shape | {"urls": urls})}


def _shape(settings: Settings, template: EnvironmentTemplate) -> dict[str, Any]:
    return {
        "source": settings.demand_source().kind,
        "approval": settings.approval,
        "environments": list(_environments(settings, template)),
        "delivered": {one.type for one in template.shape.deliveries},
        "distributes": any("distribution" in one.parameters for one in template.shape.deliveries),
        "outputs": list(_outputs(template)),
        "shape": list(template.shape.lines()),
        "package_asks": _package_asks(settings, template),
        "requirements": bool(settings.requirements),
        "given": [name for name in template.shape.parameters if name in parameters.HANDED_ON],
        "stateful_types": ",".join(sorted(changes.STATEFUL)),
        "secrets": variables.secrets(settings),
        "folder": variables.folder(settings),
        "tools": {tools.parameter(number): tools.is_own(tool) for number, tool in enumerate(settings.tools, 1)},
        "lost_job": _lost_job().read_text(),
    }


def _lost_job() -> Path:
    """The function that a template holds itself."""
    return assets.functions() / "lost_job.py"


def _environments(settings: Settings, template: EnvironmentTemplate) -> Iterator[dict[str, Any]]:
    """The environments as the templates see them: what delivers each, and what CloudFormation may do there."""
    statements = rights.of(settings, template)
    address = template.test_outputs(settings).get(ADDRESS, "")
    stages = list(_stages(settings, template))
    clashes.refuse(stages, approval=settings.approval)
    review = ""
    for stage in stages:
        yield {
            "name": stage.environment.name,
            "lower": stage.environment.lower,
            "stage": stage.environment.stage,
            "actions": stage.actions(),
            "review": review,
            "documents": rights.documents(statements[stage.environment.name]),
        }
        review = stage.output(address) if address else ""


def _stages(settings: Settings, template: EnvironmentTemplate) -> Iterator[Stage]:
    everyone = environments.of(settings)
    for before, environment in zip([None, *everyone], everyone, strict=False):
        yield Stage(settings, template, environment, before, _shift(settings) if environment is everyone[-1] else "")


def _outputs(template: EnvironmentTemplate) -> dict[str, str]:
    """The paths in the project of what has an artifact of its own, by that artifact."""
    return {one.output: one.path for one in template.shape.deliveries if one.output}


def _package_asks(settings: Settings, template: EnvironmentTemplate) -> str:
    """What the package action is asked: its task, what that makes, and the template that is packaged after it."""
    task = {"task": "${PackageTask}"} if settings.package_task else {}
    reads = sorted({*template.test_outputs(settings).values(), *template.shape.reads})
    files = environments.of(settings) if settings.template_configuration else ()
    asks = asked(task) + asked_literally(_outputs(template))
    asks += asked({"template": "${Template}", "shape": "${Shape}"})
    asks += asked({"bounded": "true"} if settings.permissions_boundary else {})
    asks += asked({"reads": ",".join(reads)} if reads else {})
    asks += asked_literally({f"Values.{one.lower}": configuration(settings, one) for one in files})
    return (asks + variables.folder(settings) + variables.of_package(settings)).removeprefix("&")


def configuration(settings: Settings, environment: Environment) -> str:
    """The file of values of an environment, in the project."""
    return settings.template_configuration.replace("{environment}", environment.lower)


def _shift(settings: Settings) -> str:
    """How the alias of production moves."""
    chosen = {"shift": settings.shift, "alarms": ",".join(settings.alarms)}
    return asked_literally({key: str(value) for key, value in chosen.items() if value})
