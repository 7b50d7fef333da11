from __future__ import annotations

from typing import TYPE_CHECKING, Any

import clients
import pytest
from action import action, attempt, report
from botocore.exceptions import ClientError, EndpointConnectionError
from botocore.session import get_session
from botocore.stub import Stubber
from ending import Continued, Failed, JobError, Misconfigured, Outcome, Succeeded
from job import Job

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from botocore.client import BaseClient
    from conftest import CodePipeline, Context

    Stubbed = tuple[BaseClient, Stubber]

JOB_ID = "2d8f5c8e-6d1c-4f55-9d6e-0a7d5b0e3c11"


@pytest.fixture
def stubbed() -> Iterator[Stubbed]:
    client = get_session().create_client(
        "codepipeline", region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b"
    )
    with Stubber(client) as stub:
        yield client, stub
        stub.assert_no_pending_responses()


def raising(error: Exception) -> Callable[[Job], Outcome]:
    def handler(_job: Job) -> Outcome:
        raise error

    return handler


def test_a_success_is_answered_with_its_summary_and_variables(stubbed: Stubbed) -> None:
    client, stub = stubbed
    expected = {
        "jobId": JOB_ID,
        "executionDetails": {"summary": "package took 3.2 s"},
        "outputVariables": {"Version": "20260101-000000"},
    }
    stub.add_response("put_job_success_result", {}, expected)

    report(client, JOB_ID, Succeeded("package took 3.2 s", {"Version": "20260101-000000"}))


def test_a_continuation_is_answered_with_its_token_alone(stubbed: Stubbed) -> None:
    client, stub = stubbed
    stub.add_response("put_job_success_result", {}, {"jobId": JOB_ID, "continuationToken": "step-2"})

    report(client, JOB_ID, Continued("step-2"))


def test_a_failure_is_answered_with_its_type_and_at_most_5000_characters(stubbed: Stubbed) -> None:
    client, stub = stubbed
    details = {"type": "ConfigurationError", "message": "x" * 5000}
    stub.add_response("put_job_failure_result", {}, {"jobId": JOB_ID, "failureDetails": details})

    report(client, JOB_ID, Failed("x" * 6000, "ConfigurationError"))


def test_a_refused_success_becomes_a_failure_that_says_so(stubbed: Stubbed, capsys: pytest.CaptureFixture[str]) -> None:
    client, stub = stubbed
    stub.add_client_error("put_job_success_result", "AccessDeniedException", "not authorized")
    text = (
        "CodePipeline refused the answer of the function: An error occurred (AccessDeniedException) when calling "
        "the PutJobSuccessResult operation: not authorized"
    )
    details = {"type": "JobFailed", "message": text}
    stub.add_response("put_job_failure_result", {}, {"jobId": JOB_ID, "failureDetails": details})

    report(client, JOB_ID, Succeeded("done"))

    assert "refused the answer" in capsys.readouterr().out


@pytest.mark.parametrize("code", ["JobNotFoundException", "InvalidJobStateException"])
def test_a_job_that_has_ended_meanwhile_is_not_answered_again(stubbed: Stubbed, code: str) -> None:
    client, stub = stubbed
    stub.add_client_error("put_job_success_result", code, "too late")

    report(client, JOB_ID, Succeeded("done"))


def test_a_refused_failure_is_told_to_the_log_only(stubbed: Stubbed, capsys: pytest.CaptureFixture[str]) -> None:
    client, stub = stubbed
    stub.add_client_error("put_job_failure_result", "AccessDeniedException", "not authorized")

    report(client, JOB_ID, Failed("no"))

    assert "not authorized" in capsys.readouterr().out


def test_an_unreachable_codepipeline_does_not_raise(capsys: pytest.CaptureFixture[str]) -> None:
    class Unreachable:
        def put_job_success_result(self, **_request: str) -> None:
            raise EndpointConnectionError(endpoint_url="https://codepipeline")

    report(Unreachable(), JOB_ID, Succeeded("done"))

    assert "cannot be reached" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (JobError("no tasks.py"), Failed("no tasks.py", "JobFailed")),
        (ZeroDivisionError("by zero"), Failed("ZeroDivisionError: by zero", "JobFailed")),
        (
            ClientError({"Error": {"Code": "AccessDenied", "Message": "no right"}}, "GetObject"),
            Failed("AWS refused GetObject: no right (AccessDenied)", "PermissionError"),
        ),
        (
            ClientError({"Error": {"Code": "NoSuchBucket", "Message": "none"}}, "PutObject"),
            Failed("AWS refused PutObject: none (NoSuchBucket)", "JobFailed"),
        ),
    ],
)
def test_whatever_a_handler_raises_becomes_a_failure(
    event: Callable[..., dict[str, Any]], error: Exception, expected: Failed
) -> None:
    job = Job.from_event(event(), 900)

    assert attempt(raising(error), job) == expected


def test_a_mistake_in_the_configuration_has_aws_own_word_for_it(event: Callable[..., dict[str, Any]]) -> None:
    job = Job.from_event(event(), 900)

    outcome = attempt(raising(Misconfigured(["task is missing"])), job)

    assert outcome.type == "ConfigurationError"


def test_a_handler_answers_once_and_logs_nothing_of_the_credentials(
    event: Callable[..., dict[str, Any]],
    context: type[Context],
    codepipeline: CodePipeline,
    capsys: pytest.CaptureFixture[str],
) -> None:
    handler = action(raising(RuntimeError("a bug")))

    returned = handler(event("task=package"), context())

    shown = "".join(capsys.readouterr())
    assert returned is None
    assert codepipeline.failure == {"type": "JobFailed", "message": "RuntimeError: a bug"}
    assert f"Job {JOB_ID}" in shown
    assert [word for word in ("ASIAEXAMPLE", "a-secret-key", "a-session-token") if word in shown] == []


def test_a_client_is_made_once_and_those_of_jobs_each_for_their_job(
    event: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    credentials = Job.from_event(event(), 900).credentials
    clients._session.cache_clear()

    first, second = clients.artifact_store(credentials), clients.artifact_store(credentials)

    assert clients.sites() is clients.sites()
    assert first is not second
    assert first._request_signer._credentials.access_key == "ASIAEXAMPLE"
    clients._session.cache_clear()
    clients.sites.cache_clear()


def test_work_that_goes_on_is_answered_with_its_token(
    event: Callable[..., dict[str, Any]], context: type[Context], codepipeline: CodePipeline
) -> None:
    handler = action(lambda job: Continued(f"{job.continuation_token} and on"))

    handler(event(continuationToken="on"), context())

    assert codepipeline.answer["continuationToken"] == "on and on"
