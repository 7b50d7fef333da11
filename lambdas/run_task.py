"""The actions `TestAndPackage` and `FunctionalTest`: one of the source's own tasks, with its dependencies beside it.

UserParameters: `task=<name>`, `Env.<NAME>=<value>` for what the task shall find in its environment,
`Secret.<NAME>=<where>` for what it shall find there and nobody in a log, `credentials=true` if it shall act as the
function's own role, `folder=<project in the source>`, and for each output artifact `<artifact>=<path in the project>`.
"""

from __future__ import annotations

import os
import re
import tempfile
import zipfile
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from lambdas.artifacts import archive, packing, transfer
from lambdas.dependencies import uv
from lambdas.job import attempts, clients, parameters
from lambdas.job.action import action
from lambdas.job.ending import JobError, Outcome, Succeeded
from lambdas.tasks import environment, project, secrets, task, version

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from lambdas.job.job import Job

SOURCE = "SourceOutput"
DEPENDENCIES = "DependenciesOutput"

_KEYS = ("task", "credentials", project.FOLDER)
_RESERVED = (*_KEYS, attempts.KEY)
_VARIABLE, _SECRET = "Env.", "Secret."
_TASK_NAME = re.compile(r"[A-Za-z_][\w.-]*")
_VARIABLE_NAME = re.compile(r"[A-Za-z_]\w*")
_REFERENCE = re.compile(rf"(?:{'|'.join(secrets.SERVICES)}):[\w/+=.@-]+(?::[\w.-]+)?")


@dataclass(frozen=True)
class Request:
    """What the action asks for; `outputs` maps the name of an artifact to a path in the project.

    `secrets` maps the name of a variable to where its value is kept.
    """

    task: str
    variables: Mapping[str, str]
    outputs: Mapping[str, str]
    with_credentials: bool
    secrets: Mapping[str, str] = field(default_factory=dict)
    folder: str = ""

    @classmethod
    def from_job(cls, job: Job) -> Request:
        """Read the job's parameters.

        Raises:
            Misconfigured: they and the artifacts do not fit together; names every mistake.
        """
        query = parameters.parse(job.user_parameters)
        variables, references = _below(_VARIABLE, query), _below(_SECRET, query)
        prefixes = (_VARIABLE, _SECRET)
        outputs = {key: value for key, value in query.items() if key not in _KEYS and not key.startswith(prefixes)}
        task, credentials = query.get("task", ""), query.get("credentials", "false")
        folder = query.get(project.FOLDER, "")
        parameters.check(
            [
                *_mistakes(task, credentials, variables),
                *_secret_mistakes(references, variables),
                *_folder_mistakes(folder),
                *_output_mistakes(outputs, job.outputs),
                *parameters.artifact_mistakes("input", job.inputs, [SOURCE, DEPENDENCIES]),
            ]
        )
        return cls(task, variables, outputs, credentials == "true", references, folder)


@action
def handler(job: Job) -> Outcome:
    """Run the task and hand on what it made."""
    request = Request.from_job(job)
    store = clients.artifact_store(job.credentials)
    with tempfile.TemporaryDirectory(prefix="task-", ignore_cleanup_errors=True) as scratch:
        work = Path(scratch)
        package = transfer.fetch(store, job.inputs[SOURCE], work)
        current = version.of_source(job.inputs[SOURCE].revision, package, datetime.now(UTC))
        source = work / "source"
        transfer.unpack(job.inputs[SOURCE], package, source)
        own = project.find(source, request.folder)
        dependencies = transfer.checkout(store, job.inputs[DEPENDENCIES], work)
        credentials = environment.credentials(os.environ) if request.with_credentials else {}
        handed = secrets.read(request.secrets)
        variables = {**environment.network(os.environ), **credentials, **request.variables, **handed}
        place = environment.create(dependencies, source, work, variables, [Path(uv.executable())])
        place = replace(place, secrets=frozenset(handed.values()))
        seconds = task.run(request.task, own, place, job.deadline)
        for name, output in pack_outputs(request, own, work).items():
            transfer.deliver(store, job.outputs[name], output, job.key)
    return Succeeded(f"{request.task} took {seconds:.1f} s", {"Version": current})


def pack_outputs(request: Request, folder: Path, work: Path) -> dict[str, Path]:
    """The zip of each output artifact.

    Raises:
        JobError: the task did not make one of them; names all that are missing.
    """
    missing = [f"{name} ({path})" for name, path in request.outputs.items() if not (folder / path).exists()]
    if missing:
        raise JobError(f"The task {request.task} succeeded, but did not make {', '.join(missing)}")
    return {name: pack_output(folder / path, work / f"{name}.zip") for name, path in request.outputs.items()}


def pack_output(path: Path, target: Path) -> Path:
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


def _mistakes(task: str, credentials: str, variables: Iterable[str]) -> Iterator[str]:
    if not _TASK_NAME.fullmatch(task):
        yield f"task must name a task of the source, such as task=package; it is {task!r}"
    if credentials not in ("true", "false"):
        yield f"credentials must be true or false; it is {credentials!r}"
    for name in variables:
        if not _VARIABLE_NAME.fullmatch(name):
            yield f"{_VARIABLE}{name} cannot be the name of an environment variable"


def _below(prefix: str, query: Mapping[str, str]) -> dict[str, str]:
    return {key.removeprefix(prefix): value for key, value in query.items() if key.startswith(prefix)}


def _secret_mistakes(references: Mapping[str, str], variables: Collection[str]) -> Iterator[str]:
    for name, reference in references.items():
        if not _VARIABLE_NAME.fullmatch(name):
            yield f"{_SECRET}{name} cannot be the name of an environment variable"
        elif name in variables:
            yield f"{name} is asked for twice, as {_VARIABLE}{name} and as {_SECRET}{name}"
        if not _REFERENCE.fullmatch(reference):
            forms = "secretsmanager:<name>, secretsmanager:<name>:<key> or ssm:<name>"
            yield f"{_SECRET}{name} must say where the secret is kept, {forms}; it is {reference!r}"


def _folder_mistakes(folder: str) -> Iterator[str]:
    if folder and not project.is_inside(folder):
        yield f"{project.FOLDER}={folder} must be a path inside the source"


def _output_mistakes(paths: Mapping[str, str], artifacts: Collection[str]) -> Iterator[str]:
    """What is wrong with the paths of outputs, which must be those of the action's output artifacts."""
    for name, path in paths.items():
        if name not in artifacts:
            keys = ", ".join((*_KEYS, f"{_VARIABLE}<NAME>", f"{_SECRET}<NAME>"))
            yield f"{name} is neither {keys} nor an output artifact of the action"
        elif not project.is_inside(path):
            yield f"{name}={path} must be a path inside the source"
    for name in artifacts:
        if name in _RESERVED:
            yield f"the output artifact {name} has the name of a parameter; give it another"
        elif name not in paths:
            yield f"no path is given for the output artifact {name}; write {name}=<path in the source>"
