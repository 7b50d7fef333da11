"""The change set of a stack: what CloudFormation is asked for, and what becomes of one that it could not make."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from lambdas.delivery import assets, stack_failure, template
from lambdas.delivery.order import RELEASE_AGAIN
from lambdas.job.ending import JobError, Misconfigured

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.literals import CapabilityType
    from mypy_boto3_cloudformation.type_defs import CreateChangeSetInputTypeDef, DescribeChangeSetOutputTypeDef

    from lambdas.delivery.order import Order

PARAMETER = "Parameter."
"""How the keys begin that name parameters of the stack."""

_DELETING = ("DELETE_PENDING", "DELETE_IN_PROGRESS")
_UNCHANGED = ("didn't contain changes", "No updates are to be performed")


def request_for(order: Order, zip_file: Path, tags: Mapping[str, str]) -> CreateChangeSetInputTypeDef:
    """What CloudFormation is asked for; the name of a change set is that of its job, which makes it once.

    `tags` are the stack's beside those of its configuration.

    Raises:
        JobError: the artifact does not hold what it must.
    """
    parameters, artifact = order.parameters, order.artifact
    values = template.parameters(zip_file, artifact, parameters["parameters"]) if "parameters" in parameters else {}
    if "configuration" in parameters:
        configuration = template.configuration(zip_file, artifact, parameters["configuration"])
        values, tags = values | configuration["Parameters"], {**tags, **configuration["Tags"]}
    values |= {key.removeprefix(PARAMETER): value for key, value in parameters.items() if key.startswith(PARAMETER)}
    capabilities = [word for word in parameters.get("capabilities", "").split(",") if word]
    request: CreateChangeSetInputTypeDef = {
        "StackName": parameters["stack"],
        "ChangeSetName": f"job-{order.job_id}",
        "ClientToken": order.job_id,
        "Parameters": [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()],
        "Capabilities": cast("list[CapabilityType]", capabilities),
        "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
        "RoleARN": parameters["role"],
        "IncludeNestedStacks": True,
    }
    body = template.text(zip_file, artifact, parameters["template"])
    if len(body.encode()) <= template.IN_REQUEST:
        request["TemplateBody"] = body
    else:
        request["TemplateURL"] = _published(body, artifact.bucket)
    return request


def _published(body: str, bucket: str) -> str:
    """The address of a template that is too long for a request."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(body.encode())
        file.flush()
        return assets.url(bucket, assets.publish(Path(file.name), bucket, ".template"))


@dataclass(frozen=True)
class ChangeSet:
    """A change set and its stack, by their ARNs; this is what a token carries."""

    stack: str
    arn: str

    @classmethod
    def create(cls, stacks: CloudFormationClient, request: CreateChangeSetInputTypeDef) -> ChangeSet:
        """Create a change set, or find the one that the same job created."""
        try:
            response = stacks.create_change_set(**request)
        except stacks.exceptions.AlreadyExistsException:
            name, change_set = request["StackName"], request["ChangeSetName"]
            description = stacks.describe_change_set(StackName=name, ChangeSetName=change_set)
            return cls(description["StackId"], description["ChangeSetId"])
        return cls(response["StackId"], response["Id"])

    @classmethod
    def from_token(cls, token: str) -> ChangeSet:
        """Read a token.

        Raises:
            Misconfigured: it is none.
        """
        try:
            stack, arn = json.loads(token)
        except (ValueError, TypeError):
            raise Misconfigured([f"the continuation token is none of a stack's; {RELEASE_AGAIN}"]) from None
        return cls(stack, arn)

    def token(self) -> str:
        return json.dumps([self.stack, self.arn])

    def describe(self, stacks: CloudFormationClient) -> DescribeChangeSetOutputTypeDef | None:
        """The change set as it is, or None where there is none any more."""
        try:
            return stacks.describe_change_set(StackName=self.stack, ChangeSetName=self.arn)
        except stacks.exceptions.ChangeSetNotFoundException:
            return None

    def execute(self, stacks: CloudFormationClient) -> None:
        """Begin to change the stack; a second time changes nothing."""
        stacks.execute_change_set(
            StackName=self.stack, ChangeSetName=self.arn, ClientRequestToken=self.arn.rpartition("/")[2]
        )

    def delete(self, stacks: CloudFormationClient) -> None:
        """Delete it; the stack stays as it is. One that is being deleted is left to it: boto3 asks again if need be."""
        try:
            stacks.delete_change_set(StackName=self.stack, ChangeSetName=self.arn)
        except stacks.exceptions.InvalidChangeSetStatusException as error:
            if not any(status in str(error) for status in _DELETING):
                raise

    def discard(self, stacks: CloudFormationClient, description: DescribeChangeSetOutputTypeDef) -> None:
        """Delete a change set that could not be made; that there was nothing to change is no failure.

        Raises:
            JobError: it failed for another reason.
        """
        reason = description.get("StatusReason", "AWS gives no reason")
        is_unchanged = any(words in reason for words in _UNCHANGED)
        errors = "" if is_unchanged else stack_failure.validation_errors(stacks, self.stack, self.arn)
        self.delete(stacks)
        if not is_unchanged:
            name = description["StackName"]
            raise JobError(f"The change set of the stack {name} could not be made: {errors or reason}")
