"""A stack says which change set made it what it is.

MiniStack's DescribeStacks lacks `ChangeSetId`:
https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Stack.html.
"""

from collections.abc import Callable
from http import HTTPStatus
from xml.sax.saxutils import escape

from serverless_pipeline.local import seams
from serverless_pipeline.local.cloudformation import records
from serverless_pipeline.local.cloudformation.records import Parameters, Response

Operation = Callable[[Parameters], Response]

KEY = "ChangeSetId"


def install() -> None:
    """Remember a change set that is executed, forget it at an update without one, and name it in DescribeStacks."""
    actions = seams.CLOUDFORMATION_ACTIONS.value
    actions["ExecuteChangeSet"] = remembering(actions["ExecuteChangeSet"])
    actions["UpdateStack"] = forgetting(actions["UpdateStack"])
    actions["DescribeStacks"] = naming(actions["DescribeStacks"])


def remembering(execute: Operation) -> Operation:
    """ExecuteChangeSet: the stack remembers the change set."""

    def remember(parameters: Parameters) -> Response:
        change_set = records.change_set(parameters)
        answer = execute(parameters)
        if answer[0] == HTTPStatus.OK and change_set:
            records.stack(change_set["StackName"])[KEY] = change_set[KEY]
        return answer

    return remember


def forgetting(update: Operation) -> Operation:
    """UpdateStack: no change set made the stack what it is."""

    def forget(parameters: Parameters) -> Response:
        answer = update(parameters)
        if answer[0] == HTTPStatus.OK:
            records.stack(records.word(parameters, "StackName")).pop(KEY, None)
        return answer

    return forget


def naming(describe: Operation) -> Operation:
    """DescribeStacks: the change set stands beside the ID of each stack that one made."""

    def name(parameters: Parameters) -> Response:
        status, headers, body = describe(parameters)
        text = body.decode()
        for stack in records.stacks():
            if identity := stack.get(KEY):
                element = f"<StackId>{escape(stack['StackId'])}</StackId>"
                text = text.replace(element, f"{element}<ChangeSetId>{escape(identity)}</ChangeSetId>")
        return status, headers, text.encode()

    return name
