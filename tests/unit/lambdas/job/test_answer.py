from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import EndpointConnectionError
from botocore.session import get_session
from botocore.stub import Stubber

from lambdas.job.answer import Unanswered, report
from lambdas.job.ending import Continued, Failed, Outcome, Succeeded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.client import BaseClient

    Stubbed = tuple[BaseClient, Stubber]

JOB_ID = "2d8f5c8e-6d1c-4f55-9d6e-0a7d5b0e3c11"
DONE = {"jobId": JOB_ID, "executionDetails": {"summary": "done"}, "outputVariables": {}}


@pytest.fixture
def stubbed() -> Iterator[Stubbed]:
    client = get_session().create_client(
        "codepipeline", region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b"
    )
    with Stubber(client) as stub:
        yield client, stub
        stub.assert_no_pending_responses()


def answered(client: Any, job_id: str, outcome: Outcome, seconds: float = 60) -> list[float]:
    """Give the answer with so many seconds left; the pauses that were made."""
    pauses: list[float] = []
    report(client, job_id, outcome, time.monotonic() + seconds, pauses.append)
    return pauses


def test_a_success_is_answered_with_its_summary_and_variables(stubbed: Stubbed) -> None:
    client, stub = stubbed
    expected = {
        "jobId": JOB_ID,
        "executionDetails": {"summary": "package took 3.2 s"},
        "outputVariables": {"Version": "20260101-000000"},
    }
    stub.add_response("put_job_success_result", {}, expected)

    answered(client, JOB_ID, Succeeded("package took 3.2 s", {"Version": "20260101-000000"}))


def test_a_continuation_is_answered_with_its_token_alone(stubbed: Stubbed) -> None:
    client, stub = stubbed
    stub.add_response("put_job_success_result", {}, {"jobId": JOB_ID, "continuationToken": "step-2"})

    answered(client, JOB_ID, Continued("step-2"))


def test_a_continuation_that_has_words_tells_the_last_of_them(stubbed: Stubbed) -> None:
    client, stub = stubbed
    summary = "attempt 1 of 2: no\n" + "\n".join(f"line {number:04d}" for number in range(1000))
    kept = "attempt 1 of 2: no\n" + "\n".join(f"line {number:04d}" for number in range(798, 1000))
    expected = {"jobId": JOB_ID, "continuationToken": "step-2", "executionDetails": {"summary": kept}}
    stub.add_response("put_job_success_result", {}, expected)

    answered(client, JOB_ID, Continued("step-2", summary))


def test_a_failure_is_answered_with_its_type_and_at_most_5000_characters(stubbed: Stubbed) -> None:
    client, stub = stubbed
    details = {"type": "ConfigurationError", "message": "x" * 5000}
    stub.add_response("put_job_failure_result", {}, {"jobId": JOB_ID, "failureDetails": details})

    answered(client, JOB_ID, Failed("x" * 6000, "ConfigurationError"))


def test_a_refused_success_becomes_a_failure_that_says_so(stubbed: Stubbed, capsys: pytest.CaptureFixture[str]) -> None:
    client, stub = stubbed
    stub.add_client_error("put_job_success_result", "AccessDeniedException", "not authorized")
    text = (
        "CodePipeline did not take the answer of the function: An error occurred (AccessDeniedException) when calling "
        "the PutJobSuccessResult operation: not authorized"
    )
    details = {"type": "JobFailed", "message": text}
    stub.add_response("put_job_failure_result", {}, {"jobId": JOB_ID, "failureDetails": details})

    answered(client, JOB_ID, Succeeded("done"))

    assert "did not take the answer" in capsys.readouterr().out


@pytest.mark.parametrize("code", ["JobNotFoundException", "InvalidJobStateException"])
def test_a_job_that_has_ended_meanwhile_is_not_answered_again(stubbed: Stubbed, code: str) -> None:
    client, stub = stubbed
    stub.add_client_error("put_job_success_result", code, "too late")

    answered(client, JOB_ID, Succeeded("done"))


def test_a_refused_failure_leaves_the_job_to_the_function_that_reports_lost_ones(stubbed: Stubbed) -> None:
    client, stub = stubbed
    stub.add_client_error("put_job_failure_result", "AccessDeniedException", "not authorized")

    with pytest.raises(Unanswered, match="not authorized"):
        answered(client, JOB_ID, Failed("no"))


@pytest.mark.parametrize(("code", "status"), [("ThrottlingException", 400), ("InternalFailure", 500), ("Slow", 503)])
def test_an_answer_that_a_busy_codepipeline_did_not_take_is_given_again(
    stubbed: Stubbed, code: str, status: int
) -> None:
    client, stub = stubbed
    for _ in range(2):
        stub.add_client_error("put_job_success_result", code, "later", http_status_code=status, expected_params=DONE)
    stub.add_response("put_job_success_result", {}, DONE)

    assert answered(client, JOB_ID, Succeeded("done")) == [0.25, 0.5]


def test_an_unreachable_codepipeline_is_asked_until_the_time_is_up() -> None:
    class Unreachable:
        tries = 0

        def put_job_success_result(self, **_request: Any) -> None:
            self.tries += 1
            raise EndpointConnectionError(endpoint_url="https://codepipeline")

    codepipeline = Unreachable()

    with pytest.raises(Unanswered, match="Could not connect"):
        answered(codepipeline, JOB_ID, Succeeded("done"), seconds=0.3)

    assert codepipeline.tries == 2


def test_an_answer_that_cannot_be_sent_becomes_a_failure() -> None:
    client = get_session().create_client(
        "codepipeline", region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b"
    )
    failures: list[dict[str, Any]] = []
    client.put_job_failure_result = lambda **request: failures.append(request)

    answered(client, JOB_ID, Continued(""))

    (failure,) = failures
    assert "continuationToken" in failure["failureDetails"]["message"]
