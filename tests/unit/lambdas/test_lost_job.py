from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from lambdas.lost_job import handler

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.functions import CodePipeline

ARN = "arn:aws:lambda:eu-west-1:111122223333:function:shop-run-task:$LATEST"


def record(event: dict[str, Any], condition: str = "RetriesExhausted", **payload: str) -> dict[str, Any]:
    """What Lambda sends to an on-failure destination."""
    return {
        "version": "1.0",
        "timestamp": "2026-01-01T00:00:00.000Z",
        "requestContext": {"functionArn": ARN, "condition": condition, "approximateInvokeCount": 1},
        "requestPayload": event,
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "responsePayload": payload or None,
    }


@pytest.mark.parametrize(
    ("condition", "payload", "words"),
    [
        (
            "RetriesExhausted",
            {"errorType": "Sandbox.Timedout", "errorMessage": "Task timed out after 900.00 seconds"},
            "at its timeout",
        ),
        (
            "RetriesExhausted",
            {"errorType": "Runtime.OutOfMemory", "errorMessage": "Runtime exited with error: signal: killed"},
            "out of memory",
        ),
        (
            "RetriesExhausted",
            {"errorType": "Runtime.ExitError", "errorMessage": "Runtime exited with error: signal: killed"},
            "out of memory",
        ),
        (
            "RetriesExhausted",
            {"errorType": "Runtime.ExitError", "errorMessage": "Runtime exited with error: exit status 3"},
            "before it had answered",
        ),
        ("EventAgeExceeded", {}, "was not started in time"),
    ],
)
def test_a_lost_job_fails_with_the_function_and_lambdas_reason(
    event: Callable[..., dict[str, Any]],
    codepipeline: CodePipeline,
    condition: str,
    payload: dict[str, str],
    words: str,
) -> None:
    handler(record(event(), condition, **payload), SimpleNamespace(get_remaining_time_in_millis=lambda: 60_000))

    message = codepipeline.failure["message"]
    assert message.startswith("The function shop-run-task ")
    assert words in message
    assert payload.get("errorMessage", "") in message


def test_neither_the_log_nor_an_error_shows_the_event(
    event: Callable[..., dict[str, Any]],
    codepipeline: CodePipeline,
    capsys: pytest.CaptureFixture[str],
) -> None:
    handler(
        record(event("task=package"), errorType="E", errorMessage="m"),
        SimpleNamespace(get_remaining_time_in_millis=lambda: 60_000),
    )
    with pytest.raises(ValueError, match="not Lambda's record") as error:
        handler({"requestPayload": event("task=package")}, SimpleNamespace(get_remaining_time_in_millis=lambda: 60_000))

    shown = "".join(capsys.readouterr()) + str(error.value)
    assert len(codepipeline.answers) == 1
    assert [word for word in ("ASIAEXAMPLE", "a-secret-key", "a-session-token") if word in shown] == []
