"""CloudFormation acts with the rights of who asked for it.

MiniStack's CloudFormation makes and deletes everything as itself. Here each call that CloudFormation makes to another
service for a resource is put to IAM in the name of the caller, and one that is refused fails the resource:
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/control-access-with-iam.html. Types that `CALLS` does not
know are not asked about. With a service role it acts as that role, from the change set that names it to the end.

Which actions each key was asked about is told under `/_local/permissions`, for who wants to know what a policy needs.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from typing import Any

from serverless_pipeline.local.cloudformation.authority_calls import CALLS, PASSING, Calls
from serverless_pipeline.local.iam import sessions

Properties = Mapping[str, Any]
Need = tuple[str, str, str]
Parameters = Mapping[str, Any]
Response = tuple[int, dict[str, str], bytes]

SERVICE = "cloudformation.amazonaws.com"

_CALLER: ContextVar[str] = ContextVar("caller", default="")
_ASKED: dict[str, set[str]] = {}
_ROLES: dict[str, str] = {}
"""The session of the service role of each stack that has one, by the stack's name."""


class Unauthorized(Exception):
    """CloudFormation may not do for the caller what a resource needs, in AWS's words."""


class Unassumable(Exception):
    """A service role is not there, or does not trust CloudFormation."""


def install() -> None:
    """Note who asks, and ask IAM about each resource that is made, updated or deleted."""
    from ministack.core import iam_actions, iam_evaluator
    from ministack.services.cloudformation import handlers, provisioners, stacks

    iam_actions.extract_resource_arn = _finding(iam_actions.extract_resource_arn)
    iam_evaluator.enforce = _noting(iam_evaluator.enforce)
    for name in ("CreateChangeSet", "ExecuteChangeSet", "DeleteStack"):
        handlers._ACTION_HANDLERS[name] = _acting(handlers._ACTION_HANDLERS[name])  # noqa: SLF001
    create = _created(provisioners._provision_resource)  # noqa: SLF001 - MiniStack has no public way
    update = _updated(provisioners._update_resource)  # noqa: SLF001
    delete = _deleted(provisioners._delete_resource)  # noqa: SLF001
    for module in (provisioners, stacks):
        module._provision_resource, module._update_resource, module._delete_resource = create, update, delete  # noqa: SLF001


def asked() -> str:
    """The actions by key, as JSON."""
    return json.dumps({key: sorted(actions) for key, actions in _ASKED.items()})


def _noting(enforce: Callable[..., Any]) -> Callable[..., Any]:
    def note(access_key_id: str, iam_action: str, service: str, region: str, **context: Any) -> Any:  # noqa: ANN401
        if access_key_id:
            _CALLER.set(access_key_id)
            _ASKED.setdefault(access_key_id, set()).add(iam_action)
        return enforce(access_key_id, iam_action, service, region, **context)

    return note


def _finding(extract: Callable[..., str]) -> Callable[..., str]:
    """A change set that is named by its ARN belongs to a stack; MiniStack takes it for anything."""

    def find(service: str, *request: Any) -> str:  # noqa: ANN401 - method, path, headers, body, query, region, account
        from ministack.services.cloudformation import _change_sets

        found = extract(service, *request)
        query, region, account = request[4:]
        named = query.get("ChangeSetName", "") if service == "cloudformation" and found == "*" else ""
        record = _change_sets.get(named[0] if isinstance(named, list) else named)
        if record is None:
            return found
        return record["StackId"] or f"arn:aws:cloudformation:{region}:{account}:stack/{record['StackName']}/new"

    return find


def _acting(act: Callable[[Parameters], Response]) -> Callable[[Parameters], Response]:
    """Hand a service role over, and act as it from then on; the caller must be allowed to, and the role must trust."""

    def act_as_role(parameters: Parameters) -> Response:
        from ministack.services.cloudformation.helpers import _error, _p

        name = _stack_of(_p(parameters, "StackName"), _p(parameters, "ChangeSetName"))
        role = _p(parameters, "RoleARN")
        try:
            if role:
                _demand(iter([("iam:PassRole", role, SERVICE)]))
                _ROLES[name] = _session(role)
        except (Unauthorized, Unassumable) as error:
            denied = isinstance(error, Unauthorized)
            refused: Response = _error(
                "AccessDenied" if denied else "ValidationError", str(error), 403 if denied else 400
            )
            return refused
        if name in _ROLES:
            _CALLER.set(_ROLES[name])
        return act(parameters)

    return act_as_role


def _stack_of(stack: str, change_set: str) -> str:
    """The name of the stack that a request is about."""
    from ministack.services.cloudformation import _change_sets

    record = _change_sets.get(change_set) or {}
    return stack.split("/")[1] if stack.startswith("arn:") else stack or str(record.get("StackName", ""))


def _session(role: str) -> str:
    from ministack.services import iam

    found = iam._roles.get(role.rsplit("/", 1)[-1])  # noqa: SLF001 - MiniStack has no public way
    if found is None or SERVICE not in str(found["AssumeRolePolicyDocument"]):
        raise Unassumable(f"Role {role} is invalid or cannot be assumed")
    return sessions.register(role, "AWSCloudFormation")["AWS_ACCESS_KEY_ID"]


def _created(provision: Callable[..., Any]) -> Callable[..., Any]:
    """The physical ID is known afterwards only, so what was not allowed is taken back."""

    def create(kind: str, logical_id: str, properties: Properties, stack: str) -> Any:  # noqa: ANN401
        from ministack.services.cloudformation import provisioners

        physical_id, attributes = provision(kind, logical_id, properties, stack)
        calls = CALLS.get(kind)
        try:
            if calls:
                _demand(_needed(calls, calls.create, physical_id, properties))
        except Unauthorized:
            provisioners._RESOURCE_HANDLERS[kind]["delete"](physical_id, properties)  # noqa: SLF001
            raise
        return physical_id, attributes

    return create


def _updated(update: Callable[..., Any]) -> Callable[..., Any]:
    def change(kind: str, physical_id: str, old: Properties, new: Properties, *place: Any) -> Any:  # noqa: ANN401
        calls = CALLS.get(kind)
        if calls and old != new:
            changed = {name: value for name, value in new.items() if old.get(name) != value}
            _demand(_needed(calls, calls.update, physical_id, new, changed))
        return update(kind, physical_id, old, new, *place)

    return change


def _deleted(delete: Callable[..., Any]) -> Callable[..., Any]:
    def remove(kind: str, physical_id: str, properties: Properties, *place: Any) -> Any:  # noqa: ANN401
        calls = CALLS.get(kind)
        if calls:
            _demand(_needed(calls, calls.delete, physical_id, properties, {}))
        return delete(kind, physical_id, properties, *place)

    return remove


def _needed(
    calls: Calls, actions: tuple[str, ...], physical_id: str, properties: Properties, changed: Properties | None = None
) -> Iterator[Need]:
    """Each action that is needed, on which resource, and the service that a role is handed to."""
    named = {name: value for name, value in properties.items() if isinstance(value, str)}
    own = _arn(calls.resource, named | {"id": physical_id})
    yield from ((action, own, "") for action in actions)
    by_property = calls.properties if changed is None else {**calls.properties, **calls.changes}
    given = properties if changed is None else changed
    yield from ((by_property[name], own, "") for name in given if name in by_property)
    yield from (("iam:PassRole", str(given[name]), PASSING[name]) for name in given if name in PASSING)
    code = given.get("Code")
    if isinstance(code, Mapping) and code.get("S3Bucket"):
        yield "s3:GetObject", f"arn:aws:s3:::{code['S3Bucket']}/{code['S3Key']}", ""


def _arn(pattern: str, named: Mapping[str, str]) -> str:
    from ministack.core.responses import get_account_id, get_region

    function = named.get("FunctionName", "").rpartition(":function:")[2] or named["id"]
    values = {**named, "region": get_region(), "account": get_account_id(), "function": function}
    return pattern.format_map(values)


def _demand(needed: Iterator[Need]) -> None:
    from ministack.core import iam_evaluator
    from ministack.core.responses import get_region

    key = _CALLER.get()
    for action, resource, receiver in needed if key else ():
        service = action.partition(":")[0]
        context = {"iam:PassedToService": receiver} if receiver else {}
        refused = iam_evaluator.enforce(
            key, action, service, get_region(), resource_arn=resource, service_context=context
        )
        if refused:
            who = getattr(refused, "principal_arn", "") or key
            raise Unauthorized(
                f"User: {who} is not authorized to perform: {action} on resource: {resource} because no identity-based "
                f"policy allows the {action} action (Service: {service}, Status Code: 403)"
            )
