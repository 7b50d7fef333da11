from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable


def test_health_tells_the_process(ask: Callable[..., Any]) -> None:
    answer = ask("/_local/health")

    assert answer.status == 200
    assert json.loads(answer.body)["pid"] > 1


@pytest.mark.parametrize(
    "path", ["/_ministack/reset", "/_ministack/config", "/_ministack/lambda-code/f", "/_aws/sqs/messages"]
)
def test_ministacks_own_addresses_are_shut(ask: Callable[..., Any], path: str) -> None:
    assert ask(path).status == 404
    assert ask(path, method="POST", data=b"{}").status == 404


def test_a_name_that_resolves_to_this_machine_is_turned_away(ask: Callable[..., Any]) -> None:
    assert ask("/_local/health", headers={"Host": "evil.example"}).status == 421
    assert ask("/", headers={"Host": "abc.execute-api.127.0.0.1:4566"}).status == 421


def test_an_unknown_pipeline_is_named(ask: Callable[..., Any]) -> None:
    answer = ask("/_pipeline/nobody")

    assert answer.status == 404
    assert b"nobody" in answer.body
