"""Nested stacks that can be updated, and that know their parent and their root.

MiniStack forgets the attributes of a nested stack's resources when the stack is updated, so that the next
`Fn::GetAtt` on one of them fails the update and its rollback. And it records the parent of a nested stack but does
not tell it: DescribeStacks has neither `ParentId` nor `RootId`. And the event of a nested stack that failed does not
name it, so that nobody finds what failed in it. And a resource whose rollback failed is listed as if it had not.
"""

from collections.abc import Callable, Mapping
from typing import Any
from xml.sax.saxutils import escape

Response = tuple[int, dict[str, str], bytes]
Attributes = dict[str, Any]

_WITH_ID = 3


def install() -> None:
    """Keep attributes over an update, add both names to DescribeStacks, name nested stacks in their parents' events."""
    from ministack.services.cloudformation import handlers, provisioners, stacks

    provisioners._update_resource = _remembering(provisioners._update_resource)  # noqa: SLF001
    handlers._ACTION_HANDLERS["DescribeStacks"] = _telling(handlers._describe_stacks)  # noqa: SLF001
    stacks._add_event = _naming(stacks._add_event)  # noqa: SLF001


def _naming(add: Callable[..., None]) -> Callable[..., None]:
    def name(*told: Any, physical_id: str = "", **more: Any) -> None:  # noqa: ANN401 - as MiniStack's
        stack_id, stack, logical_id, kind, *rest = told
        if kind == "AWS::CloudFormation::Stack" and logical_id != stack and not physical_id and len(rest) < _WITH_ID:
            physical_id = _child(stack_id, stack, logical_id)
        add(*told, **({"physical_id": physical_id} if physical_id else {}), **more)
        if rest and rest[0] == "UPDATE_FAILED":
            _fail(stack, logical_id)

    return name


def _fail(stack: str, logical_id: str) -> None:
    """A resource that failed to be updated or rolled back says so, as its last event does."""
    from ministack.services.cloudformation import _stacks

    if held := _stacks.get(stack, {}).get("_resources", {}).get(logical_id):
        held["ResourceStatus"] = "UPDATE_FAILED"


def _child(parent_id: str, parent: str, logical_id: str) -> str:
    """The ID of the nested stack that was made last for a resource of its parent, not of an earlier one of its name."""
    from ministack.services.cloudformation import _stacks

    prefix = f"{parent}-{logical_id}-"
    named = [stack for name, stack in _stacks.items() if name.startswith(prefix)]
    ids = [stack["StackId"] for stack in named if stack.get("ParentId") == parent_id]
    return ids[-1] if ids else ""


def _remembering(update: Callable[..., tuple[str, Attributes]]) -> Callable[..., tuple[str, Attributes]]:
    def remember(kind: str, physical_id: str, *change: Any) -> tuple[str, Attributes]:  # noqa: ANN401 - as MiniStack's
        old, new, stack, logical_id, *told = change
        known = told[0] if told and told[0] is not None else _attributes(stack, logical_id)
        updated_id, updated = update(kind, physical_id, old, new, stack, logical_id, known)
        return updated_id, {**known, **updated} if updated_id == physical_id else updated

    return remember


def _attributes(stack: str, logical_id: str) -> Attributes:
    """What the resource's `Fn::GetAtt` could name before the update."""
    from ministack.services.cloudformation import _stacks

    resources = _stacks.get(stack, {}).get("_resources", {})
    return dict(resources.get(logical_id, {}).get("Attributes") or {})


def _telling(describe: Callable[[Mapping[str, Any]], Response]) -> Callable[[Mapping[str, Any]], Response]:
    from ministack.services.cloudformation import _stacks

    def tell(parameters: Mapping[str, Any]) -> Response:
        status, headers, body = describe(parameters)
        known = {stack["StackId"]: stack for stack in _stacks.values()}
        return status, headers, _related(body.decode(), known).encode()

    return tell


def _related(answer: str, stacks: Mapping[str, Mapping[str, Any]]) -> str:
    for identity, stack in stacks.items():
        if parent := stack.get("ParentId"):
            mine = f"<StackId>{escape(identity)}</StackId>"
            ids = f"<ParentId>{escape(parent)}</ParentId><RootId>{escape(_root(parent, stacks))}</RootId>"
            answer = answer.replace(mine, mine + ids)
    return answer


def _root(identity: str, stacks: Mapping[str, Mapping[str, Any]]) -> str:
    while parent := stacks.get(identity, {}).get("ParentId"):
        identity = parent
    return identity
