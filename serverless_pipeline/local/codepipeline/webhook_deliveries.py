"""What comes to the addresses of webhooks: it is no request of AWS's, so the webhook itself says whom it believes.

https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_WebhookDefinition.html and
https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import json
from typing import TYPE_CHECKING

from serverless_pipeline.local.codepipeline.model.execution import Trigger
from serverless_pipeline.local.codepipeline.model.webhooks import PREFIX

if TYPE_CHECKING:
    from collections.abc import Mapping

    from serverless_pipeline.local.codepipeline.engine.engine import Engine
    from serverless_pipeline.local.codepipeline.model.store import PipelineRecord
    from serverless_pipeline.local.codepipeline.model.webhooks import Webhook

_SIGNATURES = (("x-hub-signature-256", "sha256"), ("x-hub-signature", "sha1"))
"""The headers of a signature, the stronger one first: it counts where both are there."""

_engines: list[Engine] = []


def take_to(engine: Engine) -> None:
    """Start executions by this engine."""
    _engines[:] = [engine]


def deliver(path: str, headers: Mapping[str, str], body: bytes, address: str) -> tuple[int, str]:
    """Take a delivery from an address: an HTTP status, and words for who sent it.

    Header names are in lower case.
    """
    for engine in _engines:
        with engine.store.lock:
            token = path.removeprefix(PREFIX).encode()
            for webhook in engine.store.webhooks.values():
                if hmac.compare_digest(webhook.token.encode(), token):
                    return _receive(engine, webhook, headers, body, address)
    return 404, "There is no webhook at this address.\n"


def _receive(
    engine: Engine, webhook: Webhook, headers: Mapping[str, str], body: bytes, address: str
) -> tuple[int, str]:
    if not _is_believed(webhook, headers, body, address):
        return 403, f"The webhook {webhook.name} asks for {webhook.authentication}, which does not hold here.\n"
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError):
        return 400, "The body is not JSON.\n"
    record = engine.store.find(webhook.scope, webhook.pipeline)
    configuration = _configuration(record, webhook.action)
    if record is None or configuration is None:
        words = f"There is no source action {webhook.action} in a pipeline {webhook.pipeline} any more."
        webhook.error = ("TargetNotFound", words)
        return 404, f"{words}\n"
    webhook.error = None
    if not webhook.accepts(payload, configuration):
        return 200, f"The webhook {webhook.name} starts nothing: its filters do not match.\n"
    webhook.triggered = engine.schedule.now()
    return 200, f"Started  {engine.start(record, Trigger('Webhook', webhook.arn)).id}\n"


def _is_believed(webhook: Webhook, headers: Mapping[str, str], body: bytes, address: str) -> bool:
    match webhook.authentication:
        case "UNAUTHENTICATED":
            return True
        case "IP":
            return bool(address) and ipaddress.ip_address(address) in ipaddress.ip_network(
                webhook.ip_range, strict=False
            )
        case _:
            return _is_signed(webhook.secret, headers, body)


def _is_signed(secret: str, headers: Mapping[str, str], body: bytes) -> bool:
    """Whether the body has the HMAC that GitHub makes of it with the secret."""
    for header, algorithm in _SIGNATURES:
        if header in headers:
            expected = hmac.new(secret.encode(), body, getattr(hashlib, algorithm)).hexdigest()
            return hmac.compare_digest(f"{algorithm}={expected}".encode(), headers[header].encode())
    return False


def _configuration(record: PipelineRecord | None, action_name: str) -> Mapping[str, str] | None:
    """That of the target action, by which placeholders of filters are replaced; None if there is none any more."""
    actions = record.pipeline.stages[0].actions if record else ()
    return next((action.configuration for action in actions if action.name == action_name), None)
