"""The function that brings an environment back to a release on record, without running the pipeline.

It is invoked with `{"environment": "prod", "execution": "<ID>"}` and answers `{"moved": [what it did, …]}`, or
`{"error": why, "moved": […]}`. It looks first whether all that the release needs is still there; then the stage of the
API and the alias of the function move, and the site is delivered again. A second time changes nothing more.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.artifacts import transfer
from lambdas.delivery import alias, api, delivery, release, site
from lambdas.delivery.order import Order
from lambdas.job import clients, refusal
from lambdas.job.context import deadline
from lambdas.job.ending import JobError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from lambdas.delivery.alias import Alias
    from lambdas.delivery.api import Stage
    from lambdas.delivery.release import Part
    from lambdas.job.context import Context

ARTIFACT_BUCKET = "ARTIFACT_BUCKET"

_AGAIN = "roll back again"
_NOUNS = {"lambda": "function", "apigateway": "API", "s3": "site"}


def handler(event: Mapping[str, str], context: Context) -> dict[str, Any]:
    """Bring the environment back, or say why not and what has moved nevertheless."""
    moved: list[str] = []
    try:
        for step in roll_back(event["environment"], event["execution"], deadline(context)):
            print(f"Moved: {step}", flush=True)
            moved.append(step)
    except JobError as error:
        return _fail(str(error), moved)
    except (BotoCoreError, ClientError) as error:
        return _fail(refusal.explain(error, _AGAIN).message, moved)
    return {"moved": moved}


def roll_back(environment: str, execution: str, deadline: float) -> Iterator[str]:
    """Move the three parts of the environment, one after another, and tell each that has moved.

    Raises:
        JobError: there is no such release, or some of what it needs is gone; nothing has moved then.
    """
    parts = demand_release(environment, execution)
    with tempfile.TemporaryDirectory(prefix="rollback-", ignore_cleanup_errors=True) as scratch:
        current = _demand_function(parts["lambda"])
        stage = _demand_api(parts["apigateway"])
        zip_file = _demand_site(parts["s3"], Path(scratch))
        yield _move_stage(stage, parts["apigateway"])
        yield _move_alias(current, parts["lambda"])
        yield _deliver_site(parts["s3"], zip_file, deadline)


def demand_release(environment: str, execution: str) -> dict[str, Part]:
    """All parts of a release.

    Raises:
        JobError: nothing is on record for this execution, or not all of it.
    """
    parts = release.read(clients.sites(), os.environ[ARTIFACT_BUCKET], environment, execution)
    if not parts:
        raise JobError(f"No release of execution {execution} is on record for {environment}")
    missing = [_NOUNS[type_] for type_ in release.TYPES if type_ not in parts]
    if missing:
        raise JobError(
            f"The release {execution} of {environment} is incomplete: its {' and '.join(missing)} never got there"
        )
    return parts


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
    s3, bucket, artifact = clients.sites(), part.parameters["bucket"], part.artifact
    with _need(f"the bucket {bucket} of the site"):
        s3.list_objects_v2(Bucket=bucket, MaxKeys=1)
    with _need(f"the artifact {artifact.url}"):
        s3.head_object(Bucket=artifact.bucket, Key=artifact.key)
    zip_file = transfer.fetch(s3, artifact, folder)
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
    order = Order(part.parameters, part.artifact, deadline, retry=_AGAIN, again=_AGAIN)
    summary = site.deploy(order, zip_file).summary
    return f"site {part.parameters['bucket']} is version {part.parameters['version']}: {summary}"


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
