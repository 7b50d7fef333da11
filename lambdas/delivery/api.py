"""An OpenAPI document becomes a REST API, and its stage serves it.

In the document the integrations name `${IntegrationUri}`; which function that is, only the environment knows. Where
several functions answer, each has a name: `${Integration.Orders}` is what `Integration.Orders` says.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lambdas.artifacts import member
from lambdas.delivery.order import Kind, Order
from lambdas.job import clients
from lambdas.job.ending import JobError, Succeeded

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from mypy_boto3_apigateway import APIGatewayClient
    from mypy_boto3_apigateway.type_defs import PatchOperationTypeDef

    from lambdas.job.job import Artifact

PLACEHOLDER = "${IntegrationUri}"
INTEGRATION = "Integration."
"""How the parameters begin that name functions beside `function`."""

LIMIT = 6 * 1024**2
"""The most bytes of a document that API Gateway takes.
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
"""

_PLACEHOLDERS = re.compile(r"\$\{Integration(?:Uri|\.[^}]*)\}")


@dataclass(frozen=True)
class Stage:
    """A stage of an API, and the deployment that its callers get."""

    api: str
    name: str
    deployment: str

    def __str__(self) -> str:
        return f"{self.api}/{self.name}"


def deploy(order: Order, zip_file: Path) -> Succeeded:
    """Import the document into `api`, deploy it to `stage` with `function` behind.

    A document with a warning changes nothing. The variables are DeploymentId and, where the stage was deployed before,
    PreviousDeploymentId: the one to go back to.
    """
    api, stage_name = order.parameters["api"], order.parameters["stage"]
    body = integrated(document(zip_file, order.artifact), order.parameters)
    apis = clients.apis()
    stage = find_stage(apis, api, stage_name)
    apis.put_rest_api(restApiId=api, mode="overwrite", failOnWarnings=True, body=body.encode())
    deployment = apis.create_deployment(restApiId=api, stageName=stage_name)["id"]
    variables = {"DeploymentId": deployment} | ({"PreviousDeploymentId": stage.deployment} if stage else {})
    return Succeeded(f"{api}/{stage_name} is deployment {deployment}", variables)


def integrated(body: str, parameters: Mapping[str, str]) -> str:
    """A document that names the functions of its integrations.

    Raises:
        JobError: a parameter is no ARN of a function, or the document names a function that no parameter says.
    """
    for name, function in parameters.items():
        if name == "function":
            body = body.replace(PLACEHOLDER, integration_uri(name, function))
        elif name.startswith(INTEGRATION):
            body = body.replace(f"${{{name}}}", integration_uri(name, function))
    if unsaid := sorted(set(_PLACEHOLDERS.findall(body))):
        raise JobError(f"The document names {', '.join(unsaid)}, and the action does not say which function that is")
    return body


def find_stage(apis: APIGatewayClient, api: str, name: str) -> Stage | None:
    """The stage as it is, or None where there is none."""
    try:
        response = apis.get_stage(restApiId=api, stageName=name)
    except apis.exceptions.NotFoundException:
        return None
    return Stage(api, name, response["deploymentId"])


def move_stage(apis: APIGatewayClient, stage: Stage, deployment: str) -> None:
    """Have a stage serve an earlier deployment; one that serves it already is left as it is."""
    if stage.deployment == deployment:
        return
    operation: PatchOperationTypeDef = {"op": "replace", "path": "/deploymentId", "value": deployment}
    apis.update_stage(restApiId=stage.api, stageName=stage.name, patchOperations=[operation])


def document(zip_file: Path, artifact: Artifact) -> str:
    """The text of the one file in the artifact.

    Raises:
        JobError: it is no zip, or holds none or several, or no text.
    """
    try:
        with member.opened(zip_file) as archive:
            names = [entry.filename for entry in archive.infolist() if not entry.is_dir()]
            if len(names) != 1:
                raise JobError(
                    f"The artifact {artifact.name} must hold one OpenAPI document; it has {len(names)} files"
                )
            return member.text(archive, names[0], LIMIT)
    except member.DAMAGE as error:
        raise JobError(f"The artifact {artifact.name} holds no OpenAPI document: {error}") from error


def integration_uri(name: str, function: str) -> str:
    """The address under which API Gateway invokes a function, or an alias of one, by its ARN; `name` is its parameter.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-integration.html

    Raises:
        JobError: it is no ARN of a function.
    """
    parts = function.split(":")
    if len(parts) < 7 or parts[0] != "arn" or parts[2] != "lambda":  # noqa: PLR2004 - arn:…:lambda:…:…:function:name
        raise JobError(f"{name} must be the ARN of a function or an alias; it is {function!r}")
    partition, region = parts[1], parts[3]
    return f"arn:{partition}:apigateway:{region}:lambda:path/2015-03-31/functions/{function}/invocations"


KIND = Kind(keys=("api", "stage"), begin=deploy, options=("function",), prefixes=(INTEGRATION,))
