from __future__ import annotations

import ast
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from lambdas import lost_job
from lambdas.job.ending import MESSAGE_LIMIT
from lambdas.lost_job import LostJob, handler
from tests.support.functions import SECRETS, CodePipeline

if TYPE_CHECKING:
    from tests.support.functions import Context, Events, Log

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


class Refusing(CodePipeline):
    """A CodePipeline that takes no answer."""

    exceptions = boto3.client("codepipeline", region_name="eu-west-1").exceptions

    def __init__(self, code: str = "") -> None:
        super().__init__()
        self.code = code

    def put_job_failure_result(self, **request: Any) -> None:
        super().put_job_failure_result(**request)
        if self.code:
            raise ClientError({"Error": {"Code": self.code, "Message": "no"}}, "PutJobFailureResult")


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Refusing:
    service = Refusing()
    monkeypatch.setattr(boto3, "client", lambda name, config: {"codepipeline": service}[name] if config else None)
    return service


def test_a_lost_job_fails_and_nothing_of_the_event_is_logged(
    event: Events, context: type[Context], service: Refusing, log: Log
) -> None:
    request_payload = event("task=package")
    job_id = request_payload["CodePipeline.job"]["id"]

    handler(record(request_payload, errorType="E", errorMessage="m"), context(60))

    message = "The function shop-run-task ended before it had answered; its log has the last lines (Lambda says: E: m)"
    assert service.answer == {"jobId": job_id, "failureDetails": {"type": "JobFailed", "message": message}}
    assert log.lines == [f"Job {job_id}: lost: {message}"]
    assert [secret for secret in SECRETS if secret in "".join(log.lines)] == []


def test_a_message_that_is_too_long_for_codepipeline_is_cut(event: Events, service: Refusing) -> None:
    handler(record(event(), errorType="E", errorMessage="m" * 6000), None)

    assert len(service.failure["message"]) == MESSAGE_LIMIT


@pytest.mark.parametrize("code", ["JobNotFoundException", "InvalidJobStateException"])
def test_a_job_that_is_over_is_let_go(event: Events, service: Refusing, log: Log, code: str) -> None:
    service.code = code

    handler(record(request_payload := event()), None)

    assert f"Job {request_payload['CodePipeline.job']['id']}: is over: " in log.lines[-1]


@pytest.mark.parametrize("code", ["ThrottlingException", "AccessDeniedException", "InternalError"])
def test_an_answer_that_is_not_taken_makes_lambda_try_again(event: Events, service: Refusing, code: str) -> None:
    service.code = code

    with pytest.raises(ClientError):
        handler(record(event()), None)


def test_an_answer_is_given_again_within_the_minute_that_the_function_has(
    event: Events, monkeypatch: pytest.MonkeyPatch
) -> None:
    configs: list[Any] = []

    def client(_name: str, *, config: Any) -> Any:
        configs.append(config)
        return Refusing()

    monkeypatch.setattr(boto3, "client", client)

    handler(record(event()), None)

    (config,) = configs
    attempts, pauses = config.retries["total_max_attempts"], (1, 2, 4, 8, 16)
    assert attempts == len(pauses) + 1
    assert attempts * config.connect_timeout + sum(pauses) < 60


def test_it_needs_nothing_but_python_and_boto3() -> None:
    tree = ast.parse(Path(lost_job.__file__).read_text())
    names = {
        name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [one.name for one in node.names])
    }

    assert names - set(sys.stdlib_module_names) == {"boto3", "botocore"}
