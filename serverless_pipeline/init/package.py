"""What the task `package` does: the project's own tests and builds, then what they leave is put together."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from shlex import quote
from typing import TYPE_CHECKING

from serverless_pipeline.init.functions import REQUIREMENTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from serverless_pipeline.init.functions import Function
    from serverless_pipeline.init.survey import Survey

_HERE = PurePosixPath()


@dataclass(frozen=True)
class Step:
    """Commands, typed in a folder; `in_copy` if only in a copy of the source, for they put something beside it."""

    commands: tuple[str, ...]
    folder: PurePosixPath = _HERE
    in_copy: bool = False


def steps(survey: Survey) -> list[Step]:
    """What `package` types, in its order."""
    return list(_steps(survey))


def words(survey: Survey) -> str:
    """What it does, in a sentence."""
    done = [
        *(["test"] if survey.tests is not None or any("npm test" in one.commands for one in survey.builds) else []),
        *(["build"] if any("npm run build" in one.commands for one in survey.builds) else []),
        *(["gather what is delivered"] if list(_gathered(survey)) else []),
        *(["put beside each function what it requires"] if survey.unbuilt else []),
    ]
    if done:
        *others, last = done
        return f"{', '.join(others)} and {last}.".removeprefix(" and ").capitalize()
    return f"Leave {survey.site.folder}/ as it is." if survey.site else "Leave the source as it is."


def _steps(survey: Survey) -> Iterator[Step]:
    if survey.tests is not None:
        yield Step((f"python -m pytest {quote(str(survey.tests))}".removesuffix(" ."),))
    yield from (Step(one.commands, one.folder) for one in survey.builds)
    yield from _gathered(survey)
    if survey.unbuilt:
        folders = [one.folder for one in survey.unbuilt]
        yield Step(tuple(_install(folder, folder) for folder in folders), in_copy=True)


def _gathered(survey: Survey) -> Iterator[Step]:
    yield from (Step(tuple(_commands(one))) for one in survey.functions if one.is_built)
    if survey.site and survey.site.is_scattered:
        yield Step(_fresh(survey.site.folder, _copy(survey.site.parts, survey.site.folder)))


def _commands(function: Function) -> Iterator[str]:
    parts = function.parts or (f"{function.folder}/.",)
    install = [_install(function.code, function.folder)] if function.has_requirements else []
    yield from _fresh(function.code, *install, _copy(parts, function.code))


def _fresh(folder: PurePosixPath, *commands: str) -> tuple[str, ...]:
    path = quote(str(folder))
    return f"rm -rf {path} && mkdir -p {path}", *commands


def _copy(parts: tuple[str, ...], folder: PurePosixPath) -> str:
    return f"cp -R {' '.join(map(quote, parts))} {quote(str(folder))}"


def _install(target: PurePosixPath, source: PurePosixPath) -> str:
    return f"uv pip install --quiet --target {quote(str(target))} -r {quote(str(source / REQUIREMENTS))}"
