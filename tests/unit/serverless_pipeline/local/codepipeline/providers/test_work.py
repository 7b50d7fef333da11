"""What a provider gets and may answer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from serverless_pipeline.local.codepipeline.model.action_run import ActionRun
from serverless_pipeline.local.codepipeline.model.declaration import Action, ActionType
from serverless_pipeline.local.codepipeline.providers.work import (
    Failed,
    Pending,
    Provider,
    Succeeded,
    Timing,
    Work,
    Working,
)
from serverless_pipeline.local.iam.credentials import Credentials
from tests.support.engine import REGION, SCOPE
from tests.support.frozen import changeable

if TYPE_CHECKING:
    from serverless_pipeline.local.codepipeline.providers.work import Outcome

ACTION = Action("Build", ActionType("Invoke", "AWS", "Lambda", "1"))
RUN = ActionRun("run", "e", "Commit", ACTION, 1, 1, "ada")
WORK = Work(SCOPE, "p", RUN, Credentials("r", "u", REGION, "k", "s", "t"), Timing(), now=10)


def test_the_service_waits_as_long_as_aws_does() -> None:
    """20 minutes for an answer, 24 hours for an action, 7 days for an approval; a second between two jobs."""
    aws = {"answer": 1200, "action": 86_400, "approval": 604_800}
    assert vars(Timing()) == {**aws, "continuation": 1, "look": 0.25, "detect": 1}


@pytest.mark.parametrize(("own", "region"), [("", REGION), ("us-east-1", "us-east-1")])
def test_work_is_done_in_the_region_of_the_action_or_of_the_pipeline(own: str, region: str) -> None:
    work = replace(WORK, run=replace(RUN, action=replace(ACTION, region=own)))

    assert work.region == region


def test_work_has_neither_key_nor_token_nor_override_nor_job_unless_it_gets_them() -> None:
    assert (WORK.key_id, WORK.continuation, WORK.override, WORK.job) == ("", "", {}, None)


def test_an_outcome_says_nothing_more_than_it_is_told() -> None:
    late = Failed("JobFailed", "late")

    links = {"external_id": "", "external_url": ""}
    nothing = {"summary": "", "log_stream": "", **links}
    assert vars(Succeeded()) == {**nothing, "percent": None, "variables": {}, "revision": None}
    assert vars(late) == {"code": "JobFailed", "message": "late", **nothing}
    assert vars(Pending(5, late)) == {"seconds": 5, "expired": late, "token": "", **links}
    assert vars(Working("t")) == {"token": "t", "progress": Succeeded()}


def test_a_provider_takes_no_jobs_unless_it_says_so() -> None:
    def start(_work: Work) -> Outcome:
        return Succeeded()

    assert Provider("Invoke", "Lambda", (0, 1), (0, 1), (), (), start).takes_jobs is False


def test_what_a_provider_gets_and_answers_cannot_be_changed() -> None:
    late = Failed("JobFailed", "late")
    provider = Provider("Invoke", "Lambda", (0, 1), (0, 1), (), (), lambda _work: late)

    assert changeable(WORK, Timing(), late, Succeeded(), Pending(5, late), Working("t"), provider) == []


def test_a_timing_is_read_where_it_differs() -> None:
    assert Timing.read("") == Timing()
    assert Timing.read("answer=60,look=0.5") == Timing(answer=60, look=0.5)
