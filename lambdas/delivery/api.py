"""An OpenAPI document becomes a REST API, and its stage serves it.

In the document the integrations name `${IntegrationUri}`; which function that is, only the environment knows.
"""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

from lambdas.delivery.order import Kind, Order
from lambdas.job import clients
from lambdas.job.ending import JobError, Succeeded

if TYPE_CHECKING:
    from pathlib import Path

    from mypy_boto3_apigateway import APIGatewayClient

    from lambdas.job.job import Artifact

PLACEHOLDER = "${IntegrationUri}"


def deploy(order: Order, fetched: Path) -> Succeeded:
    """Import the document into `api`, deploy it to `stage` with `function` behind.

    A document with a warning changes nothing. The variables are DeploymentId and, where the stage was deployed before,
    PreviousDeploymentId: the one to go back to.
    """
    given = order.given
    text = document(fetched, order.artifact)
    body = text.replace(PLACEHOLDER, integration_uri(given["function"]))
    apis = clients.apis()
    previous = previous_deployment(apis, given["api"], given["stage"])
    apis.put_rest_api(restApiId=given["api"], mode="overwrite", failOnWarnings=True, body=body.encode())
    made = apis.create_deployment(restApiId=given["api"], stageName=given["stage"])
    return Succeeded(
        f"{given['api']}/{given['stage']} is deployment {made['id']}", {"DeploymentId": made["id"], **previous}
    )


def previous_deployment(apis: APIGatewayClient, api: str, stage: str) -> dict[str, str]:
    """The variable that names the deployment a stage has now; none where there is no stage."""
    try:
        return {"PreviousDeploymentId": apis.get_stage(restApiId=api, stageName=stage)["deploymentId"]}
    except apis.exceptions.NotFoundException:
        return {}


def document(fetched: Path, artifact: Artifact) -> str:
    """The text of the one file in the artifact.

    Raises:
        JobError: it is no zip, or holds none or several, or no text.
    """
    try:
        with zipfile.ZipFile(fetched) as archive:
            names = [entry.filename for entry in archive.infolist() if not entry.is_dir()]
            if len(names) != 1:
                raise JobError(
                    f"The artifact {artifact.name} must hold one OpenAPI document; it has {len(names)} files"
                )
            return archive.read(names[0]).decode()
    except (zipfile.BadZipFile, UnicodeDecodeError) as error:
        raise JobError(f"The artifact {artifact.name} holds no OpenAPI document: {error}") from error


def integration_uri(function: str) -> str:
    """The address under which API Gateway invokes a function (or an alias of one) of the given ARN.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-integration.html

    Raises:
        JobError: it is no ARN of a function.
    """
    parts = function.split(":")
    if len(parts) < 7 or parts[0] != "arn" or parts[2] != "lambda":  # noqa: PLR2004 - arn:…:lambda:…:…:function:name
        raise JobError(f"function must be the ARN of a function or an alias; it is {function!r}")
    partition, region = parts[1], parts[3]
    return f"arn:{partition}:apigateway:{region}:lambda:path/2015-03-31/functions/{function}/invocations"


KIND = Kind(keys=("api", "stage", "function"), begin=deploy)
