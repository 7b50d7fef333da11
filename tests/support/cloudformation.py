"""The tables and answers of a MiniStack's CloudFormation, as plain as can be, for tests of what reaches for them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.local import seams

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from serverless_pipeline.local.cloudformation.records import Record, Response

FINE: Response = (200, {}, b"as MiniStack answers")


@dataclass
class CloudFormation:
    """Stacks by name, change sets by ID, operations and handlers by name; `requests` are those that came through."""

    stacks: dict[str, Record] = field(default_factory=dict)
    change_sets: dict[str, Record] = field(default_factory=dict)
    actions: dict[str, Callable[..., Any]] = field(default_factory=dict)
    handlers: defaultdict[str, dict[str, Callable[..., Any]]] = field(default_factory=lambda: defaultdict(dict))
    requests: list[Mapping[str, Any]] = field(default_factory=list)

    def answer(self, parameters: Mapping[str, Any]) -> Response:
        """An operation of MiniStack's."""
        self.requests.append(parameters)
        return FINE

    def add_stack(self, name: str, status: str = "CREATE_COMPLETE", **more: Any) -> Record:
        self.stacks[name] = {"StackName": name, "StackId": f"arn:stack/{name}/1", "StackStatus": status, **more}
        return self.stacks[name]

    def add_change_set(self, identity: str, stack: str = "shop", **more: Any) -> Record:
        self.change_sets[identity] = {
            "ChangeSetId": identity,
            "ChangeSetName": identity,
            "StackName": stack,
            "StackId": f"arn:stack/{stack}/1",
            "Status": "CREATE_COMPLETE",
            "ExecutionStatus": "AVAILABLE",
            "StatusReason": "",
            **more,
        }
        return self.change_sets[identity]

    def find_change_set(self, name: str, stack: str) -> tuple[str | None, Record | None]:
        for identity, record in self.change_sets.items():
            if identity == name or (record["ChangeSetName"], record["StackName"]) == (name, stack):
                return identity, record
        return None, None


@pytest.fixture
def cloudformation(empty_ministack: None) -> CloudFormation:  # noqa: ARG001 - it has to be empty first
    """A CloudFormation that holds nothing yet."""
    service = CloudFormation()
    seams.STACKS.replace(service.stacks)
    seams.CHANGE_SETS.replace(service.change_sets)
    seams.CLOUDFORMATION_ACTIONS.replace(service.actions)
    seams.RESOURCE_HANDLERS.replace(service.handlers)
    seams.FIND_CHANGE_SET.replace(service.find_change_set)
    seams.PARAMETER.replace(lambda parameters, name, default="": parameters.get(name, default))
    seams.CLOUDFORMATION_ERROR.replace(lambda code, message, status: (status, {}, f"{code}: {message}".encode()))
    seams.CLOUDFORMATION_XML.replace(lambda status, tag, inner: (status, {}, f"{tag}: {inner}".encode()))
    seams.GET_REGION.replace(lambda: "eu-west-1")
    seams.GET_ACCOUNT_ID.replace(lambda: "123456789012")
    return service
