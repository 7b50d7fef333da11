"""An approval waits for somebody's yes or no."""

from __future__ import annotations

import uuid
from dataclasses import replace

from serverless_pipeline.local.codepipeline.model.action_run import ActionRun
from serverless_pipeline.local.codepipeline.model.declaration import Action, ActionType
from serverless_pipeline.local.codepipeline.providers import approval_manual
from serverless_pipeline.local.codepipeline.providers.work import Failed, Ignored, Pending, Work, unchecked
from serverless_pipeline.local.iam.credentials import Credentials
from tests.support.engine import REGION, SCOPE, TIMING

EXPIRED = Failed("JobFailed", "Nobody approved or rejected the action in time; retry the stage to ask again")


def start(timeout_minutes: int | None = None) -> Pending:
    action = Action("Gate", ActionType("Approval", "AWS", "Manual", "1"), timeout_minutes=timeout_minutes)
    run = ActionRun("run", "e", "Commit", action, 1, 1, "ada")
    outcome = approval_manual.start(Work(SCOPE, "p", run, Credentials("r", "u", REGION, "k", "s", "t"), TIMING, now=10))
    assert isinstance(outcome, Pending)
    return outcome


def test_an_approval_waits_as_long_as_the_service_does_and_fails_then() -> None:
    assert replace(start(), token="") == Pending(TIMING.approval, EXPIRED)


def test_an_approval_waits_as_many_minutes_as_it_declares() -> None:
    assert replace(start(5), token="") == Pending(300, EXPIRED)


def test_each_time_that_it_is_asked_for_has_a_token_of_its_own() -> None:
    first, second = start().token, start().token

    assert first != second
    assert [str(uuid.UUID(token)) for token in (first, second)] == [first, second]


def test_an_approval_takes_no_artifacts_and_the_configuration_that_aws_documents() -> None:
    assert vars(approval_manual.PROVIDER) == {
        "category": "Approval",
        "name": "Manual",
        "inputs": (0, 0),
        "outputs": (0, 0),
        "required": (),
        "optional": ("CustomData", "ExternalEntityLink", "NotificationArn"),
        "timeout": 3600.0,
        "check": unchecked,
        "start": approval_manual.start,
        "takes_jobs": False,
        "ignored": (Ignored("NotificationArn", "the embedded AWS tells no topic of an approval that waits"),),
    }
