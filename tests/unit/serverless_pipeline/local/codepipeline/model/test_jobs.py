"""A job takes one answer."""

from __future__ import annotations

import pytest

from serverless_pipeline.local.codepipeline.model import jobs
from serverless_pipeline.local.codepipeline.model.jobs import Failure, Job, Success
from serverless_pipeline.local.codepipeline.model.refusal import Refusal
from serverless_pipeline.local.codepipeline.model.store import Scope

JOB = Job("j", Scope("000000000000", "us-east-1"), "p", "e", "r", {})
SAME = "already set to the desired value"
OTHER = "Job with id j has already terminated"


def test_the_first_answer_is_kept() -> None:
    answered = jobs.answer(JOB, Success())

    assert answered.result == Success()


@pytest.mark.parametrize("result", [Success(variables={"a": "1"}), Success(token="t"), Failure("JobFailed", "no")])
def test_the_same_answer_again_changes_nothing(result: jobs.Result) -> None:
    answered = jobs.answer(JOB, result)

    assert jobs.answer(answered, result) is answered


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
    answered = jobs.answer(JOB, first)

    with pytest.raises(Refusal, match=message) as refused:
        jobs.answer(answered, second)

    assert refused.value.code == "InvalidJobStateException"


def test_a_token_and_variables_exclude_each_other() -> None:
    with pytest.raises(Refusal) as refused:
        jobs.answer(JOB, Success(token="t", variables={"a": "1"}))

    assert (refused.value.code, refused.value.message) == (
        "ValidationException",
        "A job can not contain both a continuation token and output variables.",
    )


@pytest.mark.parametrize(
    ("size", "accepted"), [(jobs.MOST_VARIABLE_BYTES, True), (jobs.MOST_VARIABLE_BYTES + 1, False)]
)
def test_the_variables_of_an_action_have_a_size_limit(size: int, *, accepted: bool) -> None:
    result = Success(variables={"key": "v" * (size - 3)})

    if accepted:
        assert jobs.answer(JOB, result).result == result
    else:
        with pytest.raises(Refusal) as refused:
            jobs.answer(JOB, result)
        assert refused.value.code == "OutputVariablesSizeExceededException"
