"""The actions `TestAndPackage` and `FunctionalTest`: one of the source's own tasks, with its dependencies beside it.

UserParameters: `task=<name>`, `Env.<NAME>=<value>` for what the task shall find in its environment, `credentials=true`
if it shall act as the function's own role, and for each output artifact `<artifact>=<path in the source>`.
"""

from __future__ import annotations

import os
import re
import tempfile
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from lambdas.artifacts import archive, packing, transfer
from lambdas.job import attempts, clients, parameters
from lambdas.job.action import action
from lambdas.job.ending import JobError, Outcome, Succeeded
from lambdas.tasks import task, version

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lambdas.job.job import Job

SOURCE = "SourceOutput"
DEPENDENCIES = "DependenciesOutput"

_KEYS = ("task", "credentials")
_RESERVED = (*_KEYS, attempts.KEY)
_VARIABLE = "Env."
_TASK_NAME = re.compile(r"[A-Za-z_][\w.-]*")
_VARIABLE_NAME = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True)
class Request:
    """What the action asks for; `outputs` maps the name of an artifact to a path in the source.

    `credentials` is the word that says whether the task gets those of the function, true or false.
    """

    task: str
    variables: Mapping[str, str]
    outputs: Mapping[str, str]
    credentials: str

    @classmethod
    def from_job(cls, job: Job) -> Request:
        """Read the job's parameters.

        Raises:
            Misconfigured: they and the artifacts do not fit together; names every mistake.
        """
        given = parameters.parse(job.user_parameters)
        variables = {key.removeprefix(_VARIABLE): value for key, value in given.items() if key.startswith(_VARIABLE)}
        outputs = {key: value for key, value in given.items() if key not in _KEYS and not key.startswith(_VARIABLE)}
        request = cls(given.get("task", ""), variables, outputs, given.get("credentials", "false"))
        parameters.check(
            [
                *request._mistakes(job),
                *parameters.artifact_mistakes("input", job.inputs, [SOURCE, DEPENDENCIES]),
            ]
        )
        return request

    def _mistakes(self, job: Job) -> Iterator[str]:
        if not _TASK_NAME.fullmatch(self.task):
            yield f"task must name a task of the source, such as task=package; it is {self.task!r}"
        if self.credentials not in ("true", "false"):
            yield f"credentials must be true or false; it is {self.credentials!r}"
        for name in self.variables:
            if not _VARIABLE_NAME.fullmatch(name):
                yield f"{_VARIABLE}{name} cannot be the name of an environment variable"
        yield from self._output_mistakes(job)

    def _output_mistakes(self, job: Job) -> Iterator[str]:
        for name, path in self.outputs.items():
            if name not in job.outputs:
                yield f"{name} is neither {', '.join(_KEYS)}, {_VARIABLE}<NAME> nor an output artifact of the action"
            elif not _is_inside(path):
                yield f"{name}={path} must be a path inside the source"
        for name in job.outputs:
            if name in _RESERVED:
                yield f"the output artifact {name} has the name of a parameter; give it another"
            elif name not in self.outputs:
                yield f"no path is given for the output artifact {name}; write {name}=<path in the source>"


@action
def handler(job: Job) -> Outcome:
    """Run the task and hand on what it made."""
    request = Request.from_job(job)
    store = clients.artifact_store(job.credentials)
    with tempfile.TemporaryDirectory(prefix="task-", ignore_cleanup_errors=True) as scratch:
        work = Path(scratch)
        fetched = transfer.fetch(store, job.inputs[SOURCE], work)
        current = version.of_source(job.inputs[SOURCE].revision, fetched, datetime.now(UTC))
        source = work / "source"
        transfer.unpack(job.inputs[SOURCE], fetched, source)
        dependencies = transfer.checkout(store, job.inputs[DEPENDENCIES], work)
        lent = task.credentials(os.environ) if request.credentials == "true" else {}
        environment = task.environment(dependencies, work, {**lent, **request.variables})
        seconds = task.run(request.task, source, environment, job.deadline)
        for name, packed in pack_outputs(request, source, work).items():
            transfer.deliver(store, job.outputs[name], packed, job.key)
    return Succeeded(f"{request.task} took {seconds:.1f} s", {"Version": current})


def pack_outputs(request: Request, source: Path, work: Path) -> dict[str, Path]:
    """The zip of each output artifact.

    Raises:
        JobError: the task did not make one of them; names all that are missing.
    """
    missing = [f"{name} ({path})" for name, path in request.outputs.items() if not (source / path).exists()]
    if missing:
        raise JobError(f"The task {request.task} succeeded, but did not make {', '.join(missing)}")
    return {name: pack_output(source / path, work / f"{name}.zip") for name, path in request.outputs.items()}


def pack_output(path: Path, target: Path) -> Path:
    """A zip for one output: a zip is taken as it is, a folder is packed, another file lies alone in its zip.

    Raises:
        JobError: it is called .zip and is none, or holds what no zip can hold.
    """
    try:
        return _pack(path, target)
    except packing.Unpackable as error:
        raise JobError(f"{path.name} cannot be packed: {error}") from error


def _pack(path: Path, target: Path) -> Path:
    if path.is_dir():
        archive.pack(path, target)
    elif path.suffix != ".zip":
        packing.write({path.name: path}, target)
    elif zipfile.is_zipfile(path):
        return path
    else:
        raise JobError(f"{path.name} is called a zip and is none")
    return target


def _is_inside(path: str) -> bool:
    pure = PurePosixPath(path)
    return bool(pure.parts) and not pure.is_absolute() and ".." not in pure.parts
