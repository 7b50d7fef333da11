"""The templates of `cfn/`: Jinja decides their shape, CloudFormation's parameters carry the values, cfn-lint judges.

A project's own `cfn/` is searched first, then ours. Ours are also there under `serverless_pipeline/`, so that
`{% extends "serverless_pipeline/pipeline.yml.j2" %}` adds to one of them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from serverless_pipeline.errors import Misconfigured
from serverless_pipeline.project import assets
from serverless_pipeline.settings import S3, GitHub, WorkingTree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from cfnlint.rules import Match, Rules
    from jinja2 import Environment as Jinja

    from serverless_pipeline.settings import Settings

NESTED = ("roles", "actions", "pipeline", "environment")
ROOT = "root"

_OURS = "serverless_pipeline"
_HINT = "mend the template, then invoke pipeline.lint"
_RESERVED = str.maketrans({sign: f"%{ord(sign):02X}" for sign in "&=+%# "})


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
class Finding:
    """What cfn-lint has to say about a line of a rendered template; `level` is error or warning."""

    template: str
    line: int
    rule: str
    level: str
    message: str
    text: str


def render_all(settings: Settings, locate: Callable[[str, str], str], folder: Path | None = None) -> dict[str, str]:
    """The rendered templates by name, nested ones first, the root last.

    `locate(name, text)` answers the address under which CloudFormation will find a nested template;
    `folder` holds the project's own templates and is `cfn` unless it is given.

    Raises:
        Misconfigured: a template does not render; the message names it, the line and what is missing there.
    """
    jinja = _jinja(folder or Path("cfn"))
    jinja.globals["bounded"] = bool(settings.permissions_boundary)
    shape = _shape(settings)
    rendered = {name: _render(jinja, name, shape) for name in NESTED}
    urls = {name: locate(name, text) for name, text in rendered.items()}
    return rendered | {ROOT: _render(jinja, ROOT, shape | {"urls": urls})}


def environments(settings: Settings) -> list[Environment]:
    """The environments in order; the last one is production, those before it accept."""
    *accepting, producing = settings.environments
    stages = [f"Acceptance{name if position else ''}" for position, name in enumerate(accepting)]
    return [Environment(name, stage) for name, stage in zip(accepting, stages, strict=True)] + [
        Environment(producing, "Production")
    ]


def parameters(settings: Settings, *, bucket: str, bundle_key: str, endpoint: str) -> dict[str, str]:
    """The values of the root's parameters; `bucket` holds the bundle and, unless another is chosen, the source."""
    return (
        _source_parameters(settings, bucket)
        | {
            "Requirements": _query_value(settings.requirements),
            "PackageTask": _query_value(settings.package_task),
            "SitePath": _query_value(settings.site_path),
            "AppPath": _query_value(settings.app_path),
            "ApiPath": _query_value(settings.api_path),
            "TestTask": _query_value(settings.test_task),
            "Runtime": settings.runtime,
            "Architecture": settings.architecture,
            "BundleBucket": bucket,
            "BundleKey": bundle_key,
            "Memory": str(settings.memory),
            "Endpoint": endpoint,
        }
        | _boundary(settings)
    )


def lint(templates: Mapping[str, str]) -> list[Finding]:
    """What cfn-lint finds in rendered templates, errors and warnings alike; a project's `.cfnlintrc` counts."""
    return [finding for name, text in templates.items() for finding in _lint(name, text)]


def _shape(settings: Settings) -> dict[str, Any]:
    return {
        "source": settings.demand_source().kind,
        "approval": settings.approval,
        "environments": environments(settings),
        "shift": _shift(settings),
    }


def _boundary(settings: Settings) -> dict[str, str]:
    return {"PermissionsBoundary": settings.permissions_boundary} if settings.permissions_boundary else {}


def _shift(settings: Settings) -> str:
    """How the alias of production moves, as it stands at the end of a query string that `Fn::Sub` reads."""
    chosen = {"shift": settings.shift, "alarms": ",".join(settings.alarms)}
    asked = "".join(f"&{key}={_query_value(str(value))}" for key, value in chosen.items() if value)
    return asked.replace("${", "${!")


def _source_parameters(settings: Settings, bucket: str) -> dict[str, str]:
    match settings.demand_source():
        case GitHub(repository, connection_arn, branch):
            return {"ConnectionArn": connection_arn, "Repository": repository, "Branch": branch}
        case S3(chosen, key):
            return {"SourceBucket": chosen or bucket, "SourceKey": key}
        case WorkingTree(key):
            return {"SourceBucket": bucket, "SourceKey": key}


def _query_value(text: str) -> str:
    """A value as it stands in a query string; only what would end it or be read as something else is encoded."""
    return text.translate(_RESERVED)


def _jinja(folder: Path) -> Jinja:
    from jinja2 import ChoiceLoader, FileSystemLoader, PrefixLoader, StrictUndefined
    from jinja2 import Environment as Jinja

    ours = FileSystemLoader(assets.templates())
    loader = ChoiceLoader([FileSystemLoader(folder), PrefixLoader({_OURS: ours}), ours])
    jinja = Jinja(  # noqa: S701 - YAML is written, not HTML
        loader=loader, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    )
    jinja.globals["resolve"] = _resolve
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


def _lint(name: str, text: str) -> Iterator[Finding]:
    from cfnlint.config import ConfigMixIn
    from cfnlint.decode import decode_str
    from cfnlint.runner import run_template_by_data

    template, matches = decode_str(text)
    if not matches:
        matches = run_template_by_data(template, ConfigMixIn(), _rules())
    lines = text.splitlines()
    for match in sorted(matches, key=lambda match: (match.linenumber, match.rule.id)):
        if match.rule.severity != "informational":
            yield _finding(name, lines, match)


@cache
def _rules() -> Rules:
    """Loading the rules takes longer than linting a template, so it is done once."""
    from cfnlint.config import ConfigMixIn
    from cfnlint.runner import Runner

    return Runner(ConfigMixIn()).rules


def _finding(name: str, lines: list[str], match: Match) -> Finding:
    line = match.linenumber
    text = lines[line - 1] if 0 < line <= len(lines) else ""
    return Finding(name, line, match.rule.id, match.rule.severity, match.message, text)
