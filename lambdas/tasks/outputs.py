"""What a task made, as the zips of output artifacts."""

from __future__ import annotations

import os
import shutil
import zipfile
from typing import TYPE_CHECKING

from lambdas.artifacts import archive, opener, packing
from lambdas.job.ending import JobError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from lambdas.tasks.project import Place

_CHUNK = 1024 * 1024
_UNREACHABLE = (PermissionError, FileNotFoundError, NotADirectoryError, IsADirectoryError)


def pack(task: str, paths: Mapping[str, str], place: Place, work: Path) -> dict[str, Path]:
    """The zip of each output, by its name; `paths` are those in the project.

    Raises:
        JobError: the task did not make one of them; names all that are missing.
    """
    missing = [f"{name} ({path})" for name, path in paths.items() if not os.path.lexists(place.project / path)]
    if missing:
        made = f"The task {task} succeeded, but did not make" if task else "There is no task that makes"
        raise JobError(f"{made} {', '.join(missing)}")
    return {name: pack_one(place.source, place.project / path, work / f"{name}.zip") for name, path in paths.items()}


def pack_one(source: Path, path: Path, target: Path) -> Path:
    """A zip for one output: a zip is copied as it is, a folder is packed, another file lies alone in its zip.

    Raises:
        JobError: it is called .zip and is none, does not lie in the source, cannot be read, or holds what no zip can.
    """
    try:
        real = opener.find(source, path)
        if real.is_dir():
            archive.pack(real, target)
        elif path.suffix == ".zip":
            _copy(source, real, target)
        else:
            packing.write({path.name: real}, target)
    except (opener.Unsafe, packing.Unpackable, *_UNREACHABLE) as error:
        raise JobError(f"{path.name} cannot be packed: {error}") from error
    except RecursionError as error:
        raise JobError(f"{path.name} cannot be packed: its folders lie too deep in each other") from error
    return target


def _copy(source: Path, path: Path, target: Path) -> None:
    with opener.open_file(source, path) as file, target.open("wb") as copy:
        if not zipfile.is_zipfile(file):
            raise JobError(f"{path.name} is called a zip and is none")
        file.seek(0)
        shutil.copyfileobj(file, copy, _CHUNK)
