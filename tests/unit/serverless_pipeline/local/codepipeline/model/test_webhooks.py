"""What somebody outside may start."""

from __future__ import annotations

from typing import Any

import pytest

from serverless_pipeline.local.codepipeline.model.refusal import Refusal
from serverless_pipeline.local.codepipeline.model.webhooks import PREFIX, Filter, Webhook
from serverless_pipeline.local.gate import places
from tests.support.engine import ACCOUNT, REGION, SCOPE
from tests.support.frozen import changeable

PUSH = {"ref": "refs/heads/main", "commits": [{"id": "c0", "n": 1}], "odd key": True, "nothing": None}


@pytest.mark.parametrize(
    ("path", "value", "matches"),
    [
        ("$.ref", "refs/heads/{Branch}", True),
        ("$.ref", "refs/heads/{Other}", False),
        ("$.ref", "refs/heads/mai", False),
        ("$.ref", None, True),
        ("$.nothing", None, True),
        ("$.missing", None, False),
        ("$.missing", "x", False),
        ("$.commits[0].id", "c0", True),
        ("$.commits[0].n", "1", True),
        ("$.commits[1].id", None, False),
        ("$.commits.id", None, False),
        ("$.ref[0]", None, False),
        ("$['odd key']", "true", True),
        ("$", None, True),
    ],
)
def test_a_filter_looks_at_a_place_of_the_payload(path: str, value: str | None, matches: bool) -> None:  # noqa: FBT001
    filter_ = Filter(path, value)

    filter_.check()

    assert filter_.matches(PUSH, {"Branch": "main"}) is matches


@pytest.mark.parametrize("path", ["$..ref", "$.commits[*].id", "ref", "$.a[?(@.b)]", "$.a[-1]", ""])
def test_what_of_jsonpath_is_not_read_is_refused(path: str) -> None:
    with pytest.raises(Refusal) as refused:
        Filter(path).check()

    assert refused.value.code == "InvalidWebhookFilterPatternException"
    assert f"not '{path}'" in refused.value.message


def webhook(*filters: Filter, **more: Any) -> Webhook:
    return Webhook(SCOPE, "hook", "p", "Source", filters, "UNAUTHENTICATED", **more)


def test_every_filter_has_to_match() -> None:
    right, wrong = Filter("$.ref"), Filter("$.missing")

    assert (webhook(right).accepts(PUSH, {}), webhook(right, wrong).accepts(PUSH, {})) == (True, False)


def test_a_webhook_has_an_arn_and_a_token_of_its_own_that_it_does_not_tell() -> None:
    first, second = webhook(secret="between us"), webhook()

    assert first.arn == f"arn:aws:codepipeline:{REGION}:{ACCOUNT}:webhook:hook"
    assert first.token != second.token
    assert (first.token in repr(first), "between us" in repr(first)) == (False, False)


def test_a_filter_cannot_be_changed() -> None:
    assert changeable(Filter("$.ref")) == []


def test_the_gate_lets_pass_where_webhooks_answer() -> None:
    assert places.WEBHOOKS == PREFIX
