from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from unittest.mock import Mock

import pytest
from botocore.exceptions import ClientError

from lambdas.job import clients
from lambdas.job.action import action, attempt
from lambdas.job.answer import Unanswered
from lambdas.job.ending import Continued, Failed, JobError, Misconfigured, Outcome, Succeeded
from lambdas.job.job import Job

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import CodePipeline, Context

JOB_ID = "2d8f5c8e-6d1c-4f55-9d6e-0a7d5b0e3c11"


def raising(error: Exception) -> Callable[[Job], Outcome]:
    def handler(_job: Job) -> Outcome:
        raise error

    return handler


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (JobError("no tasks.py"), Failed("no tasks.py", "JobFailed")),
        (ZeroDivisionError("by zero"), Failed("ZeroDivisionError: by zero", "JobFailed")),
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


def test_an_event_that_comes_again_is_neither_worked_on_nor_answered_again(
    event: Callable[..., dict[str, Any]],
    context: type[Context],
    codepipeline: CodePipeline,
    capsys: pytest.CaptureFixture[str],
) -> None:
    handled: list[str] = []

    def work(job: Job) -> Outcome:
        handled.append(job.id)
        return Succeeded(f"number {len(handled)}")

    handler = action(work)
    arrived = event()

    handler(arrived, context())
    handler(arrived, context())

    assert handled == [JOB_ID]
    assert codepipeline.answer["executionDetails"] == {"summary": "number 1"}
    assert f"Job {JOB_ID}: was answered before" in capsys.readouterr().out


def test_an_event_whose_job_could_not_be_answered_is_worked_on_again(
    event: Callable[..., dict[str, Any]], context: type[Context], monkeypatch: pytest.MonkeyPatch
) -> None:
    handled: list[str] = []
    refused = ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "PutJobFailureResult")
    handler = action(lambda job: handled.append(job.id) or Failed("no"))
    monkeypatch.setattr(
        clients, "codepipeline", lambda: SimpleNamespace(put_job_failure_result=Mock(side_effect=refused))
    )

    arrived = event()

    for _ in range(2):
        with pytest.raises(Unanswered):
            handler(arrived, context())

    assert handled == [JOB_ID, JOB_ID]


def test_what_a_handler_raises_is_tried_again_in_another_job(
    event: Callable[..., dict[str, Any]],
    context: type[Context],
    codepipeline: CodePipeline,
    capsys: pytest.CaptureFixture[str],
) -> None:
    handler = action(raising(JobError("the network is down")))

    handler(event("retries=2"), context())

    assert codepipeline.answer["executionDetails"] == {"summary": "attempt 1 of 2: the network is down"}
    assert "goes on: attempt 1 of 2: the network is down" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (Misconfigured(["task is missing"]), "ConfigurationError"),
        (ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "GetObject"), "PermissionError"),
    ],
)
def test_what_another_attempt_would_repeat_is_final(
    event: Callable[..., dict[str, Any]],
    context: type[Context],
    codepipeline: CodePipeline,
    error: Exception,
    kind: str,
) -> None:
    handler = action(raising(error))

    handler(event("retries=2"), context())

    assert codepipeline.failure["type"] == kind
    assert codepipeline.failure["message"].startswith("attempt 1 of 2: ")
