"""A stack says which change set made it what it is, and which service role acts for it.

MiniStack's DescribeStacks lacks `ChangeSetId` and `RoleARN`:
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
ROLE = "RoleARN"
GIVING_ROLES = ("CreateStack", "UpdateStack", "CreateChangeSet", "DeleteStack")
"""The operations that give a stack a service role; later ones without one keep it."""


def install() -> None:
    """Remember change sets that are executed, until an update without one, and roles; name both in DescribeStacks."""
    actions = seams.CLOUDFORMATION_ACTIONS.value
    actions["ExecuteChangeSet"] = remembering(actions["ExecuteChangeSet"])
    actions["UpdateStack"] = forgetting(actions["UpdateStack"])
    actions.update({name: keeping_role(actions[name]) for name in GIVING_ROLES})
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


def keeping_role(act: Operation) -> Operation:
    """An operation that may name a service role: the stack remembers it."""

    def keep(parameters: Parameters) -> Response:
        answer = act(parameters)
        stack, role = records.stack(records.word(parameters, "StackName")), records.word(parameters, ROLE)
        if answer[0] == HTTPStatus.OK and stack and role:
            stack[ROLE] = role
        return answer

    return keep


def naming(describe: Operation) -> Operation:
    """DescribeStacks: the change set stands beside the ID of each stack that one made, and so does the role."""

    def name(parameters: Parameters) -> Response:
        status, headers, body = describe(parameters)
        text = body.decode()
        for stack in records.stacks():
            element = f"<StackId>{escape(stack['StackId'])}</StackId>"
            told = [f"<{key}>{escape(stack[key])}</{key}>" for key in (KEY, ROLE) if stack.get(key)]
            text = text.replace(element, "".join([element, *told]))
        return status, headers, text.encode()

    return name
