"""`tasks.py`: the tasks that the pipeline calls, and its own beside them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from serverless_pipeline.init import package, settings_file, texts, walk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from serverless_pipeline.init.survey import Survey


def text(survey: Survey) -> str:
    """The whole file."""
    steps, output = package.steps(survey), settings_file.address(survey)
    values = {
        "words": package.words(survey),
        "steps": steps,
        "git": survey.place.git,
        "has_copies": any(step.in_copy for step in steps),
        "is_tested": bool(output),
        "asks_api": not _is_site(survey, output),
    }
    return texts.render("tasks.py.j2", values)


def lacks(survey: Survey, path: Path) -> Iterator[str]:
    """What a file that is there lacks, as lines of Python and in words; a package of tasks counts as a whole."""
    modules = path.parent.glob("*.py") if path.name == "__init__.py" else [path]
    there = "\n".join(map(walk.text, modules))
    if "serverless_pipeline.tasks" not in there:
        yield "from serverless_pipeline.tasks import local, pipeline"
        yield from _collected(there)
    if not re.search(r"\bpackage\b", there):
        yield '# a task package that tests and builds, or `package_task: ""` in invoke.yaml'
    if settings_file.address(survey) and not re.search(r"\btest[_-]functional\b", there):
        yield '# a task test-functional that asks the address in TARGET_URL, or `test_task: ""` in invoke.yaml'


def _is_site(survey: Survey, output: str) -> bool:
    """Whether an output is the address of a site, which has a page there; an API need not answer there."""
    if survey.template:
        return "WebsiteURL" in str(survey.template.outputs.get(output))
    return survey.site is not None


def _collected(there: str) -> Iterator[str]:
    """How the collections join those that are there: https://docs.pyinvoke.org/en/stable/concepts/namespaces.html."""
    match = re.search(r"^(ns|namespace)\b", there, re.MULTILINE)
    if match:
        yield f"{match[1]}.add_collection(local)"
        yield f"{match[1]}.add_collection(pipeline)"
    else:
        names = re.findall(r"^@task\b[^\n]*(?:\n[^\n]*)*?\ndef (\w+)", there, re.MULTILINE)
        yield f"ns = Collection({', '.join((*names, 'local', 'pipeline'))})"
