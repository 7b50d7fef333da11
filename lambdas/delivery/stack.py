"""A template becomes a stack, through a change set: one job makes it, later ones execute it and look how it goes.

The parameters of the stack are those of the action and of its files, and the template's defaults for the others:
what the stack had before does not count. What lies in the stack is made with `role`, a service role. What the template
names lies below `assets/` in the artifact, and goes to the artifact bucket first. A change that would lose data is not
made, unless the action lets it.
"""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.delivery import assets, data_loss, stack_failure
from lambdas.delivery.change_set import PARAMETER, ChangeSet, request_for
from lambdas.delivery.contents import KEYS as CONTENTS
from lambdas.delivery.contents import Contents
from lambdas.delivery.order import BEGIN_ANEW, PATIENCE, RELEASE_AGAIN, Kind, Order
from lambdas.job import clients, parameters, refusal
from lambdas.job.ending import Continued, JobError, Outcome, Succeeded
from lambdas.job.pages import moving

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import StackTypeDef

OUTPUT_LIMIT = 122_880
"""The most bytes that CodePipeline takes in the output variables of an action, names and values together.
https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html
"""

REFERENCE = "Ref_"
"""How the variables begin that hold what `!Ref` gives for a resource; the name of an output has no such sign."""

_ROLE = re.compile(r"arn:[\w-]+:iam::\d{12}:role/.+")
_OF_AWS = "aws:"
"""How tags begin that only AWS sets."""
_COMPLETE = {"CREATE_COMPLETE", "UPDATE_COMPLETE"}
_GONE = ("DELETE_COMPLETE", "DELETE_SKIPPED")
"""What CloudFormation says of a resource that is listed, and in the stack no longer."""


def begin(order: Order, zip_file: Path) -> Continued:
    """Make the change set of `stack`; one whose creation failed is deleted first, and the next job makes it.

    Raises:
        Misconfigured: the stack is none of this pipeline's, or the role is none.
        JobError: another operation is in progress, or the artifact does not hold what it must.
    """
    parameters.check(list(_mistakes(order.parameters)))
    stacks, name = clients.stacks(), order.parameters["stack"]
    contents, request = Contents.of(order, zip_file), request_for(order, zip_file, _tags(stacks))
    assets.publish_all(zip_file, order.artifact)
    stack = _find(stacks, name)
    if stack and stack["StackStatus"] != "REVIEW_IN_PROGRESS":  # then nothing was executed yet
        obstacle = _clear(stacks, stack, order)
        if obstacle:
            return Continued(BEGIN_ANEW, obstacle)
        request["ChangeSetType"] = "UPDATE"
    else:
        request["ChangeSetType"] = "CREATE"
    token = json.dumps([ChangeSet.create(stacks, request).token(), contents.to_text()])
    return Continued(token, f"the change set of {name} is being made")


def resume(order: Order, token: str) -> Outcome:
    """Look at the change set: execute it once it is made, and end when its stack has.

    Raises:
        JobError: the change set could not be made, or the stack failed; the message has the first cause.
    """
    change_set, contents = _read(token)
    stacks, name = clients.stacks(), order.parameters["stack"]
    description = change_set.describe(stacks)
    if not description:
        raise JobError(f"Somebody deleted the change set of the stack {name}; {RELEASE_AGAIN}")
    status, execution = description["Status"], description["ExecutionStatus"]
    match status, execution:
        case "FAILED", _:
            change_set.discard(stacks, description)
            stack = _describe(stacks, change_set.stack)
            return Succeeded(f"{name} is unchanged, {stack['StackStatus']}", _variables(stacks, stack, contents))
        case _, "AVAILABLE":
            _refuse_loss(stacks, change_set, order)
            change_set.execute(stacks)
        case _, "EXECUTE_COMPLETE" | "EXECUTE_FAILED":
            return _conclude(stacks, _describe(stacks, change_set.stack), execution, token, contents)
        case _, "OBSOLETE":
            raise JobError(f"Somebody else changed the stack {name} meanwhile; {RELEASE_AGAIN}")
    return Continued(token, f"the change set of {name} is {status}, {execution}")


def _read(token: str) -> tuple[ChangeSet, Contents]:
    """What a token carries.

    Raises:
        Misconfigured: no stack gave it.
    """
    try:
        change_set, text = json.loads(token)
    except (ValueError, TypeError):
        change_set = text = ""
    return ChangeSet.from_token(change_set), Contents.from_text(text)


def root() -> str:
    """The name of the pipeline's own stack; the names of those that this function may touch begin with it."""
    return os.environ["AWS_LAMBDA_FUNCTION_NAME"].removesuffix("-deploy")


def _variables(stacks: CloudFormationClient, stack: StackTypeDef, contents: Contents) -> dict[str, str]:
    """The outputs of a stack, what `!Ref` gives for the resources that are needed, and the parts of the release.

    Raises:
        JobError: they are more than CodePipeline takes, or the stack has no such resource.
    """
    variables = {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
    variables |= _references(stacks, stack, contents.ids) | contents.variables
    size = sum(len((key + value).encode()) for key, value in variables.items())
    if size > OUTPUT_LIMIT:
        raise JobError(
            f"The stack {stack['StackName']} is {stack['StackStatus']}, but its outputs have {size} bytes and "
            f"CodePipeline takes {OUTPUT_LIMIT}; take outputs out of the template"
        )
    return variables


def _references(stacks: CloudFormationClient, stack: StackTypeDef, names: Sequence[str]) -> dict[str, str]:
    if not names:
        return {}
    pages = stacks.get_paginator("list_stack_resources").paginate(StackName=stack["StackId"])
    listed = moving(pages, f"the resources of {stack['StackName']}")
    summaries = [item for page in listed for item in page["StackResourceSummaries"]]
    present = [item for item in summaries if item["ResourceStatus"] not in _GONE]
    physical = {item["LogicalResourceId"]: item.get("PhysicalResourceId", "") for item in present}
    if missing := [name for name in names if not physical.get(name)]:
        raise JobError(f"The stack {stack['StackName']} has no resource {', '.join(missing)}, which is to be delivered")
    return {f"{REFERENCE}{name}": physical[name] for name in names}


def _refuse_loss(stacks: CloudFormationClient, change_set: ChangeSet, order: Order) -> None:
    """Delete a change set that would lose data.

    Raises:
        JobError: it would; names each resource.
    """
    if order.parameters.get(data_loss.OPTION) == data_loss.ALLOW:
        return
    if lost := list(data_loss.losses(stacks, change_set.stack, change_set.arn)):
        change_set.delete(stacks)
        raise JobError(
            f"The stack {order.parameters['stack']} would lose data, so nothing was changed: {', '.join(lost)}. Keep "
            f"it with a DeletionPolicy and an UpdateReplacePolicy of Retain, or allow it with the setting data_loss"
        )


def _tags(stacks: CloudFormationClient) -> dict[str, str]:
    """The tags of the pipeline's own stack: what it delivers is marked as it is."""
    stack = _find(stacks, root())
    tags = stack.get("Tags", []) if stack else []
    return {tag["Key"]: tag["Value"] for tag in tags if not tag["Key"].startswith(_OF_AWS)}


def _mistakes(values: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with the names; the role of the function would refuse them as well, in other words."""
    own = f"{root()}-"
    if not re.fullmatch(rf"{re.escape(own)}[a-z][-a-zA-Z0-9]*", values["stack"]):
        yield f"stack must be {own}<name>, a small letter, then letters, digits and -; it is {values['stack']!r}"
    if not _ROLE.fullmatch(values["role"]):
        yield f"role must be the ARN of a role; it is {values['role']!r}"
    if values.get(data_loss.OPTION, data_loss.ALLOW) != data_loss.ALLOW:
        yield f"{data_loss.OPTION} can only be {data_loss.ALLOW}; it is {values[data_loss.OPTION]!r}"


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
        case "ROLLBACK_COMPLETE" | "ROLLBACK_FAILED" | "CREATE_FAILED":
            stacks.delete_stack(StackName=name, RoleARN=order.parameters["role"], ClientRequestToken=order.job_id)
            return f"{name} is {status}, which takes no update: it is deleted, and made anew"
        case "DELETE_IN_PROGRESS":
            return f"{name} is {status}"
        case "DELETE_FAILED":
            raise JobError(f"The stack {name} could not be deleted. The first failure: {_cause(stacks, stack)}")
        case "UPDATE_ROLLBACK_FAILED":
            raise JobError(
                f"The stack {name} is {status}, which a person ends: invoke pipeline.recover --environment, with the "
                f"environment's name. The first failure: {_cause(stacks, stack)}"
            )
        case _ if status.endswith("_IN_PROGRESS"):
            raise JobError(
                f"Another operation on the stack {name} is in progress: {status}; try again when it has ended"
            )
    return ""


def _conclude(
    stacks: CloudFormationClient, stack: StackTypeDef, execution: str, token: str, contents: Contents
) -> Outcome:
    """How the stack ended, once nothing of the operation is left to do: neither rolling back nor cleaning up."""
    name, status = stack["StackName"], stack["StackStatus"]
    if status.endswith("_IN_PROGRESS"):
        return Continued(token, f"{name} is {status}")
    if execution == "EXECUTE_COMPLETE" and status in _COMPLETE:
        return Succeeded(f"{name} is {status}", _variables(stacks, stack, contents))
    raise JobError(f"The stack {name} is {status}. The first failure: {_cause(stacks, stack)}")


def _cause(stacks: CloudFormationClient, stack: StackTypeDef) -> str:
    """The first cause; that it cannot be read must not hide that the stack failed."""
    try:
        cause = stack_failure.first_cause(stacks, stack["StackId"])
    except (BotoCoreError, ClientError, JobError) as error:
        return f"its events could not be read: {error}"
    return cause or stack.get("StackStatusReason", "AWS gives no reason")


KIND = Kind(
    keys=("stack", "template", "role"),
    options=("parameters", "configuration", "capabilities", *CONTENTS, data_loss.OPTION),
    prefixes=(PARAMETER,),
    begin=begin,
    resume=resume,
    patience=PATIENCE,
)
