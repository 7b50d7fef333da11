"""The actions `TestAndPackage` and `FunctionalTest`: one of the source's own tasks, with its dependencies beside it.

UserParameters: `task=<name>`, `Env.<NAME>=<value>` for what the task shall find in its environment,
`Secret.<NAME>=<where>` for what it shall find there and nobody in a log, `credentials=true` if it shall act as the
function's own role, `folder=<project in the source>`, and for each output artifact `<artifact>=<path in the project>`.
With `template=<path in the project>` the environments' template is packaged after the task into the output artifact
PackageOutput; see `lambdas.tasks.template` for its other keys. Then there may be no task.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from lambdas.artifacts import transfer
from lambdas.dependencies import uv
from lambdas.execution import storage
from lambdas.job import attempts, clients, parameters
from lambdas.job.action import action
from lambdas.job.ending import Outcome, Succeeded
from lambdas.tasks import environment, outputs, project, secrets, task, template, version
from lambdas.tasks.project import Place
from lambdas.tasks.template import Packaging

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from mypy_boto3_s3 import S3Client

    from lambdas.job.job import Artifact, Job

SOURCE = "SourceOutput"
VERSION = "SOURCE_VERSION"
"""The variable that tells a task which version of its source it sees: a source has no history of git with it."""
DEPENDENCIES = "DependenciesOutput"

_KEYS = ("task", "credentials", project.FOLDER, *template.KEYS)
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
    packaging: Packaging | None = None

    @classmethod
    def from_job(cls, job: Job) -> Request:
        """Read the job's parameters.

        Raises:
            Misconfigured: they and the artifacts do not fit together; names every mistake.
        """
        query = parameters.parse(job.user_parameters)
        variables, references = _below(_VARIABLE, query), _below(_SECRET, query)
        packaging = Packaging.from_parameters(query)
        prefixes = (_VARIABLE, _SECRET, template.VALUES)
        paths = {key: value for key, value in query.items() if key not in _KEYS and not key.startswith(prefixes)}
        task, credentials = query.get("task", ""), query.get("credentials", "false")
        folder = query.get(project.FOLDER, "")
        parameters.check(
            [
                *(_task_mistakes(task) if task or not packaging else ()),
                *_mistakes(credentials, variables),
                *_secret_mistakes(references, variables),
                *_folder_mistakes(folder),
                *(packaging.mistakes() if packaging else ()),
                *(_package_mistakes(job.outputs) if packaging else ()),
                *_output_mistakes(paths, [name for name in job.outputs if not packaging or name != template.PACKAGE]),
                *_input_mistakes(job.inputs),
            ]
        )
        return cls(task, variables, paths, credentials == "true", references, folder, packaging)


@action
def handler(job: Job) -> Outcome:
    """Run the task, package the template, and hand on what they made."""
    request = Request.from_job(job)
    store = clients.artifact_store(job.credentials)
    with storage.work("task-") as work:
        packed = transfer.fetch(store, job.inputs[SOURCE], work)
        current = version.of_source(job.inputs[SOURCE].revision, packed, datetime.now(UTC))
        transfer.unpack(job.inputs[SOURCE], packed, work / "source")
        own = project.find(work / "source", request.folder)
        request = replace(request, variables={VERSION: current, **request.variables})
        summary = _run(request, job, store, own, work) if request.task else "there is no task"
        made = outputs.pack(request.task, request.outputs, Place(work / "source", own), work)
        if request.packaging:
            bucket = job.outputs[template.PACKAGE].bucket
            made[template.PACKAGE] = template.package(request.packaging, own, work, bucket, job.deadline)
        for name, package in made.items():
            transfer.deliver(store, job.outputs[name], package, job.key)
    return Succeeded(summary, {"Version": current})


def _run(request: Request, job: Job, store: S3Client, folder: Path, work: Path) -> str:
    """Run the task of the project in `folder` in an environment below `work`; answers how long it took."""
    if DEPENDENCIES in job.inputs:
        dependencies = transfer.checkout(store, job.inputs[DEPENDENCIES], work)
    else:
        (dependencies := work / DEPENDENCIES).mkdir()
    credentials = environment.credentials(os.environ) if request.with_credentials else {}
    handed = secrets.read(request.secrets)
    own = {**environment.libraries(os.environ), **environment.network(os.environ), **credentials}
    place = environment.create(
        dependencies,
        work / "source",
        work,
        {**own, **request.variables, **handed},
        [Path(uv.executable())],
        path=environment.system_path(os.environ),
    )
    place = replace(place, secrets=frozenset(handed.values()))
    seconds = task.run(request.task, folder, place, job.deadline)
    return f"{request.task} took {seconds:.1f} s"


def _task_mistakes(task: str) -> Iterator[str]:
    if not _TASK_NAME.fullmatch(task):
        yield f"task must name a task of the source, such as task=package; it is {task!r}"


def _mistakes(credentials: str, variables: Iterable[str]) -> Iterator[str]:
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


def _input_mistakes(inputs: Mapping[str, Artifact]) -> Iterator[str]:
    """What is wrong with the input artifacts; a project that names no requirements has no dependencies."""
    required = [SOURCE, DEPENDENCIES] if DEPENDENCIES in inputs else [SOURCE]
    yield from parameters.artifact_mistakes("input", inputs, required)


def _package_mistakes(outputs: Collection[str]) -> Iterator[str]:
    if template.PACKAGE not in outputs:
        yield f"the action lacks the output artifact {template.PACKAGE}"


def _output_mistakes(paths: Mapping[str, str], artifacts: Collection[str]) -> Iterator[str]:
    """What is wrong with the paths of outputs, which must be those of the action's output artifacts."""
    for name, path in paths.items():
        if name not in artifacts:
            keys = ", ".join((*_KEYS, f"{template.VALUES}<name>", f"{_VARIABLE}<NAME>", f"{_SECRET}<NAME>"))
            yield f"{name} is neither {keys} nor an output artifact of the action"
        elif not project.is_inside(path):
            yield f"{name}={path} must be a path inside the source"
    for name in artifacts:
        if name in _RESERVED:
            yield f"the output artifact {name} has the name of a parameter; give it another"
        elif name not in paths:
            yield f"no path is given for the output artifact {name}; write {name}=<path in the source>"
