"""The time is one that is allowed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from serverless_pipeline.local.codepipeline.model.action_run import ActionRun
from serverless_pipeline.local.codepipeline.model.declaration import Action, ActionType
from serverless_pipeline.local.codepipeline.providers import rule_deployment_window
from serverless_pipeline.local.codepipeline.providers.work import Failed, Outcome, Succeeded, Work, Working
from serverless_pipeline.local.iam.credentials import Credentials
from tests.support.engine import REGION, SCOPE, TIMING

RULE = Action("Check", ActionType("Rule", "AWS", "DeploymentWindow", "1"))
OFFICE = "* * 9-17 ? * MON-FRI *"
THURSDAY_NOON = datetime(2026, 11, 26, 12, 30, 17, tzinfo=UTC)
SATURDAY = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)


def at(moment: datetime, cron: str = OFFICE, **configuration: str) -> Outcome:
    run = ActionRun(*("run", "e", "Prod", RULE, 1, 1, "ada"), resolved_configuration={"Cron": cron, **configuration})
    credentials = Credentials("r", "u", REGION, "k", "s", "t")
    return rule_deployment_window.start(Work(SCOPE, "p", run, credentials, TIMING, now=moment.timestamp()))


@pytest.mark.parametrize("cron", [OFFICE, "* * 9-17 ? * MON-FRI", "* 30 12 26 11 ? 2026"])
def test_a_window_that_is_open_lets_in(cron: str) -> None:
    assert at(THURSDAY_NOON, cron) == Succeeded(f"The window '{cron}' (UTC) is open")


def test_a_window_that_is_closed_is_waited_for() -> None:
    words = f"The window '{OFFICE}' opens at 2026-11-30T09:00+00:00"

    assert at(SATURDAY) == Working("waiting", Succeeded(words))


def test_a_window_is_open_where_it_is() -> None:
    moment = datetime(2026, 11, 26, 8, 30, tzinfo=UTC)

    assert isinstance(at(moment), Working)
    assert isinstance(at(moment, TimeZone="Europe/Berlin"), Succeeded)


def test_a_window_that_is_over_for_good_fails() -> None:
    cron = "* * * 1 1 ? 2020"

    assert at(THURSDAY_NOON, cron) == Failed("JobFailed", f"The window '{cron}' never opens again")


@pytest.mark.parametrize("cron", ["", "0 * 9-17 ? * MON-FRI *", "* * 9-17", "* * 9 * * MON-FRI *", "rate(5 minutes)"])
def test_what_is_no_window_is_said(cron: str) -> None:
    outcome = at(THURSDAY_NOON, cron)

    assert isinstance(outcome, Failed)
    assert outcome.code == "ConfigurationError"
    assert outcome.message.startswith(f"'{cron}' is no expression of a window")


@pytest.mark.parametrize("zone", ["Nowhere/Land", "../etc", ""])
def test_a_time_zone_that_is_not_there_is_named(zone: str) -> None:
    outcome = at(THURSDAY_NOON, TimeZone=zone)

    assert outcome == Failed("ConfigurationError", f"There is no time zone {zone}; write one such as Europe/Berlin")
