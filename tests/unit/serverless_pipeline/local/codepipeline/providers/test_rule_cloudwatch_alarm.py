"""An alarm is not in the states that must not be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.stub import Stubber

from serverless_pipeline.local.codepipeline.model.action_run import ActionRun
from serverless_pipeline.local.codepipeline.model.declaration import Action, ActionType
from serverless_pipeline.local.codepipeline.providers import rule_cloudwatch_alarm
from serverless_pipeline.local.codepipeline.providers.work import Failed, Succeeded, Work, Working
from serverless_pipeline.local.iam.credentials import Credentials
from tests.support.engine import REGION, SCOPE, TIMING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

RULE = Action("Check", ActionType("Rule", "AWS", "CloudWatchAlarm", "1"))


def work(now: float = 100, condition: str = "BEFORE_ENTRY", configuration: Mapping[str, str] | None = None) -> Work:
    run = ActionRun(
        *("run", "e", "Prod", RULE, 100, 100, "ada"),
        resolved_configuration={"AlarmName": "errors", **(configuration or {})},
        condition=condition,
    )
    return Work(SCOPE, "p", run, Credentials("the-role", "u", REGION, "k", "s", "t"), TIMING, now=now)


@pytest.fixture
def cloudwatch(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    client = boto3.client("cloudwatch", region_name=REGION, aws_access_key_id="k", aws_secret_access_key="s")
    clients: dict[tuple[str, str], Any] = {("cloudwatch", REGION): client}
    monkeypatch.setattr(Credentials, "client", lambda _self, service, region: clients[service, region])
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def alarm(cloudwatch: Stubber, state: str, kind: str = "MetricAlarms") -> None:
    cloudwatch.add_response("describe_alarms", {kind: [{"StateValue": state}]}, {"AlarmNames": ["errors"]})


BEFORE, AFTER = "BEFORE_ENTRY", "ON_SUCCESS"
TWO = {"WaitTime": "2"}
OK, LOUD, UNKNOWN = (Succeeded(f"The alarm errors is {state}") for state in ("OK", "ALARM", "INSUFFICIENT_DATA"))


@pytest.mark.parametrize(
    ("state", "job", "outcome"),
    [
        ("OK", work(), OK),
        ("ALARM", work(), Failed("JobFailed", LOUD.summary)),
        ("ALARM", work(100, BEFORE, TWO), Working("waiting", LOUD)),
        ("OK", work(150, BEFORE, TWO), OK),
        ("ALARM", work(220, BEFORE, TWO), Failed("JobFailed", LOUD.summary)),
        ("OK", work(100, AFTER, TWO), Working("waiting", OK)),
        ("ALARM", work(110, AFTER, TWO), Failed("JobFailed", LOUD.summary)),
        ("OK", work(220, AFTER, TWO), OK),
        ("INSUFFICIENT_DATA", work(), UNKNOWN),
        (
            "INSUFFICIENT_DATA",
            work(configuration={"AlarmStates": "ALARM, INSUFFICIENT_DATA"}),
            Failed("JobFailed", UNKNOWN.summary),
        ),
    ],
)
def test_an_alarm_decides_at_once_or_when_the_time_is_over(
    cloudwatch: Stubber, state: str, job: Work, outcome: object
) -> None:
    alarm(cloudwatch, state)

    assert rule_cloudwatch_alarm.start(job) == outcome


def test_an_alarm_of_alarms_counts_as_well(cloudwatch: Stubber) -> None:
    alarm(cloudwatch, "OK", "CompositeAlarms")

    assert rule_cloudwatch_alarm.start(work()) == Succeeded("The alarm errors is OK")


def test_an_alarm_that_is_not_there_is_named(cloudwatch: Stubber) -> None:
    cloudwatch.add_response("describe_alarms", {}, {"AlarmNames": ["errors"]})

    assert rule_cloudwatch_alarm.start(work()) == Failed("ConfigurationError", "There is no alarm errors")


def test_a_role_that_may_not_look_is_named(cloudwatch: Stubber) -> None:
    cloudwatch.add_client_error("describe_alarms", "AccessDenied", "no", 403)

    outcome = rule_cloudwatch_alarm.start(work())

    assert isinstance(outcome, Failed)
    assert outcome.code == "PermissionError"
    assert outcome.message.startswith("The role the-role may not describe alarms")


@pytest.mark.parametrize("wrong", [{"WaitTime": "soon"}, {"AlarmStates": "LOUD"}])
def test_what_makes_no_sense_is_said(wrong: dict[str, str]) -> None:
    outcome = rule_cloudwatch_alarm.start(work(configuration=wrong))

    assert isinstance(outcome, Failed)
    assert outcome.code == "ConfigurationError"
    assert next(iter(wrong.values())) in outcome.message
