"""The function that brings an environment back to a release on record, without running the pipeline.

It is invoked with `{"environment": "prod", "execution": "<ID>"}` and answers `{"moved": [what it did, …]}`, or
`{"error": why, "moved": […]}`. It looks first whether all that the release needs is still there; then the stages of
APIs and the aliases of functions move, and sites are delivered again. A second time changes nothing more.
"""

from __future__ import annotations

import os
import time
import uuid
from contextlib import contextmanager
from functools import partial
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.artifacts import transfer
from lambdas.delivery import alias, api, delivery, release, site
from lambdas.delivery.order import Order
from lambdas.delivery.site_progress import Progress
from lambdas.execution import storage, traces
from lambdas.job import clients, refusal, shortage
from lambdas.job.context import deadline
from lambdas.job.ending import Continued, JobError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from lambdas.delivery.alias import Alias
    from lambdas.delivery.api import Stage
    from lambdas.delivery.release import Part
    from lambdas.job.context import Context
    from lambdas.job.ending import Succeeded

ARTIFACT_BUCKET = "ARTIFACT_BUCKET"

PAUSE = 5.0
"""The seconds between two looks at an invalidation; one takes a minute or two."""

_AGAIN = "roll back again"
_NOUNS = {"lambda": "function", "apigateway": "API", "s3": "site"}


def handler(event: Mapping[str, str], context: Context) -> dict[str, Any]:
    """Bring the environment back, or say why not and what has moved nevertheless."""
    moved: list[str] = []
    traces.HERE.begin(os.environ)
    try:
        for step in roll_back(event["environment"], event["execution"], deadline(context)):
            print(f"Moved: {step}", flush=True)
            moved.append(step)
    except JobError as error:
        return _fail(str(error), moved)
    except (BotoCoreError, ClientError) as error:
        return _fail(refusal.explain(error, _AGAIN).message, moved)
    except (OSError, MemoryError) as error:
        return _fail(shortage.explain(error).message, moved)
    return {"moved": moved}


def roll_back(environment: str, execution: str, deadline: float) -> Iterator[str]:
    """Move the parts of the environment, one after another, and tell each that has moved.

    The stack stays as it is: what CloudFormation made, only CloudFormation changes.

    Raises:
        JobError: there is no such release, or some of what it needs is gone; nothing has moved then.
    """
    parts = demand_release(environment, execution)
    with storage.work("rollback-") as scratch:
        moves = [_prepare(name, part, scratch / name, deadline) for name, part in parts.items()]
        for _, move in sorted(moves, key=itemgetter(0)):
            yield move()


def demand_release(environment: str, execution: str) -> dict[str, Part]:
    """All parts of a release but its stack, by their names.

    Raises:
        JobError: nothing is on record for this execution, or not all of it, or nothing that could be moved.
    """
    parts = release.read(clients.s3(), os.environ[ARTIFACT_BUCKET], environment, execution)
    if not parts:
        raise JobError(f"No release of execution {execution} is on record for {environment}")
    names = release.names(parts)
    missing = [_NOUNS.get(name, name) for name in names if name not in parts]
    if missing:
        raise JobError(
            f"The release {execution} of {environment} is incomplete: its {' and '.join(missing)} never got there"
        )
    if not names:
        raise JobError(
            f"The release {execution} of {environment} is a stack alone, and CloudFormation has no way back; "
            f"release the earlier commit again: git revert, then invoke pipeline.run"
        )
    return {name: parts[name] for name in names}


def _prepare(name: str, part: Part, folder: Path, deadline: float) -> tuple[int, Callable[[], str]]:
    """Make sure of all that the part needs; answers its place in the order of moves, and its move."""
    match part.type:
        case "apigateway":
            return 0, partial(_move_stage, _demand_api(part), part)
        case "lambda":
            return 1, partial(_move_alias, _demand_function(part), part)
        case "s3":
            folder.mkdir()
            return 2, partial(_deliver_site, part, _demand_site(part, folder), deadline)
    raise JobError(f"The part {name} of the release is of the type {part.type}, and has no way back")


def _demand_function(part: Part) -> Alias:
    """The alias, as it is now; the version of the release has to be there."""
    functions, name, alias_name = clients.functions(), part.parameters["function"], part.parameters["alias"]
    version = part.variables["FunctionVersion"]
    with _need(f"the version {version} of the function {name}"):
        functions.get_function_configuration(FunctionName=name, Qualifier=version)
    current = alias.find(functions, name, alias_name)
    if not current:
        raise _gone(f"the alias {alias_name} of the function {name}")
    return current


def _demand_api(part: Part) -> Stage:
    """The stage, as it is now; the deployment of the release has to be there."""
    apis, name, stage_name = clients.apis(), part.parameters["api"], part.parameters["stage"]
    deployment = part.variables["DeploymentId"]
    with _need(f"the deployment {deployment} of the API {name}"):
        apis.get_deployment(restApiId=name, deploymentId=deployment)
    stage = api.find_stage(apis, name, stage_name)
    if not stage:
        raise _gone(f"the stage {stage_name} of the API {name}")
    return stage


def _demand_site(part: Part, folder: Path) -> Path:
    """The site's artifact; it has to be the one that was delivered, and its bucket has to be there."""
    s3, bucket, artifact = clients.s3(), part.parameters["bucket"], part.artifact
    with _need(f"the bucket {bucket} of the site"):
        s3.list_objects_v2(Bucket=bucket, MaxKeys=1)
    with _need(f"the artifact {artifact.url}"):
        s3.head_object(Bucket=artifact.bucket, Key=artifact.key)
    zip_file = transfer.fetch(s3, artifact, folder)
    if part.path:
        zip_file = transfer.extract(artifact, zip_file, part.path)
    digest = delivery.digest_of(zip_file)
    if digest != part.digest:
        raise JobError(f"{artifact.url} is not what was delivered: its digest is {digest}, not {part.digest}")
    return zip_file


def _move_stage(stage: Stage, part: Part) -> str:
    deployment = part.variables["DeploymentId"]
    api.move_stage(clients.apis(), stage, deployment)
    return f"API {stage} is deployment {deployment}"


def _move_alias(current: Alias, part: Part) -> str:
    version = part.variables["FunctionVersion"]
    alias.move(clients.functions(), current, alias.Route(version), again=_AGAIN)
    return f"function {current} is version {version}"


def _deliver_site(part: Part, zip_file: Path, deadline: float) -> str:
    job_id = f"rollback-{uuid.uuid4()}"
    order = Order(part.parameters, part.artifact, deadline, job_id, retry=_AGAIN, again=_AGAIN)
    summary = _wait(order, site.deploy(order, zip_file))
    return f"site {part.parameters['bucket']} is version {part.parameters['version']}: {summary}"


def _wait(order: Order, outcome: Succeeded | Continued) -> str:
    """How the delivery ended; an invalidation that CloudFront has begun ends without anybody who waits for it."""
    while isinstance(outcome, Continued) and time.monotonic() + PAUSE < order.deadline:
        time.sleep(PAUSE)
        outcome = site.resume(order, outcome.token)
    if isinstance(outcome, Continued) and not Progress.from_token(outcome.token).invalidation:
        raise JobError(f"{outcome.summary}; {_AGAIN}")
    return outcome.summary


@contextmanager
def _need(thing: str) -> Iterator[None]:
    """Say that the release needs this where AWS does not find it."""
    try:
        yield
    except ClientError as error:
        if not refusal.is_absent(error):
            raise
        raise _gone(thing) from error


def _gone(thing: str) -> JobError:
    return JobError(f"The release needs {thing}, which is there no longer")


def _fail(why: str, moved: Sequence[str]) -> dict[str, Any]:
    print(f"Failed: {why}", flush=True)
    progress = f"moved so far: {', '.join(moved)}. The same rollback can be repeated, it ends what was begun"
    return {"error": f"{why}; {progress if moved else 'nothing has moved'}", "moved": moved}
