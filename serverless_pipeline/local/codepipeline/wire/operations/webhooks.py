"""Webhooks: put, list, delete, and what is said of their registration."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any

from serverless_pipeline.local.codepipeline.model.refusal import Refusal
from serverless_pipeline.local.codepipeline.model.secrets import MASK
from serverless_pipeline.local.codepipeline.model.webhooks import PREFIX, Filter, Webhook
from serverless_pipeline.local.codepipeline.wire import documents
from serverless_pipeline.local.codepipeline.wire.operations import tags
from serverless_pipeline.local.codepipeline.wire.paging import page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from serverless_pipeline.local.codepipeline.engine.engine import Engine
    from serverless_pipeline.local.codepipeline.model.store import Store
    from serverless_pipeline.local.codepipeline.wire.authorization import Caller

MOST = 300
"""In an account and region: https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html"""
_NEEDS = {"GITHUB_HMAC": {"SecretToken"}, "IP": {"AllowedIPRange"}, "UNAUTHENTICATED": set[str]()}


def put(engine: Engine, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """Make a webhook, or give one of this name another definition; its address stays.

    Whether there is such a pipeline is seen when something is delivered, as on AWS.
    """
    definition = request["webhook"]
    given = tags.read(request.get("tags") or [])
    filters = tuple(Filter(one["jsonPath"], one.get("matchEquals")) for one in definition["filters"])
    for one in filters:
        one.check()
    _check_authentication(definition)
    with engine.store.lock:
        before = engine.store.webhooks.get((caller.scope, definition["name"]))
        if before is None and sum(scope == caller.scope for scope, _ in engine.store.webhooks) >= MOST:
            raise Refusal("LimitExceededException", f"An account has {MOST} webhooks in a region at most")
        webhook = Webhook(
            scope=caller.scope,
            name=definition["name"],
            pipeline=definition["targetPipeline"],
            action=definition["targetAction"],
            filters=filters,
            authentication=definition["authentication"],
            secret=definition["authenticationConfiguration"].get("SecretToken", ""),
            ip_range=definition["authenticationConfiguration"].get("AllowedIPRange", ""),
            tags=given or (before.tags if before else {}),
        )
        if before:
            webhook.token, webhook.registered, webhook.triggered = before.token, before.registered, before.triggered
        engine.store.webhooks[caller.scope, webhook.name] = webhook
        return {"webhook": describe(engine.store, webhook)}


def list_(engine: Engine, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """The webhooks of the account in the region; what the operation calls its paging is spelled in capitals."""
    with engine.store.lock:
        items = [
            describe(engine.store, one) for (scope, _), one in engine.store.webhooks.items() if scope == caller.scope
        ]
    asked = {"nextToken": request.get("NextToken"), "maxResults": request.get("MaxResults")}
    answer = page("webhooks", items, {name: value for name, value in asked.items() if value is not None})
    return {"NextToken" if name == "nextToken" else name: value for name, value in answer.items()}


def delete(engine: Engine, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """Delete a webhook; its address answers no more. Deleting one that is not there is no mistake."""
    with engine.store.lock:
        engine.store.webhooks.pop((caller.scope, request["name"]), None)
    return {}


def register(engine: Engine, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """Remember that the webhook is to be registered; nobody outside is told of an address of this machine."""
    _find(engine, caller, request).registered = True
    return {}


def deregister(engine: Engine, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """Remember that it is not."""
    _find(engine, caller, request).registered = False
    return {}


def describe(store: Store, webhook: Webhook) -> dict[str, Any]:
    """A webhook as it is listed, without its secret."""
    code, message = webhook.error or ("", "")
    return {
        "definition": {
            "name": webhook.name,
            "targetPipeline": webhook.pipeline,
            "targetAction": webhook.action,
            "filters": [{"jsonPath": one.path, **documents.present(matchEquals=one.value)} for one in webhook.filters],
            "authentication": webhook.authentication,
            "authenticationConfiguration": documents.present(
                SecretToken=MASK if webhook.secret else "", AllowedIPRange=webhook.ip_range
            ),
        },
        "url": f"{store.url}{PREFIX}{webhook.token}",
        **documents.present(lastTriggered=webhook.triggered, errorCode=code, errorMessage=message),
        "arn": webhook.arn,
        "tags": documents.tags(webhook.tags),
    }


def _find(engine: Engine, caller: Caller, request: Mapping[str, Any]) -> Webhook:
    name = request.get("webhookName", "")
    with engine.store.lock:
        webhook = engine.store.webhooks.get((caller.scope, name))
    if webhook is None:
        raise Refusal(
            "WebhookNotFoundException", f"Account '{caller.scope.account}' does not have a webhook with name '{name}'"
        )
    return webhook


def _check_authentication(definition: Mapping[str, Any]) -> None:
    kind, given = definition["authentication"], definition["authenticationConfiguration"]
    if {name for name, value in given.items() if value is not None} != _NEEDS[kind]:
        needed = f"contain only one property: '{''.join(_NEEDS[kind])}'" if _NEEDS[kind] else "be empty"
        raise Refusal(
            "InvalidWebhookAuthenticationParametersException", f"Optional['authenticationConfig' should {needed}]"
        )
    if kind == "IP":
        try:
            ipaddress.ip_network(given["AllowedIPRange"], strict=False)
        except ValueError as error:
            raise Refusal("InvalidWebhookAuthenticationParametersException", f"AllowedIPRange: {error}") from error
