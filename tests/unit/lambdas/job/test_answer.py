from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from botocore.session import get_session
from botocore.stub import Stubber

from lambdas.job import answer
from lambdas.job.answer import Unanswered, report
from lambdas.job.ending import Continued, Failed, Outcome, Succeeded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_codepipeline import CodePipelineClient

    from tests.support.functions import Log

JOB_ID = "2d8f5c8e-6d1c-4f55-9d6e-0a7d5b0e3c11"
DONE = {"jobId": JOB_ID, "executionDetails": {"summary": "done"}, "outputVariables": {}}
REFUSED = "CodePipeline did not take the answer of the function: "


@pytest.fixture(scope="module")
def client() -> CodePipelineClient:
    return cast(
        "CodePipelineClient",
        get_session().create_client(
            "codepipeline", region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b"
        ),
    )


@pytest.fixture
def stub(client: CodePipelineClient) -> Iterator[Stubber]:
    with Stubber(client) as stub:
        yield stub
        stub.assert_no_pending_responses()


class Failing:
    """A CodePipeline that raises these errors, one after another and the last one again and again, and counts."""

    def __init__(self, *errors: Exception) -> None:
        self._errors = list(errors)
        self.requests: list[dict[str, Any]] = []

    def put_job_success_result(self, **request: Any) -> None:
        self.requests.append(request)
        raise self._errors.pop(0) if len(self._errors) > 1 else self._errors[0]

    put_job_failure_result = put_job_success_result


def give(client: Any, outcome: Outcome, seconds: float = 60) -> list[float]:
    """Give the answer with so many seconds left; the pauses between the tries."""
    pauses: list[float] = []
    report(client, JOB_ID, outcome, time.monotonic() + seconds, pauses.append)
    return pauses


def test_a_success_is_answered_with_its_summary_and_variables(client: CodePipelineClient, stub: Stubber) -> None:
    expected = {
        "jobId": JOB_ID,
        "executionDetails": {"summary": "package took 3.2 s"},
        "outputVariables": {"Version": "20260101-000000"},
    }
    stub.add_response("put_job_success_result", {}, expected)

    give(client, Succeeded("package took 3.2 s", {"Version": "20260101-000000"}))


def test_a_continuation_is_answered_with_its_token_alone(client: CodePipelineClient, stub: Stubber) -> None:
    stub.add_response("put_job_success_result", {}, {"jobId": JOB_ID, "continuationToken": "step-2"})

    give(client, Continued("step-2"))


def test_a_continuation_that_has_words_tells_the_last_of_them(client: CodePipelineClient, stub: Stubber) -> None:
    summary = "attempt 1 of 2: no\n" + "\n".join(f"line {number:04d}" for number in range(1000))
    shortened = "attempt 1 of 2: no\n" + "\n".join(f"line {number:04d}" for number in range(798, 1000))
    expected = {"jobId": JOB_ID, "continuationToken": "step-2", "executionDetails": {"summary": shortened}}
    stub.add_response("put_job_success_result", {}, expected)

    give(client, Continued("step-2", summary))


@pytest.mark.parametrize(("length", "expected"), [(2048, 2048), (2049, 2048)])
def test_a_summary_has_at_most_2048_characters(
    client: CodePipelineClient, stub: Stubber, length: int, expected: int
) -> None:
    details = {"jobId": JOB_ID, "executionDetails": {"summary": "x" * expected}, "outputVariables": {}}
    stub.add_response("put_job_success_result", {}, details)

    give(client, Succeeded("x" * length))


def test_a_failure_is_answered_with_its_type_and_at_most_5000_characters(
    client: CodePipelineClient, stub: Stubber
) -> None:
    details = {"type": "ConfigurationError", "message": "x" * 5000}
    stub.add_response("put_job_failure_result", {}, {"jobId": JOB_ID, "failureDetails": details})

    give(client, Failed("x" * 6000, "ConfigurationError"))


def test_a_failure_without_words_says_so(client: CodePipelineClient, stub: Stubber) -> None:
    details = {"type": "JobFailed", "message": "The function gave no reason"}
    stub.add_response("put_job_failure_result", {}, {"jobId": JOB_ID, "failureDetails": details})

    give(client, Failed(""))


def test_a_refused_success_becomes_a_failure_that_says_so(client: CodePipelineClient, stub: Stubber, log: Log) -> None:
    stub.add_client_error("put_job_success_result", "AccessDeniedException", "not authorized", expected_params=DONE)
    text = (
        f"{REFUSED}An error occurred (AccessDeniedException) when calling "
        "the PutJobSuccessResult operation: not authorized"
    )
    details = {"type": "JobFailed", "message": text}
    stub.add_response("put_job_failure_result", {}, {"jobId": JOB_ID, "failureDetails": details})

    pauses = give(client, Succeeded("done"))

    assert pauses == []
    assert log.lines == [f"Job {JOB_ID}: {text}"]


@pytest.mark.parametrize("code", ["JobNotFoundException", "InvalidJobStateException"])
@pytest.mark.parametrize("outcome", [Succeeded("done"), Failed("no")])
def test_a_job_that_is_over_is_not_answered_again(code: str, outcome: Outcome) -> None:
    codepipeline = Failing(ClientError({"Error": {"Code": code, "Message": "too late"}}, "PutJobSuccessResult"))

    give(codepipeline, outcome)

    assert len(codepipeline.requests) == 1


def test_a_refused_failure_leaves_the_job_to_the_function_that_reports_lost_ones(
    client: CodePipelineClient, stub: Stubber
) -> None:
    stub.add_client_error("put_job_failure_result", "AccessDeniedException", "not authorized")

    with pytest.raises(Unanswered, match=f"^{REFUSED}.*not authorized"):
        give(client, Failed("no"))


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("ThrottlingException", 400),
        ("ConcurrentModificationException", 400),
        ("InternalFailure", 500),
        ("Slow", 503),
    ],
)
def test_an_answer_that_a_busy_codepipeline_did_not_take_is_given_again(
    client: CodePipelineClient, stub: Stubber, log: Log, code: str, status: int
) -> None:
    for _ in range(2):
        stub.add_client_error("put_job_success_result", code, "later", http_status_code=status, expected_params=DONE)
    stub.add_response("put_job_success_result", {}, DONE)

    pauses = give(client, Succeeded("done"))

    assert pauses == [0.25, 0.5]
    assert log.lines[0].startswith(f"Job {JOB_ID}: the answer is given again in 0.25 s: An error occurred ({code})")
    assert len(log.lines) == 2


def test_an_unreachable_codepipeline_is_asked_until_the_time_is_up() -> None:
    codepipeline = Failing(EndpointConnectionError(endpoint_url="https://codepipeline"))

    with pytest.raises(Unanswered, match="Could not connect"):
        give(codepipeline, Succeeded("done"), seconds=0.3)

    assert len(codepipeline.requests) == 2


def test_it_is_asked_more_and_more_rarely_but_every_four_seconds_at_least(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    pauses: list[float] = []

    def sleep(seconds: float) -> None:
        nonlocal now
        pauses.append(seconds)
        now += seconds

    codepipeline = Failing(EndpointConnectionError(endpoint_url="https://codepipeline"))

    with pytest.raises(Unanswered):
        report(cast("CodePipelineClient", codepipeline), JOB_ID, Succeeded("done"), now + 15.75, sleep)

    assert pauses == [0.25, 0.5, 1.0, 2.0, 4.0, 4.0, 4.0]


def test_who_names_no_way_to_wait_waits_by_the_clock() -> None:
    assert report.__defaults__ == (time.sleep,)


def test_an_answer_that_cannot_be_sent_becomes_a_failure(
    client: CodePipelineClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures: list[dict[str, Any]] = []
    monkeypatch.setattr(client, "put_job_failure_result", lambda **request: failures.append(request))

    give(client, Continued(""))

    (failure,) = failures
    assert failure["jobId"] == JOB_ID
    assert failure["failureDetails"]["message"].startswith(f"{REFUSED}Parameter validation failed:\nInvalid length")
    assert "continuationToken" in failure["failureDetails"]["message"]


def test_the_limit_of_a_summary_is_that_of_codepipeline() -> None:
    assert answer._SUMMARY_LIMIT == 2048
