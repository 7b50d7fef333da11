"""uv installs what a requirements file names, for the Python that runs the tasks."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

from lambdas.job.ending import JobError, quote
from lambdas.tasks import process


def install(source: Path, requirements: str, target: Path, deadline: float, *, with_hashes: bool = False) -> float:
    """Install what a requirements file of the source names into `target`; answer the seconds it took.

    With `with_hashes`, nothing is installed whose hash the file does not say.

    Raises:
        JobError: there is no such file, or uv cannot install what it names; holds uv's last lines.
    """
    if not (source / requirements).is_file():
        raise JobError(
            f"The source has no {requirements}, which the setting `requirements` names; "
            "add it (it may be empty), or mend the setting in invoke.yaml"
        )
    target.mkdir()
    cache = Path(tempfile.gettempdir()) / "uv-cache"  # it outlives the job: a warm function downloads nothing twice
    command = [
        executable(), "pip", "install", "--no-progress", "--color", "never", "--python", sys.executable,
        "--target", str(target), "--cache-dir", str(cache), "--requirement", requirements,
        *(["--require-hashes"] if with_hashes else []),
    ]  # fmt: skip
    result = process.run(command, cwd=source, env=environment(), deadline=deadline)
    if not result.is_success:
        raise JobError(quote(f"Installing {requirements}: uv {result.ending}", result.lines))
    (target / ".lock").unlink(missing_ok=True)
    return result.seconds


def environment() -> dict[str, str]:
    """What uv may see: pip's and uv's own settings, but not who the function is; a package may run code to build."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "_", "PYTHON"))}


def executable() -> str:
    """The path of uv, as something that can be run.

    Raises:
        JobError: the bundle holds none.
    """
    from uv import find_uv_bin

    try:
        path = Path(find_uv_bin())
    except FileNotFoundError as error:
        raise JobError(f"The bundle of the functions holds no uv; see lambdas/requirements.txt ({error})") from error
    return str(path if os.access(path, os.X_OK) else _copy(path))


def _copy(path: Path) -> Path:
    """A copy that can be run: not every way of unpacking a bundle keeps the executable bits."""
    copy = Path(tempfile.gettempdir()) / "uv"
    if not copy.is_file() or copy.stat().st_size != path.stat().st_size:
        partial = copy.with_name(f"uv-{os.getpid()}")
        shutil.copyfile(path, partial)
        partial.chmod(0o755)
        partial.replace(copy)
    return copy
