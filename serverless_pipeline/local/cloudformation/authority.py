"""CloudFormation makes, changes, deletes and reads resources with the rights of its caller.

Each call that it makes to another service for a resource, as the table in `cloudformation.calls` has it, is put to IAM
in the name of the caller (`caller.py`), and one that is refused fails the resource. IAM is not asked about types that
are not in the table.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

from serverless_pipeline.cloudformation.calls import TYPES, Calls, Resource, entry, values_at
from serverless_pipeline.local import seams
from serverless_pipeline.local.cloudformation import caller, records
from serverless_pipeline.local.cloudformation.caller import Unauthorized
from serverless_pipeline.local.cloudformation.records import Parameters, Response
from serverless_pipeline.local.iam import role

Properties = Mapping[str, Any]
Need = tuple[str, str, Mapping[str, str]]
"""An action, the ARN that it is about, and what else a policy can ask for: the service that a role is handed to."""
BOUNDARY = "iam:PermissionsBoundary"
"""The key by which a policy asks for the boundary that a role has, or gets."""


def install() -> None:
    """Ask IAM about each resource that is made, updated, deleted, or looked at for drift."""
    seams.PROVISION_RESOURCE.wrap(creating)
    seams.UPDATE_RESOURCE.wrap(updating)
    seams.DELETE_RESOURCE.wrap(deleting)
    readers = seams.DRIFT_READERS.value
    for kind in TYPES.keys() & readers.keys():
        reader, properties = readers[kind]
        readers[kind] = reading(TYPES[kind], reader), properties
    actions = seams.CLOUDFORMATION_ACTIONS.value
    actions["DetectStackDrift"] = detecting(actions["DetectStackDrift"])


def creating(provision: Callable[..., Any]) -> Callable[..., Any]:
    """The physical ID is known afterwards only, so what was not allowed is taken back.

    What a custom resource does is not, so it is asked about first: it is about a function, not about itself.
    """

    def create(kind: str, logical_id: str, properties: Properties, stack: str) -> Any:  # noqa: ANN401 - as MiniStack's
        calls = entry(kind)
        if calls and kind not in TYPES:
            _demand(_created(calls, "", properties))
            return provision(kind, logical_id, properties, stack)
        physical_id, attributes = provision(kind, logical_id, properties, stack)
        try:
            if calls:
                _demand(_created(calls, physical_id, properties))
        except Unauthorized:
            seams.RESOURCE_HANDLERS.value[kind]["delete"](physical_id, properties)
            raise
        return physical_id, attributes

    return create


def updating(update: Callable[..., Any]) -> Callable[..., Any]:
    """An update that the caller may ask for."""

    def change(kind: str, physical_id: str, old: Properties, new: Properties, *place: Any) -> Any:  # noqa: ANN401
        if (calls := entry(kind)) and old != new:
            _demand(_changed(calls, physical_id, old, new))
        return update(kind, physical_id, old, new, *place)

    return change


def deleting(delete: Callable[..., Any]) -> Callable[..., Any]:
    """A deletion that the caller may ask for."""

    def remove(kind: str, physical_id: str, properties: Properties, *place: Any) -> Any:  # noqa: ANN401
        if calls := entry(kind):
            _demand(_on(calls, calls.delete, physical_id, properties))
        return delete(kind, physical_id, properties, *place)

    return remove


def reading(calls: Calls, read: Callable[[str, Properties], Any]) -> Callable[[str, Properties], Any]:
    """A look at a resource for drift; one that may not be looked at is UNKNOWN."""

    def look(physical_id: str, properties: Properties) -> Any:  # noqa: ANN401
        _demand(_on(calls, calls.read, physical_id, properties))
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
    yield from _on(calls, (*calls.create, *by_property), physical_id, properties)
    if properties.get(calls.tags_in):
        yield from _on(calls, calls.tag, physical_id, properties, calls.tagged)
    yield from _handed_over(calls, properties)


def _changed(calls: Calls, physical_id: str, old: Properties, new: Properties) -> Iterator[Need]:
    changed = {name: value for name, value in new.items() if old.get(name) != value}
    by_change = {**calls.properties, **calls.changes}
    actions = [action for name in changed for action in by_change.get(name, ())]
    actions += [action for name in old if _is_taken_away(name, old, new) for action in calls.removals.get(name, ())]
    yield from _on(calls, (*calls.update, *actions), physical_id, {**old, **new})
    if calls.tags_in in changed:
        yield from _on(calls, calls.tag, physical_id, new, calls.tagged)
    if _tags(old.get(calls.tags_in)) - _tags(new.get(calls.tags_in)):
        yield from _on(calls, calls.untag, physical_id, new, calls.tagged)
    yield from _handed_over(calls, changed)


def _is_taken_away(name: str, old: Properties, new: Properties) -> bool:
    """Whether a property is set no more, or something in its list is not there any more."""
    return bool(_entries(old.get(name)) - _entries(new.get(name)))


def _tags(value: Any) -> set[str]:  # noqa: ANN401 - whatever a template holds
    """The names of tags, in a list or in a map."""
    return set(value) if isinstance(value, dict) else _entries(value)


def _entries(value: Any) -> set[str]:  # noqa: ANN401 - whatever a template holds
    """The names of what is in a list, the words in it; one for anything else that is set."""
    if isinstance(value, list) and all(isinstance(entry, dict) for entry in value):
        return {str(entry.get("Key") or entry.get("PolicyName")) for entry in value}
    return set() if value is None else {""}


def _handed_over(calls: Calls, properties: Properties) -> Iterator[Need]:
    """Roles that are handed to a service, and objects that are read."""
    for place, receiver in calls.passes.items():
        for handed in values_at(properties, place):
            yield "iam:PassRole", str(handed), {"iam:PassedToService": receiver}
    for place in calls.objects:
        for located in values_at(properties, place):
            if path := _path(located):
                yield "s3:GetObject", f"arn:aws:s3:::{path}", {}


def _path(located: Any) -> str:  # noqa: ANN401 - the same
    """Bucket and key of an object, in each of the forms in which a property names one."""
    if isinstance(located, str):
        return located.removeprefix("s3://")
    bucket, key = located.get("S3Bucket") or located.get("Bucket"), located.get("S3Key") or located.get("Key")
    return f"{bucket}/{key}" if bucket else ""


def _on(
    calls: Calls,
    actions: tuple[str, ...],
    physical_id: str,
    properties: Properties,
    resource: Resource | None = None,
) -> Iterator[Need]:
    """Actions, each on the resource that it is allowed on, or all on the one that is named."""
    place = {"partition": "aws", "region": seams.GET_REGION(), "account": seams.GET_ACCOUNT_ID()}
    (own, *_) = (*calls.resource.ones(physical_id, properties, place), "")
    place["arn"] = quote(own, safe="")
    for action in actions:
        about = resource or calls.resource_of(action)
        belongs = {}
        if about.owner:
            key, owner = about.owner
            (belongs[key],) = owner.ones(physical_id, properties, place)
        for arn in about.ones(physical_id, properties, place):
            yield action, arn, belongs or _bounds(arn, properties)


def _bounds(arn: str, properties: Properties) -> dict[str, str]:
    """The boundary that a role gets, or has."""
    if ":role/" not in arn or arn.endswith("*"):
        return {}
    boundary = properties.get("PermissionsBoundary") or role.record(arn).get("PermissionsBoundary")
    return {BOUNDARY: boundary} if boundary else {}


def _demand(needs: Iterator[Need]) -> None:
    for action, resource, context in needs:
        caller.demand(action, resource, context)
