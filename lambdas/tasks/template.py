"""The environments' template, packaged beside what the task made: its local paths become objects, so that it is whole.

The library that the bundle offers does it, in a process without credentials: a template may be a Jinja template, and
comes from the commit. Parameters: `template=<path>`, `shape=<digest>` of the shape that the pipeline was made for,
`bounded=true` if a policy bounds every role, `reads=<outputs>` that later actions read, separated by commas, and
`Values.<environment>=<path>` for files of parameters and tags.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from lambdas.artifacts import archive, member, opener, packing
from lambdas.artifacts.directory import Unreadable
from lambdas.job import clients
from lambdas.job.ending import JobError, quote
from lambdas.tasks import environment, outputs, process, project

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

TEMPLATE, SHAPE, BOUNDED, READS, VALUES = "template", "shape", "bounded", "reads", "Values."
PACKAGE = "PackageOutput"
"""The output artifact: `template.json`, `assets/`, `deliveries/` and `values/`."""
KEYS = (TEMPLATE, SHAPE, BOUNDED, READS)

_BUNDLE = Path(__file__).parents[2]
_PROGRAM = "serverless_pipeline.environment"
_LARGEST_LIST = 1024**2
_FILES = "files.json"
"""What the program leaves: the path in the project of each file that the package is to hold besides."""


@dataclass(frozen=True)
class Packaging:
    """What is to be packaged: a template in the project, of a shape, and files of values by environment.

    `reads` are the outputs that it must have.
    """

    template: str
    shape: str
    reads: tuple[str, ...] = ()
    bounded: str = "false"
    values: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_parameters(cls, query: Mapping[str, str]) -> Packaging | None:
        """Read the parameters of an action; None if they ask for none."""
        values = {key.removeprefix(VALUES): path for key, path in query.items() if key.startswith(VALUES)}
        if not values and not any(key in query for key in KEYS):
            return None
        reads = tuple(name for name in query.get(READS, "").split(",") if name)
        return cls(query.get(TEMPLATE, ""), query.get(SHAPE, ""), reads, query.get(BOUNDED, "false"), values)

    def mistakes(self) -> Iterator[str]:
        """What is wrong with the parameters, in words."""
        paths = {TEMPLATE: self.template} | {f"{VALUES}{name}": path for name, path in self.values.items()}
        for name, path in paths.items():
            if not project.is_inside(path):
                yield f"{name}={path} must be a path inside the source"
        if self.bounded not in {"true", "false"}:
            yield f"{BOUNDED} must be true or false; it is {self.bounded!r}"
        if not self.shape:
            yield f"{SHAPE} is missing in UserParameters; invoke pipeline.up writes it"


def package(packaging: Packaging, own: Path, work: Path, bucket: str, deadline: float) -> Path:
    """The zip of the packaged template of the project `own`, with what is delivered beside it.

    The objects that the template names will lie in `bucket`.

    Raises:
        JobError: it is not of the shape that the pipeline was made for, or cannot be packaged; tells why.
    """
    folder = work / PACKAGE
    order = asdict(packaging) | {
        "bounded": packaging.bounded == "true",
        "bucket": bucket,
        "url": f"{clients.s3().meta.endpoint_url}/{bucket}",
        "folder": str(folder),
    }
    command: list[str | Path] = [sys.executable, "-P", "-m", _PROGRAM, json.dumps(order)]
    result = process.run(command, cwd=own, env=_environment(work), deadline=deadline)
    if not result.is_success:
        why = f": its packaging {result.ending}" if result.is_late or result.code < 0 else ""
        raise JobError(quote(f"The template {packaging.template} cannot be delivered{why}", result.lines))
    _add_deliveries(packaging.template, own, folder)
    try:
        archive.pack(folder, target := work / f"{PACKAGE}.zip")
    except packing.Unpackable as error:
        raise JobError(f"The template {packaging.template} cannot be delivered: {error}") from error
    return target


def _add_deliveries(template: str, own: Path, folder: Path) -> None:
    """Put what was made beside the template that delivers it."""
    paths = _files(template, folder)
    if missing := [path for path in paths.values() if not (own / path).exists()]:
        raise JobError(f"The template {template} delivers {', '.join(missing)}, which nothing made")
    for name, path in paths.items():
        target = folder / name
        target.parent.mkdir(exist_ok=True)
        outputs.pack_one(own, own / path, target)


def _files(template: str, folder: Path) -> dict[str, str]:
    """What the program left, which a template of the commit may have made it leave."""
    try:
        with opener.open_file(folder, folder / _FILES) as file:
            paths = json.loads(member.read(file, _LARGEST_LIST))
    except (opener.Unsafe, Unreadable, OSError, ValueError) as error:
        raise JobError(f"The template {template} cannot be delivered: {_FILES} cannot be read: {error}") from error
    (folder / _FILES).unlink()
    if not isinstance(paths, dict) or not all(map(_is_path, (*paths, *paths.values()))):
        raise JobError(f"The template {template} cannot be delivered: {_FILES} names what lies outside")
    return paths


def _is_path(value: object) -> bool:
    return isinstance(value, str) and project.is_inside(value)


def _environment(work: Path) -> dict[str, str]:
    """Of the function's own environment it sees nothing but what its interpreter needs to start."""
    return {
        **environment.libraries(os.environ),
        "PATH": os.defpath,
        "HOME": str(work),
        "LANG": "C.UTF-8",
        "PYTHONPATH": f"{_BUNDLE / 'offered'}:{_BUNDLE}",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
