"""What a task made, as the zips of output artifacts."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

from lambdas.artifacts import archive, packing
from lambdas.job.ending import JobError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def pack(task: str, paths: Mapping[str, str], folder: Path, work: Path) -> dict[str, Path]:
    """The zip of each output, by its name; `paths` are those in the folder.

    Raises:
        JobError: the task did not make one of them; names all that are missing.
    """
    missing = [f"{name} ({path})" for name, path in paths.items() if not (folder / path).exists()]
    if missing:
        made = f"The task {task} succeeded, but did not make" if task else "There is no task that makes"
        raise JobError(f"{made} {', '.join(missing)}")
    return {name: pack_one(folder / path, work / f"{name}.zip") for name, path in paths.items()}


def pack_one(path: Path, target: Path) -> Path:
    """A zip for one output: a zip is taken as it is, a folder is packed, another file lies alone in its zip.

    Raises:
        JobError: it is called .zip and is none, or holds what no zip can hold.
    """
    if path.suffix == ".zip" and not path.is_dir():
        if not zipfile.is_zipfile(path):
            raise JobError(f"{path.name} is called a zip and is none")
        return path
    try:
        if path.is_dir():
            archive.pack(path, target)
        else:
            packing.write({path.name: path}, target)
    except packing.Unpackable as error:
        raise JobError(f"{path.name} cannot be packed: {error}") from error
    return target
