"""A task of the source, run by Invoke in a process that knows nothing of the function's own credentials.

An action may lend them to its task.
"""

from __future__ import annotations

import importlib.util
import site
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

from lambdas.job.ending import JobError, quote
from lambdas.tasks import process

if TYPE_CHECKING:
    from collections.abc import Mapping

_CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_DEFAULT_REGION")
_ENDPOINT = "AWS_ENDPOINT_URL"
_FOR_TASKS = Path(__file__).parents[2] / "offered"


def run(name: str, source: Path, environment: Mapping[str, str], deadline: float) -> float:
    """Run a task in the source; answer the seconds it took.

    Raises:
        JobError: the source has no tasks, or no such task, or it failed, or its time was up; holds its last lines.
    """
    if not _has_tasks(source):
        raise JobError(f"The source has no tasks.py, so there is no task {name}; add one, or mend the source")
    result = _invoke(name, source, environment, deadline)
    if result.is_success:
        return result.seconds
    if not result.is_late and f"No idea what '{name}' is!" in result.lines:
        listing = _invoke("--list", source, environment, deadline)
        raise JobError(quote(f"The source has no task {name}; these are the ones it has", listing.lines))
    raise JobError(quote(f"The task {name} {result.ending}", result.lines))


def environment(dependencies: Path, work: Path, variables: Mapping[str, str]) -> dict[str, str]:
    """The whole environment of a task; folders of its own are made below `work`."""
    home, temporary, tools = (work / name for name in ("home", "tmp", "tools"))
    for folder in (home, temporary, tools):
        folder.mkdir()
    _offer(tools)
    programs = [dependencies / "bin", Path(sys.executable).parent, "/usr/local/bin", "/usr/bin", "/bin"]
    return {
        "PATH": ":".join(map(str, programs)),
        "HOME": str(home),
        "TMPDIR": str(temporary),
        "PYTHONPATH": ":".join(map(str, [dependencies, tools, *_sdk()])),
        "PYTHONUNBUFFERED": "1",
        "LANG": "C.UTF-8",
        "CI": "true",
        **variables,
    }


def credentials(own: Mapping[str, str]) -> dict[str, str]:
    """What of the function's own environment lets a task act as its role, in its region and at its endpoints."""
    return {name: value for name, value in own.items() if name in _CREDENTIALS or name.startswith(_ENDPOINT)}


def _invoke(word: str, source: Path, environment: Mapping[str, str], deadline: float) -> process.Result:
    return process.run([sys.executable, "-m", "invoke", word], cwd=source, env=environment, deadline=deadline)


def _has_tasks(source: Path) -> bool:
    """Invoke itself would look in the folders above as well, which are none of the source's business."""
    return (source / "tasks.py").is_file() or (source / "tasks" / "__init__.py").is_file()


def _offer(tools: Path) -> None:
    """Show the task Invoke, its metadata, and what the bundle holds for a `tasks.py`; nothing else of the bundle."""
    spec = importlib.util.find_spec("invoke")
    if not spec or not spec.origin:
        raise JobError("The bundle of the functions holds no invoke; see lambdas/requirements.txt")
    package = Path(spec.origin).parent
    for path in [package, *package.parent.glob("invoke-*.dist-info"), *_FOR_TASKS.glob("*")]:
        (tools / path.name).symlink_to(path)


def _sdk() -> list[Path]:
    """Where boto3 lies, if a bare interpreter would not find it: Lambda keeps its own beside the runtime."""
    spec = importlib.util.find_spec("boto3")
    if not spec or not spec.origin:
        return []
    folder = Path(spec.origin).parents[1]
    own = {Path(path) for path in [*site.getsitepackages(), sysconfig.get_path("purelib")]}
    return [] if folder in own else [folder]
