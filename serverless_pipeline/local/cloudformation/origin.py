"""A stack says which change set made it what it is.

MiniStack's DescribeStacks lacks `ChangeSetId`:
https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Stack.html.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from serverless_pipeline.local import seams
from serverless_pipeline.local.cloudformation import records

if TYPE_CHECKING:
    from collections.abc import Callable

    from serverless_pipeline.local.cloudformation.records import Parameters, Response

KEY = "ChangeSetId"

_OK = 200


def install() -> None:
    """Note a change set that is executed, forget it at an update without one, and name it in DescribeStacks."""
    actions = seams.CLOUDFORMATION_ACTIONS.value
    actions["ExecuteChangeSet"] = _noting(actions["ExecuteChangeSet"])
    actions["UpdateStack"] = _forgetting(actions["UpdateStack"])
    actions["DescribeStacks"] = _naming(actions["DescribeStacks"])


def _noting(execute: Callable[[Parameters], Response]) -> Callable[[Parameters], Response]:
    def note(parameters: Parameters) -> Response:
        change_set = records.change_set(parameters)
        answer = execute(parameters)
        if answer[0] == _OK and change_set:
            records.stack(change_set["StackName"])[KEY] = change_set["ChangeSetId"]
        return answer

    return note


def _forgetting(update: Callable[[Parameters], Response]) -> Callable[[Parameters], Response]:
    def forget(parameters: Parameters) -> Response:
        answer = update(parameters)
        if answer[0] == _OK:
            records.stack(records.word(parameters, "StackName")).pop(KEY, None)
        return answer

    return forget


def _naming(describe: Callable[[Parameters], Response]) -> Callable[[Parameters], Response]:
    def name(parameters: Parameters) -> Response:
        status, headers, body = describe(parameters)
        return status, headers, named(body.decode()).encode()

    return name


def named(answer: str) -> str:
    """The answer of DescribeStacks with the change set beside the ID of each stack that one made."""
    for stack in records.stacks():
        if identity := stack.get(KEY):
            own = f"<StackId>{escape(stack['StackId'])}</StackId>"
            answer = answer.replace(own, f"{own}<ChangeSetId>{escape(identity)}</ChangeSetId>")
    return answer
