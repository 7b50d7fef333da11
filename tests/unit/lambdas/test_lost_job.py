from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lambdas import lost_job
from lambdas.job.ending import Failed
from lambdas.lost_job import LostJob, handler
from tests.support.functions import SECRETS

if TYPE_CHECKING:
    from tests.support.functions import CodePipeline, Context, Events, Log

ARN = "arn:aws:lambda:eu-west-1:111122223333:function:shop-run-task:$LATEST"
KILLED = "Runtime exited with error: signal: killed"


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
    ("condition", "error", "ending"),
    [
        (
            "RetriesExhausted",
            "Sandbox.Timedout: Task timed out after 900.00 seconds",
            "ran until Lambda ended it at its timeout; let the action do less, or raise the function's timeout",
        ),
        (
            "RetriesExhausted",
            f"Runtime.OutOfMemory: {KILLED}",
            "was killed, most likely because it ran out of memory; raise the setting memory",
        ),
        (
            "RetriesExhausted",
            "Runtime.OutOfMemory",
            "was killed, most likely because it ran out of memory; raise the setting memory",
        ),
        (
            "RetriesExhausted",
            f"Runtime.ExitError: {KILLED}",
            "was killed, most likely because it ran out of memory; raise the setting memory",
        ),
        (
            "RetriesExhausted",
            "Runtime.ExitError: Runtime exited with error: exit status 3",
            "ended before it had answered; its log has the last lines",
        ),
        ("RetriesExhausted", "", "ended before it had answered; its log has the last lines"),
        (
            "EventAgeExceeded",
            "",
            "was not started in time; look at the concurrency that the account leaves to it, and retry the stage",
        ),
        (
            "EventAgeExceeded",
            "Task timed out",
            "was not started in time; look at the concurrency that the account leaves to it, and retry the stage",
        ),
    ],
)
def test_a_message_names_the_function_how_it_ended_and_lambdas_reason(condition: str, error: str, ending: str) -> None:
    reason = f" (Lambda says: {error})" if error else ""

    message = LostJob("id", "shop-run-task", condition, error).message

    assert message == f"The function shop-run-task {ending}{reason}"


@pytest.mark.parametrize(
    ("payload", "error"),
    [
        ({"errorType": "Runtime.ExitError", "errorMessage": KILLED}, f"Runtime.ExitError: {KILLED}"),
        ({"errorMessage": "Task timed out"}, "Task timed out"),
        ({"errorType": "E", "errorMessage": "", "stackTrace": "x"}, "E"),
        ({}, ""),
    ],
)
def test_a_record_tells_the_job_the_function_and_its_error(event: Events, payload: dict[str, str], error: str) -> None:
    request_payload = event()

    lost = LostJob.from_record(record(request_payload, "EventAgeExceeded", **payload))

    assert lost == LostJob(request_payload["CodePipeline.job"]["id"], "shop-run-task", "EventAgeExceeded", error)


def test_a_record_without_an_answer_of_the_function_has_no_error(event: Events) -> None:
    document = record(event())
    del document["responsePayload"]

    assert LostJob.from_record(document).error == ""


@pytest.mark.parametrize(
    "harm",
    [
        {"requestContext": None},
        {"requestContext": {"functionArn": "arn:aws:lambda", "condition": "x"}},
        {"requestContext": {"functionArn": 7, "condition": "x"}},
        {"requestPayload": {"Records": []}},
        {"responsePayload": 7},
    ],
)
def test_another_record_is_refused_without_showing_it(event: Events, harm: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"^This is not Lambda's record of a CodePipeline job that failed$") as caught:
        LostJob.from_record(record(event()) | harm)

    assert caught.value.__suppress_context__


def test_a_lost_job_fails_and_nothing_of_the_event_is_logged(
    event: Events, context: type[Context], codepipeline: CodePipeline, log: Log
) -> None:
    request_payload = event("task=package")
    job_id = request_payload["CodePipeline.job"]["id"]

    handler(record(request_payload, errorType="E", errorMessage="m"), context(60))

    message = "The function shop-run-task ended before it had answered; its log has the last lines (Lambda says: E: m)"
    assert codepipeline.answer == {"jobId": job_id, "failureDetails": {"type": "JobFailed", "message": message}}
    assert log.lines == [f"Job {job_id}: lost: {message}"]
    assert [secret for secret in SECRETS if secret in "".join(log.lines)] == []


def test_the_answer_is_tried_until_five_seconds_before_the_function_ends(
    event: Events, context: type[Context], codepipeline: CodePipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.monotonic", lambda: 1000.0)
    reports: list[tuple[Any, ...]] = []
    monkeypatch.setattr(lost_job, "report", lambda *arguments: reports.append(arguments))
    request_payload = event()

    handler(record(request_payload), context(60))

    failed = Failed("The function shop-run-task ended before it had answered; its log has the last lines")
    assert reports == [(codepipeline, request_payload["CodePipeline.job"]["id"], failed, 1055.0)]
