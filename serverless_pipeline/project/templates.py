"""The templates of `cfn/`: Jinja decides their shape, CloudFormation's parameters carry the values.

A project's own `cfn/` is searched first, then ours. Ours are also there under `serverless_pipeline/`, so that
`{% extends "serverless_pipeline/pipeline.yml.j2" %}` adds to one of them.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from serverless_pipeline.errors import Misconfigured
from serverless_pipeline.project import assets, functions, values
from serverless_pipeline.settings.variables import SERVICES, Secret

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jinja2 import Environment as Jinja

    from serverless_pipeline.settings import Settings

NESTED = ("roles", "actions", "pipeline", "environment")
ROOT = "root"
ACCOUNT = "https://templates.s3.amazonaws.com"
"""An address as an account has them, for who reads the templates where no bucket is chosen."""

_OURS = "serverless_pipeline"
_HINT = "mend the template, then invoke pipeline.lint"


@dataclass(frozen=True)
class Environment:
    """An environment as the templates see it; `stage` is the pipeline's stage that delivers to it."""

    name: str
    stage: str

    @property
    def lower(self) -> str:
        """The name of the stage of its REST API, and part of its function's name."""
        return self.name.lower()


@dataclass(frozen=True)
class Templates:
    """The rendered templates by name, nested ones first, the root last; `base` is the address below which they lie.

    The root names the nested ones by their content, so its own content speaks for all of them.
    """

    base: str
    texts: Mapping[str, str]

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
        return Templates(base, {**self.texts, ROOT: self.root.replace(f"{self.base}/", f"{base}/")})


def draw(settings: Settings, base: str, folder: Path | None = None) -> Templates:
    """Render the templates; nothing is sent. What was rendered last is read again while nothing that decides changed.

    `folder` holds the project's own templates and is `cfn` unless it is given.

    Raises:
        Misconfigured: the source is not described, or a template does not render; the message names it, the line and
            what is missing there.
    """
    settings.demand_source()
    own = folder or Path("cfn")
    drawing = _Drawing(settings.stack_name, _key(settings, base, own))
    texts = drawing.read()
    if texts is None:
        texts = render(settings, base, own)
        drawing.write(texts)
    return Templates(base, texts)


def key(name: str, text: str) -> str:
    """The key of a template in its bucket: its content names it."""
    return f"templates/{hashlib.sha256(text.encode()).hexdigest()}/{name}.yml"


def environments(settings: Settings) -> list[Environment]:
    """The environments in order; the last one is production, those before it accept."""
    *accepting, producing = settings.environments
    stages = [f"Acceptance{name if position else ''}" for position, name in enumerate(accepting)]
    return [Environment(name, stage) for name, stage in zip(accepting, stages, strict=True)] + [
        Environment(producing, "Production")
    ]


@dataclass(frozen=True)
class _Drawing:
    """What was rendered last for a stack, in `.local/drawn`; `key` is the digest of all that decides about it."""

    stack_name: str
    key: str

    def read(self) -> dict[str, str] | None:
        """The templates, None if they would be others now; a file that is not whole counts as none."""
        try:
            document = json.loads(self._file.read_text())
            texts: dict[str, str] = document["templates"]
            return texts if document["key"] == self.key else None
        except (OSError, ValueError, LookupError, TypeError):
            return None

    def write(self, texts: Mapping[str, str]) -> None:
        """Keep them, whole or not at all."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self._file.with_name(f"{self._file.name}.{os.getpid()}.partial")
        unfinished.write_text(json.dumps({"key": self.key, "templates": texts}))
        unfinished.replace(self._file)

    @property
    def _file(self) -> Path:
        return Path(".local") / "drawn" / f"{self.stack_name}.json"


def _key(settings: Settings, base: str, folder: Path) -> str:
    """What decides about the templates: Jinja, the settings, the address, this code, and every file one could name."""
    total = hashlib.sha256(f"{metadata.version('jinja2')} {settings} {base}".encode())
    for home in (folder, assets.templates(), Path(__file__).parent):
        for path in sorted(home.rglob("*")) if home.is_dir() else ():
            if path.is_file() and path.suffix != ".pyc":
                total.update(f"{path.relative_to(home)}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
        total.update(b"\0")
    return total.hexdigest()


def render(settings: Settings, base: str, folder: Path) -> dict[str, str]:
    """The templates by name, rendered now; nothing is kept of them."""
    jinja = _jinja(folder)
    jinja.globals["bounded"] = bool(settings.permissions_boundary)
    shape = _shape(settings)
    nested = {name: _render(jinja, name, shape) for name in NESTED}
    urls = {name: f"{base}/{key(name, text)}" for name, text in nested.items()}
    return nested | {ROOT: _render(jinja, ROOT, shape | {"urls": urls})}


def _shape(settings: Settings) -> dict[str, Any]:
    return {
        "source": settings.demand_source().kind,
        "approval": settings.approval,
        "environments": environments(settings),
        "shift": _shift(settings),
        "package_variables": _variables(settings.package_env, settings.package_secrets),
        "test_variables": _variables(settings.test_env, settings.test_secrets),
        "secrets": _secrets(settings),
        "folder": _asked({"folder": settings.folder} if settings.folder else {}),
    }


def _shift(settings: Settings) -> str:
    """How the alias of production moves."""
    chosen = {"shift": settings.shift, "alarms": ",".join(settings.alarms)}
    return _asked({key: str(value) for key, value in chosen.items() if value})


def _variables(env: Mapping[str, str], secrets: Mapping[str, str]) -> str:
    """What a task finds in its environment."""
    plain = {f"Env.{name}": value for name, value in env.items()}
    return _asked(plain | {f"Secret.{name}": where for name, where in secrets.items()})


def _asked(parameters: Mapping[str, str]) -> str:
    """Parameters as they stand at the end of a query string that `Fn::Sub` reads."""
    return "".join(f"&{key}={values.quoted(value)}" for key, value in parameters.items()).replace("${", "${!")


def _secrets(settings: Settings) -> dict[str, list[str]]:
    """The names of the secrets that tasks may have, by service."""
    places = [*settings.package_secrets.values(), *settings.test_secrets.values()]
    secrets = {Secret.read(place) for place in places}
    return {service: sorted({one.name for one in secrets if one.service == service}) for service in SERVICES}


def _jinja(folder: Path) -> Jinja:
    from jinja2 import ChoiceLoader, FileSystemLoader, PrefixLoader, StrictUndefined
    from jinja2 import Environment as Jinja

    ours = FileSystemLoader(assets.templates())
    loader = ChoiceLoader([FileSystemLoader(folder), PrefixLoader({_OURS: ours}), ours])
    jinja = Jinja(  # noqa: S701 - YAML is written, not HTML
        loader=loader, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    )
    jinja.globals["resolve"] = _resolve
    jinja.globals["functions"] = functions
    jinja.filters["quoted"] = _quoted
    return jinja


def _resolve(service: str, *parts: str) -> str:
    """A dynamic reference, whose braces Jinja would read as its own: `{{resolve:secretsmanager:name}}`.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
    """
    return "{{resolve:" + ":".join((service, *parts)) + "}}"


def _quoted(text: str) -> str:
    """A text as YAML reads it whatever signs it has; JSON's strings are YAML's."""
    return json.dumps(text, ensure_ascii=False)


def _render(jinja: Jinja, name: str, shape: Mapping[str, Any]) -> str:
    from jinja2 import TemplateError, TemplateNotFound

    try:
        return jinja.get_template(f"{name}.yml.j2").render(shape)
    except TemplateNotFound as error:
        raise Misconfigured(f"{_place(error, name)}: there is no template {error.name}", hint=_HINT) from error
    except (TemplateError, TypeError, ValueError, LookupError, ArithmeticError) as error:
        raise Misconfigured(f"{_place(error, name)}: {error}", hint=_HINT) from error


def _place(error: Exception, name: str) -> str:
    """File and line of a mistake: syntax errors know them, others left them in their traceback."""
    from jinja2 import TemplateSyntaxError

    if isinstance(error, TemplateSyntaxError):
        return f"{error.filename}:{error.lineno}"
    place, trace = f"{name}.yml.j2", error.__traceback__
    while trace:
        if trace.tb_frame.f_code.co_filename.endswith(".j2"):
            place = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place
