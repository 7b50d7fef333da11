"""Nested stacks that can be updated, and that know their parent and their root.

MiniStack forgets the attributes of a nested stack's resources when the stack is updated, so that the next
`Fn::GetAtt` on one of them fails the update and its rollback. An output that a nested stack does not have any more is
refused as one that it never had, in CloudFormation's words. MiniStack also records the parent of a nested stack but
does not tell it: DescribeStacks has neither `ParentId` nor `RootId`. And the event of a nested stack that failed does
not name it, so that nobody finds what failed in it. And a resource whose rollback failed is listed as if it had not.
"""

from collections.abc import Callable, Iterable
from typing import Any
from xml.sax.saxutils import escape

from serverless_pipeline.local import seams
from serverless_pipeline.local.cloudformation import records
from serverless_pipeline.local.cloudformation.records import Parameters, Record, Response

Attributes = dict[str, Any]

STACK = "AWS::CloudFormation::Stack"

_PLACE_OF_PHYSICAL_ID = 2
"""After the status and its reason; an event of MiniStack's gives it by its place or by its name."""


def install() -> None:
    """Keep attributes over an update, add both names to DescribeStacks, name nested stacks in their parents' events."""
    seams.UPDATE_RESOURCE.wrap(remembering)
    seams.UNKNOWN_ATTRIBUTE.wrap(missing_output)
    seams.ADD_EVENT.wrap(naming)
    actions = seams.CLOUDFORMATION_ACTIONS.value
    actions["DescribeStacks"] = relating(actions["DescribeStacks"])


def remembering(update: Callable[..., tuple[str, Attributes]]) -> Callable[..., tuple[str, Attributes]]:
    """An update keeps the attributes that it does not change, unless it replaces the resource.

    The attributes of a nested stack are its outputs, and each update makes them anew.
    """

    def remember(kind: str, physical_id: str, *change: Any) -> tuple[str, Attributes]:  # noqa: ANN401 - as MiniStack's
        old, new, stack, logical_id, attributes, *_ = *change, None, None
        before = _attributes(stack, logical_id) if attributes is None else attributes
        updated_id, after = update(kind, physical_id, old, new, stack, logical_id, before)
        keeps = updated_id == physical_id and kind != STACK
        return updated_id, {**before, **after} if keeps else after

    return remember


def missing_output(message: Callable[[Record, str, str], str]) -> Callable[[Record, str, str], str]:
    """What is said of an attribute that a resource does not have; of a nested stack it is an output."""

    def say(resource: Record, logical_id: str, attribute: str) -> str:
        prefix, _, output = attribute.partition(".")
        if resource.get("ResourceType") == STACK and prefix == "Outputs":
            return f"Output '{output}' not found in stack '{resource['PhysicalResourceId']}'"
        return message(resource, logical_id, attribute)

    return say


def naming(add: Callable[..., None]) -> Callable[..., None]:
    """An event of a nested stack names it; a resource that fails to be updated or rolled back says so."""

    def add_named(
        stack_id: str,
        stack: str,
        logical_id: str,
        kind: str,
        status: str,
        *details: Any,  # noqa: ANN401 - as MiniStack's
        **options: Any,  # noqa: ANN401 - as MiniStack's
    ) -> None:
        is_named = len(details) >= _PLACE_OF_PHYSICAL_ID or options.get("physical_id")
        if kind == STACK and logical_id != stack and not is_named:
            options["physical_id"] = _child(stack_id, stack, logical_id)
        add(stack_id, stack, logical_id, kind, status, *details, **options)
        if status == "UPDATE_FAILED":
            _fail(stack, logical_id)

    return add_named


def relating(describe: Callable[[Parameters], Response]) -> Callable[[Parameters], Response]:
    """DescribeStacks: a nested stack has a parent and a root."""

    def describe_related(parameters: Parameters) -> Response:
        status, headers, body = describe(parameters)
        return status, headers, _related(body.decode(), records.stacks()).encode()

    return describe_related


def _attributes(stack: str, logical_id: str | None) -> Attributes:
    """What the resource's `Fn::GetAtt` could name before the update."""
    resources = records.stack(stack).get("_resources", {})
    return dict(resources.get(logical_id, {}).get("Attributes") or {})


def _child(parent_id: str, parent: str, logical_id: str) -> str:
    """The ID of the nested stack that was made last for a resource of its parent, not of an earlier one of its name."""
    prefix = f"{parent}-{logical_id}-"
    children = [stack for stack in records.stacks() if stack["StackName"].startswith(prefix)]
    identities = [stack["StackId"] for stack in children if stack.get("ParentId") == parent_id]
    return identities[-1] if identities else ""


def _fail(stack: str, logical_id: str) -> None:
    if resource := records.stack(stack).get("_resources", {}).get(logical_id):
        resource["ResourceStatus"] = "UPDATE_FAILED"


def _related(answer: str, stacks: Iterable[Record]) -> str:
    parents = {stack["StackId"]: stack.get("ParentId", "") for stack in stacks}
    for identity, parent in parents.items():
        if parent:
            element = f"<StackId>{escape(identity)}</StackId>"
            relatives = f"<ParentId>{escape(parent)}</ParentId><RootId>{escape(_root(parent, parents))}</RootId>"
            answer = answer.replace(element, element + relatives)
    return answer


def _root(identity: str, parents: dict[str, str]) -> str:
    while parent := parents.get(identity):
        identity = parent
    return identity
