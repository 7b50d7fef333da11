"""A task of the source, run by Invoke in an environment of its own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lambdas.job.ending import JobError, quote
from lambdas.tasks import process

if TYPE_CHECKING:
    from pathlib import Path

    from lambdas.tasks.environment import Environment

_CONFIGURATIONS = ("invoke.yaml", "invoke.yml", "invoke.json", "invoke.py")
_COLLECTION_NAME = re.compile(r"""collection_name["']?\s*[:=]\s*["']?([\w-]+)""")


def run(name: str, source: Path, environment: Environment, deadline: float) -> float:
    """Run a task in the source; answer the seconds it took.

    Raises:
        JobError: the source has no tasks, or no such task, or it failed, or its time was up; holds its last lines.
    """
    collection = _collection(source)
    if not _has_tasks(source, collection):
        raise JobError(f"The source has no {collection}.py, so there is no task {name}; add one, or mend the source")
    result = _invoke(name, source, environment, deadline)
    if result.is_success:
        return result.seconds
    if not result.is_late and f"No idea what '{name}' is!" in result.lines:
        listing = _invoke("--list", source, environment, deadline)
        raise JobError(quote(f"The source has no task {name}; these are the ones it has", listing.lines))
    raise JobError(quote(f"The task {name} {result.ending}", result.lines))


def _invoke(word: str, source: Path, environment: Environment, deadline: float) -> process.Result:
    command: list[str | Path] = [environment.python, "-m", "invoke", word]
    return process.run(command, cwd=source, env=environment.variables, deadline=deadline, secrets=environment.secrets)


def _collection(source: Path) -> str:
    """What Invoke calls the module of tasks there, which its configuration can change.

    https://docs.pyinvoke.org/en/stable/concepts/configuration.html
    """
    texts = (path.read_text(errors="replace") for path in map(source.joinpath, _CONFIGURATIONS) if path.is_file())
    names = (match[1] for text in texts if (match := _COLLECTION_NAME.search(text)))
    return next(names, "tasks")


def _has_tasks(source: Path, collection: str) -> bool:
    """Invoke itself would look in the folders above as well, which are none of the source's business."""
    return (source / f"{collection}.py").is_file() or (source / collection / "__init__.py").is_file()
