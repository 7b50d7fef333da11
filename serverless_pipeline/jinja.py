"""Templates as Jinja renders them: a project's folders are searched first, then ours.

Ours are also there under `serverless_pipeline/`, so that `{% extends "serverless_pipeline/pipeline.yml.j2" %}` adds to
one of them and `{% import "serverless_pipeline/macros.j2" as macros %}` brings their macros.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from serverless_pipeline import assets, functions
from serverless_pipeline.errors import Misconfigured

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from jinja2 import Environment

CODE = (Path(__file__), Path(functions.__file__))
"""What decides about a rendered template besides the templates and Jinja."""

_OURS = "serverless_pipeline"
_HINT = "mend the template, then invoke pipeline.lint"


def environment(folders: Iterable[Path], *, bounded: bool = False) -> Environment:
    """Jinja, with the folders it searches in this order before ours; `bounded` if a policy bounds every role."""
    from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PrefixLoader, StrictUndefined

    ours = FileSystemLoader(assets.templates())
    loader = ChoiceLoader([*(FileSystemLoader(folder) for folder in folders), PrefixLoader({_OURS: ours}), ours])
    jinja = Environment(  # noqa: S701 - YAML is written, not HTML
        loader=loader, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    )
    jinja.globals |= {"resolve": _resolve, "functions": functions, "bounded": bounded}
    jinja.filters["quoted"] = _quoted
    return jinja


def render(jinja: Environment, name: str, values: Mapping[str, Any]) -> str:
    """The text of a template, which is named by its path below a folder that is searched.

    Raises:
        Misconfigured: it does not render; the message names the file, the line and what is missing there.
    """
    from jinja2 import TemplateError, TemplateNotFound

    try:
        return jinja.get_template(name).render(values)
    except TemplateNotFound as error:
        raise Misconfigured(f"{_place(error, name)}: there is no template {error.name}", hint=_HINT) from error
    except RecursionError as error:
        raise Misconfigured(f"{_place(error, name)}: it includes or calls itself without end", hint=_HINT) from error
    except UnicodeDecodeError as error:
        raise Misconfigured(f"{name}: a template that it reads is not UTF-8: {error}", hint=_HINT) from error
    except (TemplateError, TypeError, ValueError, LookupError, ArithmeticError) as error:
        raise Misconfigured(f"{_place(error, name)}: {error}", hint=_HINT) from error


def _resolve(service: str, *parts: str) -> str:
    """A dynamic reference, whose braces Jinja would read as its own: `{{resolve:secretsmanager:name}}`.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
    """
    return "{{resolve:" + ":".join((service, *parts)) + "}}"


def _quoted(text: str) -> str:
    """A text as YAML reads it whatever signs it has; JSON's strings are YAML's."""
    return json.dumps(text, ensure_ascii=False)


def _place(error: Exception, name: str) -> str:
    """File and line of a mistake: syntax errors know them, others left them in their traceback."""
    from jinja2 import TemplateSyntaxError

    if isinstance(error, TemplateSyntaxError):
        return f"{_short(error.filename or name)}:{error.lineno}"
    place, trace = name, error.__traceback__
    while trace:
        if trace.tb_frame.f_code.co_filename.endswith(".j2"):
            place = f"{_short(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place


def _short(file: str) -> Path:
    """A path as it is typed where one stands."""
    path = Path(file)
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
