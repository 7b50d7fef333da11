"""Custom actions wait for a worker."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from serverless_pipeline.local.codepipeline.model.action_types import CustomActionType, Property
from serverless_pipeline.local.codepipeline.model.declaration import ActionType
from serverless_pipeline.local.codepipeline.providers import custom
from serverless_pipeline.local.codepipeline.providers.work import Failed, Pending, Provider, Timing

KIND = CustomActionType(
    ActionType("Build", "Custom", "Mill", "1"),
    (1, 2),
    (0, 3),
    (
        Property("Project", required=True, key=True, secret=False, queryable=True),
        Property("Password", required=False, key=False, secret=True),
    ),
)


def test_a_type_becomes_a_provider_that_takes_jobs() -> None:
    assert custom.provider(KIND) == Provider(
        category="Build",
        name="Mill",
        inputs=(1, 2),
        outputs=(0, 3),
        required=("Project",),
        optional=("Password",),
        start=custom.start,
        takes_jobs=True,
        queryable="Project",
    )


def test_an_action_has_a_day_from_its_start_on() -> None:
    run = SimpleNamespace(started=1000.0, action=SimpleNamespace(type=replace(KIND.id)))
    work: Any = SimpleNamespace(run=run, timing=Timing(), now=4600.0)

    outcome = custom.start(work)

    assert outcome == Pending(
        23 * 3600,
        Failed(
            "JobFailed",
            "No job worker of Build/Mill answered the job within 24 hours; let one poll for jobs and retry the stage",
        ),
    )


@pytest.mark.parametrize(("now", "seconds"), [(1000.0, 60.0), (1000.0 + 24 * 3600 - 10, 10.0)])
def test_a_single_job_has_the_time_that_its_type_says_and_the_action_no_more_than_a_day(
    now: float, seconds: float
) -> None:
    run = SimpleNamespace(started=1000.0, action=SimpleNamespace(type=KIND.id))
    work: Any = SimpleNamespace(run=run, timing=Timing(), now=now)

    outcome = custom.provider(replace(KIND, job_timeout=60.0)).start(work)

    assert isinstance(outcome, Pending)
    assert outcome.seconds == seconds
    assert ("within 60 s" in outcome.expired.message) == (seconds == 60.0)
