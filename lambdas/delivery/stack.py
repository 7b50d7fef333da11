"""A template becomes a stack, through a change set: one job makes it, later ones execute it and look how it goes.

The parameters of the stack are those of the action and of its file, and the template's defaults for the others:
what the stack had before does not count. What lies in the stack is made with `role`, a service role.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.delivery import stack_failure
from lambdas.delivery.change_set import PARAMETER, ChangeSet, request_for
from lambdas.delivery.order import BEGIN_ANEW, RELEASE_AGAIN, Kind, Order
from lambdas.job import clients, parameters, refusal
from lambdas.job.ending import Continued, JobError, Outcome, Succeeded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import StackTypeDef

OUTPUT_LIMIT = 122_880
"""The most bytes that CodePipeline takes in the output variables of an action, names and values together.
https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html
"""

_ROLE = re.compile(r"arn:[\w-]+:iam::\d{12}:role/(?P<name>.+)")
_COMPLETE = {"CREATE_COMPLETE", "UPDATE_COMPLETE"}


def begin(order: Order, zip_file: Path) -> Continued:
    """Make the change set of `stack`; one whose creation failed is deleted first, and the next job makes it.

    Raises:
        Misconfigured: the stack or the role is none of this pipeline's.
        JobError: another operation is in progress, or the artifact does not hold what it must.
    """
    parameters.check(list(_mistakes(order.parameters)))
    request = request_for(order, zip_file)
    stacks, name = clients.stacks(), order.parameters["stack"]
    stack = _find(stacks, name)
    if stack and stack["StackStatus"] != "REVIEW_IN_PROGRESS":  # then nothing was executed yet
        obstacle = _clear(stacks, stack, order)
        if obstacle:
            return Continued(BEGIN_ANEW, obstacle)
        request["ChangeSetType"] = "UPDATE"
    else:
        request["ChangeSetType"] = "CREATE"
    return Continued(ChangeSet.create(stacks, request).token(), f"the change set of {name} is being made")


def resume(order: Order, token: str) -> Outcome:
    """Look at the change set: execute it once it is made, and end when its stack has.

    Raises:
        JobError: the change set could not be made, or the stack failed; the message has the first cause.
    """
    change_set = ChangeSet.from_token(token)
    stacks, name = clients.stacks(), order.parameters["stack"]
    description = change_set.describe(stacks)
    if not description:
        raise JobError(f"Somebody deleted the change set of the stack {name}; {RELEASE_AGAIN}")
    status, execution = description["Status"], description["ExecutionStatus"]
    match status, execution:
        case "FAILED", _:
            change_set.discard(stacks, description)
            stack = _describe(stacks, change_set.stack)
            return Succeeded(f"{name} is unchanged, {stack['StackStatus']}", outputs(stack))
        case _, "AVAILABLE":
            change_set.execute(stacks)
        case _, "EXECUTE_COMPLETE" | "EXECUTE_FAILED":
            return _conclude(stacks, _describe(stacks, change_set.stack), execution, token)
        case _, "OBSOLETE":
            raise JobError(f"Somebody else changed the stack {name} meanwhile; {RELEASE_AGAIN}")
    return Continued(token, f"the change set of {name} is {status}, {execution}")


def prefix() -> str:
    """How the names of the stacks begin, and of their roles, that this function may touch: `<root stack>-app-`."""
    return os.environ["AWS_LAMBDA_FUNCTION_NAME"].removesuffix("-deploy") + "-app-"


def outputs(stack: StackTypeDef) -> dict[str, str]:
    """The outputs of a stack, as variables.

    Raises:
        JobError: they are more than CodePipeline takes.
    """
    variables = {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
    size = sum(len((key + value).encode()) for key, value in variables.items())
    if size > OUTPUT_LIMIT:
        raise JobError(
            f"The stack {stack['StackName']} is {stack['StackStatus']}, but its outputs have {size} bytes and "
            f"CodePipeline takes {OUTPUT_LIMIT}; take outputs out of the template"
        )
    return variables


def _mistakes(values: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with the names; the role of the function would refuse them as well, in other words."""
    own, role = prefix(), _ROLE.fullmatch(values["role"])
    if not re.fullmatch(rf"{re.escape(own)}[-a-zA-Z0-9]+", values["stack"]):
        yield f"stack must be {own}<name>, of letters, digits and -; it is {values['stack']!r}"
    if not role or not role["name"].startswith(own):
        yield f"role must be the ARN of a role that is called {own}<name>; it is {values['role']!r}"


def _find(stacks: CloudFormationClient, name: str) -> StackTypeDef | None:
    """A stack as it is, or None where there is none."""
    try:
        return _describe(stacks, name)
    except ClientError as error:
        if not refusal.is_absent(error):
            raise
        return None


def _describe(stacks: CloudFormationClient, name: str) -> StackTypeDef:
    (stack,) = stacks.describe_stacks(StackName=name)["Stacks"]
    return stack


def _clear(stacks: CloudFormationClient, stack: StackTypeDef, order: Order) -> str:
    """What has to be waited for before the stack can be changed, in words; empty if it can.

    Raises:
        JobError: waiting would not help.
    """
    name, status = stack["StackName"], stack["StackStatus"]
    match status:
        case "ROLLBACK_COMPLETE":
            stacks.delete_stack(StackName=name, RoleARN=order.parameters["role"], ClientRequestToken=order.job_id)
            return f"{name} is {status}, which takes no update: it is deleted, and made anew"
        case "DELETE_IN_PROGRESS":
            return f"{name} is {status}"
        case "DELETE_FAILED":
            raise JobError(f"The stack {name} could not be deleted. The first failure: {_cause(stacks, stack)}")
        case _ if status.endswith("_IN_PROGRESS"):
            raise JobError(
                f"Another operation on the stack {name} is in progress: {status}; try again when it has ended"
            )
    return ""


def _conclude(stacks: CloudFormationClient, stack: StackTypeDef, execution: str, token: str) -> Outcome:
    """How the stack ended, once nothing of the operation is left to do: neither rolling back nor cleaning up."""
    name, status = stack["StackName"], stack["StackStatus"]
    if status.endswith("_IN_PROGRESS"):
        return Continued(token, f"{name} is {status}")
    if execution == "EXECUTE_COMPLETE" and status in _COMPLETE:
        return Succeeded(f"{name} is {status}", outputs(stack))
    raise JobError(f"The stack {name} is {status}. The first failure: {_cause(stacks, stack)}")


def _cause(stacks: CloudFormationClient, stack: StackTypeDef) -> str:
    """The first cause; that it cannot be read must not hide that the stack failed."""
    try:
        cause = stack_failure.first_cause(stacks, stack["StackId"])
    except (BotoCoreError, ClientError) as error:
        return f"its events could not be read: {error}"
    return cause or stack.get("StackStatusReason", "AWS gives no reason")


KIND = Kind(
    keys=("stack", "template", "role"),
    options=("parameters", "capabilities"),
    prefixes=(PARAMETER,),
    begin=begin,
    resume=resume,
)
