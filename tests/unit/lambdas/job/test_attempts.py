from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Literal, TypeAlias

import pytest

from lambdas.job.attempts import KEY, MOST, Attempt
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
    from tests.support.functions import Events

Follow: TypeAlias = Callable[..., list[tuple[Job, Outcome]]]


@pytest.fixture
def follow(event: Events) -> Follow:
    """Let CodePipeline follow the tokens: the job that the handler saw each time, and the outcome for the action."""

    def run(parameters: str, *outcomes: Outcome) -> list[tuple[Job, Outcome]]:
        job = Job.from_event(event(parameters), 900)
        story: list[tuple[Job, Outcome]] = []
        for outcome in outcomes:
            attempt = Attempt.from_job(job)
            conclusion = attempt.conclude(outcome)
            story.append((attempt.job, conclusion))
            if not isinstance(conclusion, Continued):
                break
            job = replace(job, continuation_token=conclusion.token)
        return story

    return run


def token(number: int, own: str | None = None) -> str:
    return json.dumps({"attempt": number, "token": own}, ensure_ascii=False, separators=(",", ":"))


def test_an_action_is_tried_until_it_succeeds_and_tells_the_number(follow: Follow) -> None:
    success = Succeeded("package took 3.2 s", {"Version": "1"})

    story = follow("retries=4", Failed("one"), Failed("two"), success, Failed("never"))

    assert [outcome for _, outcome in story] == [
        Continued(token(2), "attempt 1 of 4: one"),
        Continued(token(3), "attempt 2 of 4: two"),
        Succeeded("attempt 3 of 4: package took 3.2 s", {"Version": "1"}),
    ]


@pytest.mark.parametrize("most", [1, 2, 10])
def test_an_action_fails_with_its_last_attempt(follow: Follow, most: int) -> None:
    story = follow(f"retries={most}", *[Failed("no")] * 20)

    assert len(story) == most
    assert story[-1][1] == Failed(f"attempt {most} of {most}: no")


@pytest.mark.parametrize("kind", ["ConfigurationError", "PermissionError"])
def test_what_another_attempt_would_repeat_fails_at_once(
    follow: Follow, kind: Literal["ConfigurationError", "PermissionError"]
) -> None:
    story = follow("retries=3", Failed("no", kind), Succeeded("never"))

    assert [outcome for _, outcome in story] == [Failed("attempt 1 of 3: no", kind)]


def test_a_handler_sees_its_own_parameters_and_its_own_token(follow: Follow) -> None:
    steps = [
        Continued("10 %", "shifted"),
        Failed("alarm"),
        Continued("20 %"),
        Continued('{"attempt":9}'),
        Succeeded(""),
    ]

    story = follow("type=lambda&retries=2&shift=linear:10:1", *steps)

    assert {job.user_parameters for job, _ in story} == {"type=lambda&shift=linear:10:1"}
    assert [job.continuation_token for job, _ in story] == [None, "10 %", None, "20 %", '{"attempt":9}']
    assert [outcome for _, outcome in story] == [
        Continued(token(1, "10 %"), "attempt 1 of 2: shifted"),
        Continued(token(2), "attempt 1 of 2: alarm"),
        Continued(token(2, "20 %"), "attempt 2 of 2"),
        Continued(token(2, '{"attempt":9}'), "attempt 2 of 2"),
        Succeeded("attempt 2 of 2"),
    ]


def test_without_retries_nothing_of_a_job_is_changed(event: Events) -> None:
    job = Job.from_event(event("task=a&retriesX=1", continuationToken="own"), 900)

    attempt = Attempt.from_job(job)

    assert attempt == Attempt(job, 1, None)
    for outcome in (Succeeded("done"), Continued("own"), Failed("no")):
        assert attempt.conclude(outcome) is outcome


@pytest.mark.parametrize("value", ["0", "11", "-1", "two", "", "1.5", "03", "\u0663"])
def test_another_number_than_1_to_10_is_refused(follow: Follow, value: str) -> None:
    with pytest.raises(Misconfigured, match=rf"retries must be a number of attempts from 1 to 10; it is '{value}'"):
        follow(f"retries={value}", Succeeded("never"))


def test_the_key_and_the_most_attempts_are_those_of_the_documents() -> None:
    assert (KEY, MOST) == ("retries", 10)


@pytest.mark.parametrize(
    "foreign",
    [
        *("own", "", "2", '{"attempt":2', '{"attempt":2}'),
        *('{"attempt":0,"token":null}', '{"attempt":4,"token":null}'),
        *('{"attempt":"2","token":null}', '{"attempt":2,"token":7}'),
    ],
)
def test_a_foreign_or_damaged_token_is_refused(event: Events, foreign: str) -> None:
    job = Job.from_event(event("retries=3", continuationToken=foreign), 900)

    with pytest.raises(
        JobError, match=r"^The continuation token of the job is none that an attempt with retries gave; retry the stage"
    ):
        Attempt.from_job(job)


@pytest.mark.parametrize("number", [1, 3])
def test_a_token_is_read_as_it_was_written(event: Events, number: int) -> None:
    job = Job.from_event(event("retries=3&task=a", continuationToken=token(number, "own")), 900)

    attempt = Attempt.from_job(job)

    assert attempt == Attempt(replace(job, user_parameters="task=a", continuation_token="own"), number, 3)


def test_a_token_that_does_not_fit_beside_the_number_ends_the_action(follow: Follow) -> None:
    ((_, fitting),) = follow("retries=2", Continued("é" * (TOKEN_LIMIT - 24)))
    ((_, too_long),) = follow("retries=2", Continued("é" * (TOKEN_LIMIT - 23)))

    assert isinstance(fitting, Continued)
    assert len(fitting.token) == TOKEN_LIMIT
    assert too_long == Failed(
        "The function's continuation token is too long for an action with retries: with the number of the attempt "
        "it has 2049 characters, and CodePipeline takes 2048"
    )


def test_a_long_failure_keeps_the_number_and_its_last_lines(follow: Follow) -> None:
    message = "The task failed:\n" + "\n".join(f"line {number:04d}" for number in range(498))

    ((_, outcome),) = follow("retries=1", Failed(message))

    assert isinstance(outcome, Failed)
    assert len(message) <= MESSAGE_LIMIT
    assert len(outcome.message) <= MESSAGE_LIMIT
    assert outcome.message.startswith("attempt 1 of 1: The task failed:\nline 0")
    assert outcome.message.endswith("line 0497")
