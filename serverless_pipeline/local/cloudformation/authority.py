"""CloudFormation makes, changes, deletes and reads resources with the rights of its caller.

Each call that it makes to another service for a resource, as the table in `cloudformation.calls` has it, is put to IAM
in the name of the caller (`caller.py`), and one that is refused fails the resource. IAM is not asked about types that
are not in the table.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

from serverless_pipeline.cloudformation.calls import TAGS, TYPES, Calls, Resource
from serverless_pipeline.local import seams
from serverless_pipeline.local.cloudformation import caller, records
from serverless_pipeline.local.cloudformation.caller import Unauthorized
from serverless_pipeline.local.cloudformation.records import Parameters, Response

Properties = Mapping[str, Any]
Need = tuple[str, str, str]
"""An action, the ARN that it is about, and the service that a role is handed to."""


def install() -> None:
    """Ask IAM about each resource that is made, updated, deleted, or looked at for drift."""
    seams.PROVISION_RESOURCE.wrap(creating)
    seams.UPDATE_RESOURCE.wrap(updating)
    seams.DELETE_RESOURCE.wrap(deleting)
    readers = seams.DRIFT_READERS.value
    for kind in TYPES.keys() & readers.keys():
        reader, properties = readers[kind]
        readers[kind] = reading(kind, reader), properties
    actions = seams.CLOUDFORMATION_ACTIONS.value
    actions["DetectStackDrift"] = detecting(actions["DetectStackDrift"])


def creating(provision: Callable[..., Any]) -> Callable[..., Any]:
    """The physical ID is known afterwards only, so what was not allowed is taken back."""

    def create(kind: str, logical_id: str, properties: Properties, stack: str) -> Any:  # noqa: ANN401 - as MiniStack's
        physical_id, attributes = provision(kind, logical_id, properties, stack)
        try:
            if kind in TYPES:
                _demand(_created(TYPES[kind], physical_id, properties))
        except Unauthorized:
            seams.RESOURCE_HANDLERS.value[kind]["delete"](physical_id, properties)
            raise
        return physical_id, attributes

    return create


def updating(update: Callable[..., Any]) -> Callable[..., Any]:
    """An update that the caller may ask for."""

    def change(kind: str, physical_id: str, old: Properties, new: Properties, *place: Any) -> Any:  # noqa: ANN401
        if kind in TYPES and old != new:
            _demand(_changed(TYPES[kind], physical_id, old, new))
        return update(kind, physical_id, old, new, *place)

    return change


def deleting(delete: Callable[..., Any]) -> Callable[..., Any]:
    """A deletion that the caller may ask for."""

    def remove(kind: str, physical_id: str, properties: Properties, *place: Any) -> Any:  # noqa: ANN401
        if kind in TYPES:
            _demand(_on(TYPES[kind], TYPES[kind].delete, physical_id, properties))
        return delete(kind, physical_id, properties, *place)

    return remove


def reading(kind: str, read: Callable[[str, Properties], Any]) -> Callable[[str, Properties], Any]:
    """A look at a resource for drift; one that may not be looked at is UNKNOWN."""

    def look(physical_id: str, properties: Properties) -> Any:  # noqa: ANN401
        _demand(_on(TYPES[kind], TYPES[kind].read, physical_id, properties))
        return read(physical_id, properties)

    return look


def detecting(detect: Callable[[Parameters], Response]) -> Callable[[Parameters], Response]:
    """Who looks for the drift of a stack has to be allowed to look for that of its resources."""

    def detect_each(parameters: Parameters) -> Response:
        name = records.word(parameters, "StackName")
        try:
            caller.demand("cloudformation:DetectStackResourceDrift", records.stack(name).get("StackId", name))
        except Unauthorized as error:
            return records.refusal(str(error), "AccessDenied")
        return detect(parameters)

    return detect_each


def _created(calls: Calls, physical_id: str, properties: Properties) -> Iterator[Need]:
    by_property = [action for name in properties for action in calls.properties.get(name, ())]
    yield from _on(calls, [*calls.create, *by_property], physical_id, properties)
    if properties.get(TAGS):
        yield from _on(calls, calls.tag, physical_id, properties, calls.tagged)
    yield from _handed_over(calls, properties)


def _changed(calls: Calls, physical_id: str, old: Properties, new: Properties) -> Iterator[Need]:
    changed = {name: value for name, value in new.items() if old.get(name) != value}
    by_change = {**calls.properties, **calls.changes}
    actions = [action for name in changed for action in by_change.get(name, ())]
    actions += [action for name in old if _is_taken_away(name, old, new) for action in calls.removals.get(name, ())]
    yield from _on(calls, [*calls.update, *actions], physical_id, new)
    if TAGS in changed:
        yield from _on(calls, calls.tag, physical_id, new, calls.tagged)
    if _is_taken_away(TAGS, old, new):
        yield from _on(calls, calls.untag, physical_id, new, calls.tagged)
    yield from _handed_over(calls, changed)


def _is_taken_away(name: str, old: Properties, new: Properties) -> bool:
    """Whether a property is set no more, or something in its list is not there any more."""
    return bool(_entries(old.get(name)) - _entries(new.get(name)))


def _entries(value: Any) -> set[str]:  # noqa: ANN401 - whatever a template holds
    """The names of tags and policies in a list; one for anything else that is set."""
    if isinstance(value, list) and all(isinstance(entry, dict) for entry in value):
        return {str(entry.get("Key") or entry.get("PolicyName")) for entry in value}
    return set() if value is None else {""}


def _handed_over(calls: Calls, properties: Properties) -> Iterator[Need]:
    """Roles that are handed to a service, and objects that are read."""
    for name, receiver in calls.passes.items():
        if name in properties:
            yield "iam:PassRole", str(properties[name]), receiver
    for name in calls.objects:
        place = properties.get(name) or {}
        if place.get("S3Bucket"):
            yield "s3:GetObject", f"arn:aws:s3:::{place['S3Bucket']}/{place['S3Key']}", ""


def _on(
    calls: Calls,
    actions: tuple[str, ...] | list[str],
    physical_id: str,
    properties: Properties,
    resource: Resource | None = None,
) -> Iterator[Need]:
    """Actions, each on the resource that it is allowed on, or all on the one that is named."""
    names = _names(physical_id, properties)
    names["arn"] = quote(calls.resource.arn.format_map(names), safe="")
    for action in actions:
        yield action, (resource or calls.resource_of(action)).arn.format_map(names), ""


def _names(physical_id: str, properties: Properties) -> dict[str, str]:
    """What an ARN names; the function that something belongs to may be given by its ARN."""
    texts = {name: value for name, value in properties.items() if isinstance(value, str)}
    function = texts.get("FunctionName", "").rpartition(":function:")[2] or physical_id
    own = {"id": physical_id, "function": function}
    return {**texts, **own, "partition": "aws", "region": seams.GET_REGION(), "account": seams.GET_ACCOUNT_ID()}


def _demand(needs: Iterator[Need]) -> None:
    for action, resource, receiver in needs:
        caller.demand(action, resource, receiver)
