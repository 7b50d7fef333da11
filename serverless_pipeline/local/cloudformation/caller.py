"""In whose name CloudFormation calls other services: who called it, or the service role of the stack.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/control-access-with-iam.html. MiniStack's CloudFormation
does everything as itself. Here the key of a request is kept for as long as the operation lasts that it began, and IAM
is asked with it. With a service role, CloudFormation acts as that role from the change set that names it to the end.

The actions that IAM was asked about, by key, are at `/_local/permissions`, for who wants to know what a policy needs.
"""

import json
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any

from serverless_pipeline.local import seams
from serverless_pipeline.local.cloudformation import records
from serverless_pipeline.local.cloudformation.records import Parameters, Response
from serverless_pipeline.local.iam import sessions, trust

SERVICE = "cloudformation.amazonaws.com"
ACTING = ("CreateStack", "UpdateStack", "CreateChangeSet", "ExecuteChangeSet", "DeleteStack")
"""The operations in which a service role acts."""

_KEY: ContextVar[str] = ContextVar("key", default="")
_ACTIONS: dict[str, set[str]] = {}
_ROLES: dict[str, str] = {}
"""The key of the service role of each stack that has one, by the stack's name."""


class Unauthorized(Exception):
    """CloudFormation may not do for its caller what a resource needs, in AWS's words."""


class Unassumable(Exception):
    """A service role is not there, or does not trust CloudFormation."""


def install() -> None:
    """Keep the key of each request, find the stack of a change set, and act as service roles."""
    seams.ENFORCE.wrap(keeping_key)
    seams.EXTRACT_RESOURCE_ARN.wrap(finding_stack)
    actions = seams.CLOUDFORMATION_ACTIONS.value
    actions.update({name: acting(actions[name]) for name in ACTING})


def actions_by_key() -> str:
    """The actions that IAM was asked about, as JSON."""
    return json.dumps({key: sorted(actions) for key, actions in _ACTIONS.items()})


def demand(action: str, resource: str, context: Mapping[str, str] | None = None) -> None:
    """Ask IAM whether the caller may do something; `context` is what conditions ask for, by their keys.

    Raises:
        Unauthorized: the caller may not.
    """
    if not _KEY.get():
        return
    denial = seams.ENFORCE(
        _KEY.get(),
        action,
        action.partition(":")[0],
        seams.GET_REGION(),
        resource_arn=resource,
        service_context=dict(context or {}),
    )
    if denial:
        caller = getattr(denial, "principal_arn", "") or _KEY.get()
        raise Unauthorized(
            f"User: {caller} is not authorized to perform: {action} on resource: {resource} {_why(denial, action)} "
            f"(Service: {action.partition(':')[0]}, Status Code: 403)"
        )


def _why(denial: Any, action: str) -> str:  # noqa: ANN401 - a result of MiniStack's
    if getattr(denial, "decision", "") == "Deny":
        return "with an explicit deny in an identity-based policy"
    return f"because no identity-based policy allows the {action} action"


def keeping_key(enforce: Callable[..., Any]) -> Callable[..., Any]:
    """IAM's decision; the key that it is about is the caller's from then on."""

    def keep(access_key_id: str, iam_action: str, service: str, region: str, **context: Any) -> Any:  # noqa: ANN401
        if access_key_id:
            _KEY.set(access_key_id)
            _ACTIONS.setdefault(access_key_id, set()).add(iam_action)
        return enforce(access_key_id, iam_action, service, region, **context)

    return keep


def finding_stack(extract: Callable[..., str]) -> Callable[..., str]:
    """A change set that is named by its ARN belongs to a stack; MiniStack takes it for anything."""

    def find(service: str, *request: Any) -> str:  # noqa: ANN401 - method, path, headers, body, query, region, account
        arn = extract(service, *request)
        query, region, account = request[4:]
        name = query.get("ChangeSetName", "") if service == "cloudformation" and arn == "*" else ""
        record = seams.CHANGE_SETS.value.get(name[0] if isinstance(name, list) else name)
        if record is None:
            return arn
        return record["StackId"] or f"arn:aws:cloudformation:{region}:{account}:stack/{record['StackName']}/new"

    return find


def acting(act: Callable[[Parameters], Response]) -> Callable[[Parameters], Response]:
    """An operation as the stack's service role, if it has one; the caller must be allowed to hand it over."""

    def act_as_role(parameters: Parameters) -> Response:
        name = _stack_name(parameters)
        try:
            _take_role(name, records.word(parameters, "RoleARN"))
        except Unauthorized as error:
            return records.refusal(str(error), "AccessDenied")
        except Unassumable as error:
            return records.refusal(str(error))
        if name in _ROLES:
            _KEY.set(_ROLES[name])
        return act(parameters)

    return act_as_role


def _stack_name(parameters: Parameters) -> str:
    """The name of the stack that a request is about."""
    name = records.word(parameters, "StackName") or str(records.change_set(parameters).get("StackName", ""))
    return name.split("/")[1] if name.startswith("arn:") else name


def _take_role(name: str, role_arn: str) -> None:
    """Remember the service role of a stack; a new stack has none of an earlier one of its name."""
    if role_arn:
        demand("iam:PassRole", role_arn, {"iam:PassedToService": SERVICE})
        _ROLES[name] = _session(role_arn)
    elif records.stack(name).get("StackStatus", "DELETE_COMPLETE") == "DELETE_COMPLETE":
        _ROLES.pop(name, None)


def _session(role_arn: str) -> str:
    """The key of a new session of a role."""
    if not trust.lets_in(role_arn, SERVICE):
        raise Unassumable(f"Role {role_arn} is invalid or cannot be assumed")
    return sessions.begin(role_arn, "AWSCloudFormation").access_key_id
