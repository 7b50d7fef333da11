"""A job takes one answer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from serverless_pipeline.local.codepipeline.model import jobs
from serverless_pipeline.local.codepipeline.model.jobs import Failure, Job, Success
from serverless_pipeline.local.codepipeline.model.refusal import Refusal
from serverless_pipeline.local.codepipeline.model.scope import Scope
from tests.support.engine import SCOPE
from tests.support.frozen import changeable

JOB = Job("j", Scope("000000000000", "us-east-1"), "p", "e", "r", {})
SAME = (
    "The status of job with id j is already set to the desired value. It cannot be updated with the same status, but"
    " different result or output variables."
)
OTHER = "Job with id j has already terminated"


def test_the_first_answer_is_kept() -> None:
    job = jobs.answer(JOB, Success())

    assert job == replace(JOB, result=Success())


@pytest.mark.parametrize("result", [Success(variables={"a": "1"}), Success(token="t"), Failure("JobFailed", "no")])
def test_the_same_answer_again_changes_nothing(result: jobs.Result) -> None:
    job = jobs.answer(JOB, result)

    assert jobs.answer(job, result) is job


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        (Success(), Success(variables={"a": "1"}), SAME),
        (Success(token="t"), Success(token="u"), SAME),
        (Failure("JobFailed", "no"), Failure("JobFailed", "never"), SAME),
        (Success(), Failure("JobFailed", "no"), OTHER),
        (Failure("JobFailed", "no"), Success(), OTHER),
    ],
)
def test_another_answer_is_refused(first: jobs.Result, second: jobs.Result, message: str) -> None:
    job = jobs.answer(JOB, first)

    with pytest.raises(Refusal) as refused:
        jobs.answer(job, second)

    assert (refused.value.code, refused.value.message) == ("InvalidJobStateException", message)


def test_a_token_and_variables_exclude_each_other() -> None:
    with pytest.raises(Refusal) as refused:
        jobs.answer(JOB, Success(token="t", variables={"a": "1"}))

    assert (refused.value.code, refused.value.message) == (
        "ValidationException",
        "A job can not contain both a continuation token and output variables.",
    )


@pytest.mark.parametrize("letter", ["v", "ü"])
def test_the_variables_of_an_action_may_have_so_many_bytes(letter: str) -> None:
    result = Success(variables={"a": "", "key": letter * ((122_880 - 4) // len(letter.encode()))})

    assert jobs.answer(JOB, result).result == result


@pytest.mark.parametrize("variables", [{"key": "v" * 122_878}, {"k" * 122_881: ""}, {"a": "v" * 122_878, "b": "1"}])
def test_more_bytes_are_refused(variables: dict[str, str]) -> None:
    with pytest.raises(Refusal) as refused:
        jobs.answer(JOB, Success(variables=variables))

    assert (refused.value.code, refused.value.message) == (
        "OutputVariablesSizeExceededException",
        "The output variables have 122881 bytes; an action can have 122880 at most",
    )


def test_a_job_that_is_not_there_is_named() -> None:
    refusal = jobs.unknown("j")

    assert (refusal.code, refusal.message) == ("JobNotFoundException", "Job with id 'j' does not exist")


def test_a_job_belongs_to_the_account_of_its_scope_and_waits_for_its_answer() -> None:
    assert (JOB.account, JOB.result) == ("000000000000", None)


def test_the_data_of_a_job_hold_credentials_and_are_not_shown() -> None:
    shown = repr(Job("j", JOB.scope, "p", "e", "r", {"secretAccessKey": "hush"}))

    assert ("hush" in shown, "id='j'" in shown) == (False, True)


def test_an_answer_says_nothing_more_than_it_is_given() -> None:
    assert vars(Success()) == {"token": "", "variables": {}, "revision": {}, "details": {}}
    assert vars(Failure("JobFailed", "no")) == {"type": "JobFailed", "message": "no", "external_id": ""}


def test_a_job_and_its_answer_cannot_be_changed() -> None:
    assert changeable(JOB, Success(), Failure("JobFailed", "no")) == []


def test_a_job_tells_how_far_it_is() -> None:
    queued = Job("j", SCOPE, "p", "e", "r", {})
    dispatched = replace(queued, nonce="7")
    taken = jobs.acknowledge(dispatched, "7")

    states = [queued, dispatched, taken, jobs.answer(taken, Success()), jobs.answer(taken, Failure("JobFailed", "no"))]

    assert [job.status for job in states] == ["Queued", "Dispatched", "InProgress", "Succeeded", "Failed"]
    assert [job.is_open for job in states] == [True, True, False, False, False]
    assert jobs.acknowledge(taken, "7") == taken


@pytest.mark.parametrize(("nonce", "said"), [("7", "8"), ("7", ""), ("", ""), ("", "7")])
def test_a_job_is_taken_with_the_nonce_of_the_last_time(nonce: str, said: str) -> None:
    with pytest.raises(Refusal) as refused:
        jobs.acknowledge(Job("j", SCOPE, "p", "e", "r", {}, nonce=nonce), said)

    assert refused.value.code == "InvalidNonceException"
