"""Deploy/CloudFormation: a stack is created, updated, replaced or deleted, or a change set made or executed.

https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CloudFormation.html
Each mode begins something; what it waits for stands in the token: `stack`, `replacement`, `deletion` or `change-set`
with the ARN of the stack.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from serverless_pipeline import aws
from serverless_pipeline.local.codepipeline.model import variables
from serverless_pipeline.local.codepipeline.providers import failures, members, stack_request
from serverless_pipeline.local.codepipeline.providers.failures import UnusableError
from serverless_pipeline.local.codepipeline.providers.work import Failed, Provider, Succeeded, Working

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from botocore.exceptions import ClientError

    from serverless_pipeline.local.codepipeline.model.declaration import Action
    from serverless_pipeline.local.codepipeline.providers.work import Outcome, Work

    Stack = dict[str, Any]

REQUIRED: Mapping[str, tuple[str, ...]] = {
    "CHANGE_SET_EXECUTE": ("ChangeSetName",),
    "CHANGE_SET_REPLACE": ("ChangeSetName", "RoleArn", "TemplatePath"),
    "CREATE_UPDATE": ("RoleArn", "TemplatePath"),
    "DELETE_ONLY": ("RoleArn",),
    "REPLACE_ON_FAILURE": ("RoleArn", "TemplatePath"),
}
"""The modes, and what each requires besides the name of the stack."""

_REVIEW = "REVIEW_IN_PROGRESS"
_FAILED = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED", "UPDATE_ROLLBACK_FAILED")
_DONE = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE")
_STARTS = ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS")
_NO_UPDATES = "No updates are to be performed"
_NO_CHANGES = (_NO_UPDATES, "didn't contain changes")


def start(work: Work) -> Outcome:
    """Begin what the mode says, or look how far it is."""
    from botocore.exceptions import ClientError

    configuration = work.run.resolved_configuration
    try:
        client = work.credentials.client("cloudformation", work.region)
        return _look(client, work) if work.continuation else _begin(client, work)
    except UnusableError as error:
        return Failed("ConfigurationError", str(error))
    except ClientError as error:
        return failures.of_client(error, work, f"{configuration['ActionMode']} the stack {configuration['StackName']}")


def check(action: Action) -> Iterator[str]:
    """The mode, and what it requires; values that a variable makes are looked at when it runs."""
    yield from _mistakes(action.name, action.configuration, action.inputs)


def _mistakes(action: str, configuration: Mapping[str, str], inputs: tuple[str, ...]) -> Iterator[str]:
    mode = configuration["ActionMode"]
    if any(variables.references(mode)):
        return
    if mode not in REQUIRED:
        yield f"ActionMode in action '{action}' is '{mode}'; it must be one of {', '.join(REQUIRED)}"
        return
    for key in REQUIRED[mode]:
        if not configuration.get(key):
            yield f"Action configuration for action '{action}' is missing required configuration '{key}'"
    if "TemplatePath" in REQUIRED[mode]:
        yield from _unusable_files(action, configuration, inputs)
        yield from _unusable_overrides(action, configuration.get("ParameterOverrides", ""))


def _unusable_files(action: str, configuration: Mapping[str, str], inputs: tuple[str, ...]) -> Iterator[str]:
    for key in ("TemplatePath", "TemplateConfiguration"):
        value = configuration.get(key, "")
        artifact, separator, file = value.partition(members.SEPARATOR)
        if not value or any(variables.references(value)):
            continue
        if not (artifact and separator and file):
            yield f"{key} in action '{action}' is '{value}'; it must be an artifact and a file, as in Artifact::file"
        elif artifact not in inputs:
            yield f"{key} in action '{action}' names the artifact {artifact}, which is no input artifact of it"


def _unusable_overrides(action: str, text: str) -> Iterator[str]:
    if text and not any(variables.references(text)):
        try:
            stack_request.overrides(text)
        except UnusableError as error:
            yield f"{error} (action '{action}')"


def _begin(client: Any, work: Work) -> Outcome:  # noqa: ANN401 - a boto3 client
    configuration = work.run.resolved_configuration
    if mistake := next(_mistakes(work.run.action.name, configuration, work.run.action.inputs), ""):
        raise UnusableError(mistake)
    stack = _find(client, configuration["StackName"])
    match configuration["ActionMode"]:
        case "DELETE_ONLY":
            return _delete(client, work, stack, "deletion") if stack else Succeeded("There is no such stack")
        case "CHANGE_SET_REPLACE":
            return _replace_change_set(client, work, stack)
        case "CHANGE_SET_EXECUTE":
            return _execute_change_set(client, work)
        case "REPLACE_ON_FAILURE" if stack and stack["StackStatus"] in _FAILED:
            return _delete(client, work, stack, "replacement")
    return _update(client, work, stack) if stack else _create(client, work)


def _find(client: Any, name: str) -> Stack | None:  # noqa: ANN401 - a boto3 client
    """A stack as it stands; None if there is none, or it was deleted."""
    from botocore.exceptions import ClientError

    try:
        stack: Stack = client.describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        if aws.is_absent(error):
            return None
        raise
    return None if stack["StackStatus"] == "DELETE_COMPLETE" else stack


def _create(client: Any, work: Work) -> Outcome:  # noqa: ANN401 - a boto3 client
    arguments = {**stack_request.arguments(work), **stack_request.policy(work)}
    answer = client.create_stack(StackName=work.run.resolved_configuration["StackName"], **arguments)
    return _working(work, "stack", answer["StackId"], "CREATE_IN_PROGRESS")


def _update(client: Any, work: Work, stack: Stack) -> Outcome:  # noqa: ANN401 - a boto3 client
    from botocore.exceptions import ClientError

    arguments = {**stack_request.arguments(work), **stack_request.policy(work)}
    try:
        client.update_stack(StackName=stack["StackId"], **arguments)
    except ClientError as error:
        if _NO_UPDATES in str(error):
            return _done(work, stack, _NO_UPDATES)
        raise
    return _working(work, "stack", stack["StackId"], "UPDATE_IN_PROGRESS")


def _delete(client: Any, work: Work, stack: Stack, step: str) -> Outcome:  # noqa: ANN401 - a boto3 client
    client.delete_stack(StackName=stack["StackId"], RoleARN=work.run.resolved_configuration["RoleArn"])
    return _working(work, step, stack["StackId"], "DELETE_IN_PROGRESS")


def _replace_change_set(client: Any, work: Work, stack: Stack | None) -> Outcome:  # noqa: ANN401 - a boto3 client
    """Make it anew; of a stack that is not there, it makes one in review."""
    configuration = work.run.resolved_configuration
    names = {"StackName": configuration["StackName"], "ChangeSetName": configuration["ChangeSetName"]}
    arguments = stack_request.arguments(work)
    is_new = stack is None or stack["StackStatus"] == _REVIEW
    if stack:
        client.delete_change_set(**names)
    answer = client.create_change_set(**names, ChangeSetType="CREATE" if is_new else "UPDATE", **arguments)
    return _working(work, "change-set", answer["StackId"], "The change set is made")


def _execute_change_set(client: Any, work: Work) -> Outcome:  # noqa: ANN401 - a boto3 client
    change_set = _change_set(client, work)
    if _is_empty(change_set):
        return _done(work, _find(client, change_set["StackId"]) or change_set, change_set["StatusReason"])
    client.execute_change_set(ChangeSetName=change_set["ChangeSetId"])
    return _working(work, "stack", change_set["StackId"], "The change set is executed")


def _look(client: Any, work: Work) -> Outcome:  # noqa: ANN401 - a boto3 client
    step, _, stack_id = work.continuation.partition(" ")
    if step == "change-set":
        return _look_at_change_set(client, work, stack_id)
    stack = _find(client, stack_id)
    if stack is None:
        return _look_after_deletion(client, work, step, stack_id)
    status = stack["StackStatus"]
    if status.endswith("_IN_PROGRESS"):
        return _working(work, step, stack_id, status)
    if status in _DONE and step == "stack":
        return _done(work, stack, status)
    reason = _first_failure(client, stack_id) or stack.get("StackStatusReason", "")
    message = f"The stack {stack['StackName']} is {status}: {reason or 'CloudFormation gives no reason'}"
    return Failed("JobFailed", message, status, stack_id, external_url=_url(work, stack_id))


def _look_after_deletion(client: Any, work: Work, step: str, stack_id: str) -> Outcome:  # noqa: ANN401 - a boto3 client
    if step == "replacement":
        return _create(client, work)
    if step == "deletion":
        return Succeeded("DELETE_COMPLETE", stack_id)
    return Failed("JobFailed", "The stack was deleted by somebody else, while it was deployed", "", stack_id)


def _look_at_change_set(client: Any, work: Work, stack_id: str) -> Outcome:  # noqa: ANN401 - a boto3 client
    change_set = _change_set(client, work)
    status, reason = change_set["Status"], change_set.get("StatusReason", "")
    if status in ("CREATE_PENDING", "CREATE_IN_PROGRESS"):
        return _working(work, "change-set", stack_id, status)
    if status == "CREATE_COMPLETE" or _is_empty(change_set):
        return _done(work, _find(client, stack_id) or change_set, reason or status)
    message = f"The change set {change_set['ChangeSetName']} is {status}: {reason}"
    return Failed("JobFailed", message, status, stack_id, external_url=_url(work, stack_id))


def _change_set(client: Any, work: Work) -> dict[str, Any]:  # noqa: ANN401 - a boto3 client
    configuration = work.run.resolved_configuration
    names = {"StackName": configuration["StackName"], "ChangeSetName": configuration["ChangeSetName"]}
    answer: dict[str, Any] = client.describe_change_set(**names)
    return answer


def _is_empty(change_set: dict[str, Any]) -> bool:
    """Whether there was nothing to change, which is no failure."""
    reason = change_set.get("StatusReason", "")
    return change_set["Status"] == "FAILED" and any(words in reason for words in _NO_CHANGES)


def _done(work: Work, stack: Stack, summary: str) -> Succeeded:
    """The stack stands: its outputs become variables, and a file if the action names one."""
    values = {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
    file = work.run.resolved_configuration.get("OutputFileName", "")
    if file and work.run.outputs:
        members.write(work, work.run.outputs[0], file, json.dumps(values))
    url = _url(work, stack["StackId"])
    return Succeeded(summary, stack["StackId"], variables=values, external_url=url)


def _working(work: Work, step: str, stack_id: str, summary: str) -> Working:
    return Working(f"{step} {stack_id}", Succeeded(summary, stack_id, external_url=_url(work, stack_id)))


def _first_failure(client: Any, stack_id: str) -> str:  # noqa: ANN401 - a boto3 client
    """The first resource that failed in the last operation, and why; empty where the role may not read the events."""
    from botocore.exceptions import ClientError

    try:
        failed = [event for event in _last_operation(client, stack_id) if event["ResourceStatus"].endswith("_FAILED")]
    except ClientError as error:
        return _unless_refused(error)
    causes = [event for event in failed if "cancelled" not in event.get("ResourceStatusReason", "")]
    if not causes:
        return ""
    first = causes[-1]
    return f"{first['LogicalResourceId']} {first['ResourceStatus']}: {first.get('ResourceStatusReason', '')}"


def _unless_refused(error: ClientError) -> str:
    if aws.is_refused(error):
        return ""
    raise error


def _last_operation(client: Any, stack_id: str) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - a boto3 client
    """The events of the stack back to where its last operation began, newest first."""
    for page in client.get_paginator("describe_stack_events").paginate(StackName=stack_id):
        for event in page["StackEvents"]:
            yield event
            if event.get("PhysicalResourceId") == stack_id and event["ResourceStatus"] in _STARTS:
                return


def _url(work: Work, stack_id: str) -> str:
    region = work.region
    place = f"stacks/stackinfo?stackId={quote(stack_id, safe='')}"
    return f"https://{region}.console.aws.amazon.com/cloudformation/home?region={region}#/{place}"


PROVIDER = Provider(
    category="Deploy",
    name="CloudFormation",
    inputs=(0, 10),
    outputs=(0, 1),
    required=("ActionMode", "StackName"),
    optional=(
        "Capabilities",
        "ChangeSetName",
        "OutputFileName",
        "ParameterOverrides",
        "RoleArn",
        "TemplateConfiguration",
        "TemplatePath",
    ),
    start=start,
    check=check,
    timeout=3 * 24 * 3600.0,
)
