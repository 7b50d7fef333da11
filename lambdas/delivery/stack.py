"""A template becomes a stack, through a change set: one job makes it, later ones execute it and look how it goes.

The parameters of the stack are those of the action and of its file, and the template's defaults for the others:
what the stack had before does not count. What lies in the stack is made with `role`, a service role.
"""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING, cast

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.delivery import stack_failure, template
from lambdas.delivery.order import AGAIN, Kind, Order
from lambdas.job import clients, parameters
from lambdas.job.ending import Continued, JobError, Misconfigured, Outcome, Succeeded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.literals import CapabilityType
    from mypy_boto3_cloudformation.type_defs import (
        CreateChangeSetInputTypeDef,
        DescribeChangeSetOutputTypeDef,
        StackTypeDef,
    )

OUTPUT_LIMIT = 122_880
"""The most bytes that CodePipeline takes in the output variables of an action, names and values together.
https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html
"""

_PARAMETER = "Parameter."
_ROLE = re.compile(r"arn:[\w-]+:iam::\d{12}:role/(?P<name>.+)")
_UNCHANGED = ("didn't contain changes", "No updates are to be performed")
_DONE = {"CREATE_COMPLETE", "UPDATE_COMPLETE"}


def begin(order: Order, fetched: Path) -> Continued:
    """Make the change set of `stack`; one whose creation failed is deleted first, and the next job makes it.

    Raises:
        Misconfigured: the stack or the role is none of this pipeline's.
        JobError: another operation is in progress, or the artifact does not hold what it must.
    """
    parameters.check(list(_mistakes(order.given)))
    request = _request(order, fetched)
    stacks, name = clients.stacks(), order.given["stack"]
    status = _status(stacks, name)
    if status == "ROLLBACK_COMPLETE":
        stacks.delete_stack(StackName=name, RoleARN=order.given["role"], ClientRequestToken=order.job)
        return Continued(AGAIN, f"{name} is {status}, which takes no update: it is deleted, and made anew")
    if status == "DELETE_IN_PROGRESS":
        return Continued(AGAIN, f"{name} is {status}")
    if status == "DELETE_FAILED":
        raise JobError(f"The stack {name} could not be deleted. The first failure: {_cause(stacks, name)}")
    is_new = status in {None, "REVIEW_IN_PROGRESS"}
    if status and status.endswith("_IN_PROGRESS") and not is_new:
        raise JobError(f"Another operation on the stack {name} is in progress: {status}; try again when it has ended")
    request["ChangeSetType"] = "CREATE" if is_new else "UPDATE"
    return Continued(json.dumps(_plan(stacks, request)), f"the change set of {name} is being made")


def resume(order: Order, token: str) -> Outcome:
    """Look at the change set: execute it once it is made, and end when its stack has.

    Raises:
        JobError: the change set could not be made, or the stack failed; the message has the first cause.
    """
    stack_id, change_set = _ids(token)
    stacks, name = clients.stacks(), order.given["stack"]
    try:
        found = stacks.describe_change_set(StackName=stack_id, ChangeSetName=change_set)
    except stacks.exceptions.ChangeSetNotFoundException:
        raise JobError(f"Somebody deleted the change set of the stack {name}; release the change again") from None
    match found["Status"], found["ExecutionStatus"]:
        case "FAILED", _:
            return _failed_plan(stacks, found)
        case _, "AVAILABLE":
            stacks.execute_change_set(
                StackName=stack_id, ChangeSetName=change_set, ClientRequestToken=change_set.rpartition("/")[2]
            )
        case _, "EXECUTE_COMPLETE" | "EXECUTE_FAILED" as ended:
            return _ended(stacks, stack_id, ended, token)
        case _, "OBSOLETE":
            raise JobError(f"Somebody else changed the stack {name} meanwhile; release the change again")
    return Continued(token, f"the change set of {name} is {found['Status']}, {found['ExecutionStatus']}")


def prefix() -> str:
    """How the names of the stacks begin, and of their roles, that this function may touch: `<root stack>-app-`."""
    return os.environ["AWS_LAMBDA_FUNCTION_NAME"].removesuffix("-deploy") + "-app-"


def outputs(stack: StackTypeDef) -> dict[str, str]:
    """The outputs of a stack, as variables.

    Raises:
        JobError: they are more than CodePipeline takes.
    """
    found = {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
    size = sum(len((key + value).encode()) for key, value in found.items())
    if size > OUTPUT_LIMIT:
        raise JobError(
            f"The stack {stack['StackName']} is {stack['StackStatus']}, but its outputs have {size} bytes and "
            f"CodePipeline takes {OUTPUT_LIMIT}; take outputs out of the template"
        )
    return found


def _mistakes(given: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with the names; the role of the function would refuse them as well, in other words."""
    own, role = prefix(), _ROLE.fullmatch(given["role"])
    if not re.fullmatch(rf"{re.escape(own)}[-a-zA-Z0-9]+", given["stack"]):
        yield f"stack must be {own}<name>, of letters, digits and -; it is {given['stack']!r}"
    if not role or not role["name"].startswith(own):
        yield f"role must be the ARN of a role that is called {own}<name>; it is {given['role']!r}"


def _status(stacks: CloudFormationClient, name: str) -> str | None:
    """The status of a stack, None if there is none."""
    try:
        return stacks.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]
    except ClientError as error:
        if "does not exist" in error.response["Error"].get("Message", ""):
            return None
        raise


def _request(order: Order, fetched: Path) -> CreateChangeSetInputTypeDef:
    """What CloudFormation is asked for; the name of a change set is that of its job, which makes it once."""
    given, artifact = order.given, order.artifact
    values = template.parameters(fetched, artifact, given["parameters"]) if "parameters" in given else {}
    values |= {key.removeprefix(_PARAMETER): value for key, value in given.items() if key.startswith(_PARAMETER)}
    return {
        "StackName": given["stack"],
        "ChangeSetName": f"job-{order.job}",
        "ClientToken": order.job,
        "TemplateBody": template.text(fetched, artifact, given["template"]),
        "Parameters": [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()],
        "Capabilities": cast(
            "list[CapabilityType]", [word for word in given.get("capabilities", "").split(",") if word]
        ),
        "RoleARN": given["role"],
    }


def _plan(stacks: CloudFormationClient, request: CreateChangeSetInputTypeDef) -> list[str]:
    """Make the change set, or find the one that the same job made; answer the ARNs of stack and change set."""
    try:
        made = stacks.create_change_set(**request)
    except stacks.exceptions.AlreadyExistsException:
        found = stacks.describe_change_set(StackName=request["StackName"], ChangeSetName=request["ChangeSetName"])
        return [found["StackId"], found["ChangeSetId"]]
    return [made["StackId"], made["Id"]]


def _failed_plan(stacks: CloudFormationClient, found: DescribeChangeSetOutputTypeDef) -> Succeeded:
    """A change set that could not be made goes; that there was nothing to change is no failure."""
    reason, name = found.get("StatusReason", "AWS gives no reason"), found["StackName"]
    of = {"StackName": found["StackId"], "ChangeSetName": found["ChangeSetId"]}
    is_unchanged = any(words in reason for words in _UNCHANGED)
    details = "" if is_unchanged else stack_failure.refusal(stacks, **of)
    stacks.delete_change_set(**of)
    if not is_unchanged:
        raise JobError(f"The change set of the stack {name} could not be made: {details or reason}")
    (stack,) = stacks.describe_stacks(StackName=found["StackId"])["Stacks"]
    return Succeeded(f"{name} is unchanged, {stack['StackStatus']}", outputs(stack))


def _ended(stacks: CloudFormationClient, stack_id: str, execution: str, token: str) -> Outcome:
    """How the stack ended, once nothing of the operation is left to do: neither rolling back nor cleaning up."""
    (stack,) = stacks.describe_stacks(StackName=stack_id)["Stacks"]
    name, status = stack["StackName"], stack["StackStatus"]
    if status.endswith("_IN_PROGRESS"):
        return Continued(token, f"{name} is {status}")
    if execution == "EXECUTE_COMPLETE" and status in _DONE:
        return Succeeded(f"{name} is {status}", outputs(stack))
    raise JobError(f"The stack {name} is {status}. The first failure: {_cause(stacks, stack_id)}")


def _cause(stacks: CloudFormationClient, stack_id: str) -> str:
    """The first cause; that it cannot be read must not hide that the stack failed."""
    try:
        (stack,) = stacks.describe_stacks(StackName=stack_id)["Stacks"]
        return stack_failure.first_cause(stacks, stack_id) or stack.get("StackStatusReason", "AWS gives no reason")
    except (BotoCoreError, ClientError) as error:
        return f"its events could not be read: {error}"


def _ids(token: str) -> tuple[str, str]:
    try:
        stack_id, change_set = json.loads(token)
    except (ValueError, TypeError):
        raise Misconfigured(["the continuation token is none of a stack's; release the change again"]) from None
    return stack_id, change_set


KIND = Kind(
    keys=("stack", "template", "role"),
    options=("parameters", "capabilities"),
    prefixes=(_PARAMETER,),
    begin=begin,
    resume=resume,
)
