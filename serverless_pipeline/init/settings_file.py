"""`invoke.yaml`: the settings of a project that differ from their defaults."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from serverless_pipeline.environment import notation
from serverless_pipeline.environment import text as environment_text
from serverless_pipeline.init import texts
from serverless_pipeline.init.requirements import OWN
from serverless_pipeline.project import environments
from serverless_pipeline.settings import Settings
from serverless_pipeline.settings.settings import ARCHITECTURES
from serverless_pipeline.settings.variables import ADDRESS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from serverless_pipeline.init.survey import Survey

NAMES = ("invoke.yaml", "invoke.yml", "invoke.json", "invoke.py")
"""Each of them hides the next from Invoke: https://docs.pyinvoke.org/en/stable/concepts/configuration.html."""

SECTION = "pipeline"

_PLAIN = re.compile(r"[A-Za-z_]([\w./=:,-]*\w)?")
_OLDEST = 11
"""The minor version of the oldest Python that the pipeline's own functions take."""


def text(survey: Survey) -> str:
    """The whole file."""
    return texts.render("invoke.yaml.j2", {"lines": [_line(*item) for item in _different(survey).items()]})


def lacks(survey: Survey, path: Path) -> Iterator[str]:
    """What a file that is there lacks, as lines of YAML; what it says otherwise is somebody's choice.

    Raises:
        Misconfigured: it cannot be read.
    """
    there = _section(path, SECTION)
    missing = {name: value for name, value in _different(survey).items() if name not in there}
    if survey.requirements.lines:
        missing["requirements"] = OWN
    if missing:
        yield f"{SECTION}:"
        yield from (f"  {_line(*item)}" for item in missing.items())


def collection(path: Path) -> str:
    """What the module of tasks is called, as a file that is there says.

    Raises:
        Misconfigured: it cannot be read.
    """
    return str(_section(path, "tasks").get("collection_name", "tasks"))


def address(survey: Survey) -> str:
    """The output that says where an environment answers; empty if there is none."""
    if survey.template:
        return environments.address(survey.template.outputs) or next(iter(survey.template.addresses), "")
    if survey.site:
        return "SiteUrl"
    return "ApiUrl" if any(one.answers_http for one in survey.functions) else ""


def _different(survey: Survey) -> dict[str, str]:
    defaults = Settings.defaults()
    return {name: value for name, value in _settings(survey) if value != defaults[name]}


def _settings(survey: Survey) -> Iterator[tuple[str, str]]:
    yield "stack_name", survey.place.stack_name
    if survey.place.below.parts:
        yield "folder", str(survey.place.below)
    if survey.template:
        yield "template", str(survey.template.path)
    yield "requirements", survey.requirements.setting
    output = address(survey)
    if not output:
        yield "test_task", ""
    elif output not in environments.ADDRESSES:
        yield "test_outputs", f"{ADDRESS}={output}"
    yield from _platform(survey).items()


def _platform(survey: Survey) -> Mapping[str, str]:
    """What a function requires is installed by the pipeline's functions, so these have its Python."""
    for code in survey.unbuilt:
        version = re.fullmatch(r"python3\.(\d+)", code.runtime)
        if version and int(version[1]) >= _OLDEST and code.architecture in ARCHITECTURES:
            return {"runtime": code.runtime, "architecture": code.architecture}
    return {}


def _line(name: str, value: str) -> str:
    """A setting as YAML, in quotes if it would mean something else without: a folder may be called `no`."""
    is_plain = _PLAIN.fullmatch(value) and notation.read(value, NAMES[0]) == value
    return f"{name}: {value if is_plain else json.dumps(value, ensure_ascii=False)}"


def _section(path: Path, name: str) -> Mapping[str, object]:
    """A section of a file; of a program nobody knows what it will say, so all is lacking."""
    if path.suffix == ".py":
        return {}
    document = notation.read(environment_text.read(path, path.name), path.name)
    section = document.get(name) if isinstance(document, dict) else None
    return section if isinstance(section, dict) else {}
