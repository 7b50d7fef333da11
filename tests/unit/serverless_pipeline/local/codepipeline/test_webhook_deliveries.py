"""What comes to the addresses of webhooks."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

import pytest

from serverless_pipeline.local.codepipeline import webhook_deliveries
from serverless_pipeline.local.codepipeline.model.execution import Trigger
from serverless_pipeline.local.codepipeline.model.webhooks import PREFIX, Filter, Webhook
from tests.support.engine import SCOPE, InMemory, action, declaration

PUSH = b'{"ref": "refs/heads/main"}'


@pytest.fixture
def hook(in_memory: InMemory, monkeypatch: pytest.MonkeyPatch) -> Webhook:
    """A webhook of a pipeline whose source looks at the main branch."""
    monkeypatch.setattr(webhook_deliveries, "_engines", [])
    webhook_deliveries.take_to(in_memory.engine)
    source = action("Source", "Source", "S3", configuration={"Branch": "main"})
    in_memory.record(declaration(("Source", [source]), ("Commit", [action("Build")])))
    filters = (Filter("$.ref", "refs/heads/{Branch}"),)
    webhook = Webhook(SCOPE, "hook", "p", "Source", filters, "GITHUB_HMAC", secret="between us")
    in_memory.store.webhooks[SCOPE, "hook"] = webhook
    return webhook


def deliver(hook: Webhook, body: bytes = PUSH, *, address: str = "127.0.0.1", **headers: Any) -> tuple[int, str]:
    spelled = {name.replace("_", "-"): value for name, value in headers.items()}
    return webhook_deliveries.deliver(f"{PREFIX}{hook.token}", spelled, body, address)


def signature(algorithm: str, body: bytes = PUSH, key: bytes = b"between us") -> str:
    return f"{algorithm}={hmac.new(key, body, getattr(hashlib, algorithm)).hexdigest()}"


def executions(in_memory: InMemory) -> list[Any]:
    return list(in_memory.store.pipelines[SCOPE, "p"].executions.values())


@pytest.mark.parametrize(("header", "algorithm"), [("x_hub_signature_256", "sha256"), ("x_hub_signature", "sha1")])
def test_a_signed_delivery_starts_an_execution(in_memory: InMemory, hook: Webhook, header: str, algorithm: str) -> None:
    answer = deliver(hook, PUSH, **{header: signature(algorithm)})

    (execution,) = executions(in_memory)
    assert answer == (200, f"Started  {execution.id}\n")
    assert (execution.trigger, hook.triggered) == (Trigger("Webhook", hook.arn), 1000.0)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x_hub_signature_256": signature("sha256", key=b"another")},
        {"x_hub_signature_256": signature("sha256", b"{}")},
        {"x_hub_signature_256": signature("sha1")},
        {"x_hub_signature": signature("sha1", key=b"another")},
        {"x_hub_signature_256": "sha256=", "x_hub_signature": signature("sha1")},
        {"x_hub_signature_256": "\u00e9"},
    ],
)
def test_a_delivery_without_the_right_signature_starts_nothing(
    in_memory: InMemory, hook: Webhook, headers: dict[str, str]
) -> None:
    assert deliver(hook, PUSH, **headers)[0] == 403
    assert (executions(in_memory), hook.triggered) == ([], None)


@pytest.mark.parametrize(("address", "status"), [("10.1.2.3", 200), ("11.1.2.3", 403), ("::1", 403), ("", 403)])
def test_an_address_of_the_range_is_believed(hook: Webhook, address: str, status: int) -> None:
    hook.authentication, hook.ip_range = "IP", "10.9.9.9/8"

    assert deliver(hook, address=address)[0] == status


@pytest.mark.usefixtures("in_memory")
def test_whoever_knows_the_address_of_an_open_webhook_is_believed(hook: Webhook) -> None:
    hook.authentication = "UNAUTHENTICATED"

    assert deliver(hook)[0] == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"ref": "refs/heads/other"}', 200),
        (b"{}", 200),
        (b"[1]", 200),
        (b"{", 400),
        (b"", 400),
        (b"[" * 500_000, 400),
    ],
)
def test_a_payload_that_does_not_match_starts_nothing(
    in_memory: InMemory, hook: Webhook, body: bytes, status: int
) -> None:
    hook.authentication = "UNAUTHENTICATED"

    assert deliver(hook, body)[0] == status
    assert executions(in_memory) == []


def test_an_address_that_is_not_there_is_not_found(hook: Webhook) -> None:
    assert webhook_deliveries.deliver(f"{PREFIX}{hook.token}x", {}, PUSH, "127.0.0.1")[0] == 404
    assert webhook_deliveries.deliver(f"{PREFIX}\u00e9", {}, PUSH, "127.0.0.1")[0] == 404


@pytest.mark.parametrize("gone", ["pipeline", "action"])
def test_a_target_that_is_gone_is_remembered(in_memory: InMemory, hook: Webhook, gone: str) -> None:
    hook.authentication = "UNAUTHENTICATED"
    if gone == "pipeline":
        in_memory.store.pipelines.clear()
    else:
        hook.action = "Other"

    assert deliver(hook)[0] == 404
    assert hook.error is not None
    assert hook.error[0] == "TargetNotFound"
