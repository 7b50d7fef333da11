from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lambdas.job.attempts import retried
from lambdas.job.ending import (
    MESSAGE_LIMIT,
    TOKEN_LIMIT,
    Continued,
    Failed,
    JobError,
    Misconfigured,
    Outcome,
    Succeeded,
)
from lambdas.job.job import Job

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def jobs(event: Callable[..., dict[str, Any]]) -> Callable[..., Iterator[tuple[Job, Outcome]]]:
    """Let CodePipeline follow the tokens: what the handler saw in each job, and what the job was answered."""

    def run(parameters: str, *outcomes: Outcome) -> Iterator[tuple[Job, Outcome]]:
        token: dict[str, str] = {}
        for outcome in outcomes:
            seen: list[Job] = []
            handler = retried(lambda job, outcome=outcome, seen=seen: seen.append(job) or outcome)
            answer = handler(Job.from_event(event(parameters, **token), 900))
            yield seen[0], answer
            if not isinstance(answer, Continued):
                return
            token = {"continuationToken": answer.token}

    return run


def test_an_action_is_tried_until_it_succeeds_and_tells_the_number(
    jobs: Callable[..., Iterator[tuple[Job, Outcome]]],
) -> None:
    done = Succeeded("package took 3.2 s", {"Version": "1"})

    answers = [answer for _, answer in jobs("retries=4", Failed("one"), Failed("two"), done, Failed("never"))]

    assert [answer.summary for answer in answers] == [
        "attempt 1 of 4: one",
        "attempt 2 of 4: two",
        "attempt 3 of 4: package took 3.2 s",
    ]
    assert answers[2].variables == {"Version": "1"}


@pytest.mark.parametrize("most", [1, 2, 10])
def test_an_action_fails_with_its_last_attempt(jobs: Callable[..., Iterator[tuple[Job, Outcome]]], most: int) -> None:
    answers = [answer for _, answer in jobs(f"retries={most}", *[Failed("no")] * 20)]

    assert len(answers) == most
    assert answers[-1] == Failed(f"attempt {most} of {most}: no")


@pytest.mark.parametrize("kind", ["ConfigurationError", "PermissionError"])
def test_what_another_attempt_would_repeat_fails_at_once(
    jobs: Callable[..., Iterator[tuple[Job, Outcome]]], kind: Any
) -> None:
    answers = [answer for _, answer in jobs("retries=3", Failed("no", kind), Succeeded("never"))]

    assert answers == [Failed("attempt 1 of 3: no", kind)]


def test_a_handler_sees_its_own_parameters_and_its_own_token(
    jobs: Callable[..., Iterator[tuple[Job, Outcome]]],
) -> None:
    steps = [
        Continued("10 %", "shifted"),
        Failed("alarm"),
        Continued("20 %"),
        Continued('{"attempt":9}'),
        Succeeded(""),
    ]

    story = list(jobs("type=lambda&retries=2&shift=linear:10:1", *steps))

    assert {job.user_parameters for job, _ in story} == {"type=lambda&shift=linear:10:1"}
    assert [job.continuation_token for job, _ in story] == [None, "10 %", None, "20 %", '{"attempt":9}']
    assert [answer.summary for _, answer in story] == [
        "attempt 1 of 2: shifted",
        "attempt 1 of 2: alarm",
        "attempt 2 of 2",
        "attempt 2 of 2",
        "attempt 2 of 2",
    ]


def test_without_retries_nothing_of_a_job_is_changed(jobs: Callable[..., Iterator[tuple[Job, Outcome]]]) -> None:
    story = list(jobs("task=a&retriesX=1", Continued("own"), Failed("no")))

    assert [(job.user_parameters, job.continuation_token) for job, _ in story] == [
        ("task=a&retriesX=1", None),
        ("task=a&retriesX=1", "own"),
    ]
    assert [answer for _, answer in story] == [Continued("own"), Failed("no")]


@pytest.mark.parametrize("value", ["0", "11", "-1", "two", "", "1.5", "03", "\u0663"])
def test_another_number_than_1_to_10_is_refused(jobs: Callable[..., Iterator[tuple[Job, Outcome]]], value: str) -> None:
    with pytest.raises(Misconfigured, match=r"retries must be a number of attempts from 1 to 10; it is '"):
        list(jobs(f"retries={value}", Succeeded("never")))


@pytest.mark.parametrize(
    "token",
    [
        *("own", "", "2", '{"attempt":2', '{"attempt":2}'),
        *('{"attempt":0,"token":null}', '{"attempt":4,"token":null}'),
        *('{"attempt":"2","token":null}', '{"attempt":2,"token":7}'),
    ],
)
def test_a_foreign_or_damaged_token_ends_the_action_before_its_work(
    event: Callable[..., dict[str, Any]], token: str
) -> None:
    worked: list[Job] = []
    handler = retried(lambda job: worked.append(job) or Succeeded("never"))

    with pytest.raises(JobError, match="token of the job is none that an attempt with retries gave; retry the stage"):
        handler(Job.from_event(event("retries=3", continuationToken=token), 900))

    assert worked == []


def test_a_token_that_does_not_fit_beside_the_number_is_told(
    jobs: Callable[..., Iterator[tuple[Job, Outcome]]],
) -> None:
    ((_, fitting),) = jobs("retries=1", Continued("é" * (TOKEN_LIMIT - 24)))
    with pytest.raises(JobError, match=r"too long .* it has 2049 characters, and CodePipeline takes 2048"):
        list(jobs("retries=1", Continued("é" * (TOKEN_LIMIT - 23))))

    assert len(fitting.token) == TOKEN_LIMIT


def test_a_long_failure_keeps_the_number_and_its_last_lines(
    jobs: Callable[..., Iterator[tuple[Job, Outcome]]],
) -> None:
    message = "The task failed:\n" + "\n".join(f"line {number:04d}" for number in range(498))

    ((_, answer),) = jobs("retries=1", Failed(message))

    assert len(message) <= MESSAGE_LIMIT
    assert len(answer.message) <= MESSAGE_LIMIT
    assert answer.message.startswith("attempt 1 of 1: The task failed:\nline 0")
    assert answer.message.endswith("line 0497")
