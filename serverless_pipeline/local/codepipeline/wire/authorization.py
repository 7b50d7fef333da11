"""Who calls, and which resource IAM has to allow for it: a pipeline, a stage, an action, a type, a webhook, or `*`.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscodepipeline.html
Answers to jobs cannot be scoped on AWS, so a policy has to allow them on `*`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from serverless_pipeline.local.codepipeline.model.scope import Scope

_STAGES = (
    "RetryStageExecution",
    "RollbackStage",
    "OverrideStageCondition",
    "EnableStageTransition",
    "DisableStageTransition",
)
_ACTIONS = ("PutActionRevision", "PutApprovalResult")
_TYPES = ("CreateCustomActionType", "DeleteCustomActionType", "GetActionType", "PollForJobs", "UpdateActionType")
_WEBHOOKS = ("PutWebhook", "DeleteWebhook", "RegisterWebhookWithThirdParty", "DeregisterWebhookWithThirdParty")


@dataclass(frozen=True)
class Caller:
    """The principal of a request, and whose pipelines it is about."""

    scope: Scope
    arn: str


def resource(scope: Scope, operation: str, body: bytes) -> str:
    """The ARN that a request is about."""
    request = _object(body)
    if "resourceArn" in request:
        return str(request["resourceArn"])
    if operation in _TYPES:
        return _action_type(scope, _type_in(request))
    if operation in _WEBHOOKS:
        return _webhook(scope, request)
    if operation == "ListWebhooks":
        return scope.arn("webhook:*")
    name = request.get("pipelineName") or request.get("name") or _object_in(request, "pipeline").get("name")
    if not name:
        return "*"
    parts = [name]
    if operation in (*_STAGES, *_ACTIONS):
        parts.append(request.get("stageName", "*"))
    if operation in _ACTIONS:
        parts.append(request.get("actionName", "*"))
    return scope.arn("/".join(map(str, parts)))


def _type_in(request: Mapping[str, Any]) -> Mapping[str, Any]:
    """The type that a request names, wherever it does."""
    return _object_in(request, "actionTypeId") or _object_in(_object_in(request, "actionType"), "id") or request


def _action_type(scope: Scope, kind: Mapping[str, Any]) -> str:
    """`actiontype:Custom/Build/NAME/1`."""
    parts = (kind.get("owner", "Custom"), *(kind.get(name, "*") for name in ("category", "provider", "version")))
    return scope.arn(f"actiontype:{'/'.join(map(str, parts))}")


def _webhook(scope: Scope, request: Mapping[str, Any]) -> str:
    """A webhook; that PutWebhook has to be allowed on the target pipeline as well is not asked for."""
    name = _object_in(request, "webhook").get("name") or request.get("webhookName") or request.get("name") or "*"
    return scope.arn(f"webhook:{name}")


def _object(body: bytes) -> Mapping[str, Any]:
    """The request, or nothing if it is none: its shape is checked later."""
    try:
        request = json.loads(body or b"{}")
    except ValueError:
        return {}
    return request if isinstance(request, dict) else {}


def _object_in(request: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    member = request.get(name)
    return member if isinstance(member, dict) else {}
