"""The function that brings an environment back to a release on record, without running the pipeline.

It is invoked with `{"environment": "prod", "execution": "<ID>"}` and answers `{"moved": [what it did, …]}`, or
`{"error": why, "moved": […]}`. It looks first whether all that the release needs is still there; then the stage of the
API and the alias of the function move, and the site is delivered again. A second time changes nothing more.
"""

from __future__ import annotations

import os
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from lambdas import deploy
from lambdas.artifacts import transfer
from lambdas.delivery import release
from lambdas.delivery import site as deploy_site
from lambdas.delivery.order import Order
from lambdas.job import clients, refusal
from lambdas.job.ending import Failed, JobError, Succeeded
from lambdas.job.job import MARGIN
from lambdas.job.refusal import explain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from lambdas.delivery.release import Part
    from lambdas.job.action import Context
    from lambdas.job.ending import Outcome

ARTIFACT_BUCKET = "ARTIFACT_BUCKET"

_AGAIN = "roll back again"
_WORDS = {"lambda": "function", "apigateway": "API", "s3": "site"}


def handler(event: Mapping[str, str], context: Context) -> dict[str, Any]:
    """Bring the environment back, or say why not and what has moved nevertheless."""
    deadline = time.monotonic() + context.get_remaining_time_in_millis() / 1000 - MARGIN
    moved: list[str] = []
    try:
        for told in roll_back(event["environment"], event["execution"], deadline):
            print(f"Moved: {told}", flush=True)
            moved.append(told)
    except JobError as error:
        return _failed(str(error), moved)
    except (BotoCoreError, ClientError) as error:
        return _failed(explain(error, _AGAIN).message, moved)
    return {"moved": moved}


def roll_back(environment: str, execution: str, deadline: float) -> Iterator[str]:
    """Move the three parts of the environment, one after another, and tell each that has moved.

    Raises:
        JobError: there is no such release, or some of what it needs is gone; nothing has moved then.
    """
    parts = demand(environment, execution)
    function, api, site = (parts[kind] for kind in release.TYPES)
    with tempfile.TemporaryDirectory(prefix="rollback-", ignore_cleanup_errors=True) as scratch:
        _check_function(function)
        _check_api(api)
        fetched = _fetch(site, Path(scratch))
        steps: list[Callable[[], str]] = [
            lambda: move_stage(api),
            lambda: move_alias(function),
            lambda: deliver_site(site, fetched, deadline),
        ]
        for step in steps:
            yield step()


def demand(environment: str, execution: str) -> dict[str, Part]:
    """All parts of a release.

    Raises:
        JobError: nothing is on record for this execution, or not all of it.
    """
    parts = release.read(clients.sites(), os.environ[ARTIFACT_BUCKET], environment, execution)
    if not parts:
        raise JobError(f"No release of execution {execution} is on record for {environment}")
    missing = [_WORDS[kind] for kind in release.TYPES if kind not in parts]
    if missing:
        raise JobError(
            f"The release {execution} of {environment} is incomplete: its {' and '.join(missing)} never got there"
        )
    return parts


def move_stage(api: Part) -> str:
    """Let the stage serve the deployment of the release."""
    deployment = api.variables["DeploymentId"]
    operation: Any = {"op": "replace", "path": "/deploymentId", "value": deployment}
    clients.apis().update_stage(restApiId=api.given["api"], stageName=api.given["stage"], patchOperations=[operation])
    return f"API {api.given['api']}/{api.given['stage']} is deployment {deployment}"


def move_alias(function: Part) -> str:
    """Point the alias at the version of the release, with all the traffic.

    Raises:
        JobError: somebody else moved it at the same time.
    """
    functions = clients.functions()
    name, alias, version = function.given["function"], function.given["alias"], function.variables["FunctionVersion"]
    now = functions.get_alias(FunctionName=name, Name=alias)
    try:
        functions.update_alias(
            FunctionName=name,
            Name=alias,
            FunctionVersion=version,
            RoutingConfig={"AdditionalVersionWeights": {}},
            RevisionId=now["RevisionId"],
        )
    except functions.exceptions.PreconditionFailedException as error:
        raise JobError(f"Somebody else moved {name}:{alias} meanwhile") from error
    return f"function {name}:{alias} is version {version}"


def deliver_site(site: Part, fetched: Path, deadline: float) -> str:
    """Deliver the site as the deploy did.

    Raises:
        JobError: it could not be.
    """
    outcome: Outcome = deploy_site.KIND.begin(Order(site.given, site.artifact, deadline, again=_AGAIN), fetched)
    match outcome:
        case Succeeded(summary):
            return f"site {site.given['bucket']} is version {site.given['version']}: {summary}"
        case Failed(message):
            raise JobError(message)
    raise JobError(f"The site {site.given['bucket']} was delivered only in part")


def _check_function(function: Part) -> None:
    name, version = function.given["function"], function.variables["FunctionVersion"]
    with _wanted(f"the version {version} of the function {name}"):
        clients.functions().get_function_configuration(FunctionName=name, Qualifier=version)
    with _wanted(f"the alias {function.given['alias']} of the function {name}"):
        clients.functions().get_alias(FunctionName=name, Name=function.given["alias"])


def _check_api(api: Part) -> None:
    identity, stage, deployment = api.given["api"], api.given["stage"], api.variables["DeploymentId"]
    with _wanted(f"the deployment {deployment} of the API {identity}"):
        clients.apis().get_deployment(restApiId=identity, deploymentId=deployment)
    with _wanted(f"the stage {stage} of the API {identity}"):
        clients.apis().get_stage(restApiId=identity, stageName=stage)


def _fetch(site: Part, work: Path) -> Path:
    """Bring the site's artifact; it has to be the one that was delivered, and its bucket has to be there."""
    with _wanted(f"the bucket {site.given['bucket']} of the site"):
        clients.sites().list_objects_v2(Bucket=site.given["bucket"], MaxKeys=1)
    with _wanted(f"the artifact {site.artifact.url}"):
        clients.sites().head_object(Bucket=site.artifact.bucket, Key=site.artifact.key)
    fetched = transfer.fetch(clients.sites(), site.artifact, work)
    digest = deploy.digest_of(fetched)
    if digest != site.digest:
        raise JobError(f"{site.artifact.url} is not what was delivered: its digest is {digest}, not {site.digest}")
    return fetched


@contextmanager
def _wanted(thing: str) -> Iterator[None]:
    """Say that the release needs this where AWS does not find it."""
    try:
        yield
    except ClientError as error:
        if refusal.is_absent(error):
            raise JobError(f"The release needs {thing}, which is there no longer") from error
        raise


def _failed(why: str, moved: Sequence[str]) -> dict[str, Any]:
    print(f"Failed: {why}", flush=True)
    done = f"moved so far: {', '.join(moved)}. The same rollback can be repeated, it ends what was begun"
    return {"error": f"{why}; {done if moved else 'nothing has moved'}", "moved": moved}
