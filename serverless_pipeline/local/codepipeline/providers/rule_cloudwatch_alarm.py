"""Rule/CloudWatchAlarm: an alarm is not in the states that must not be.

AlarmStates are those states, ALARM unless they are named; WaitTime is in minutes. Before a stage and after a failure
the rule waits so long for the alarm to leave them; after a success it looks so long whether the alarm enters them. AWS
describes both uses, and not which state means what; this is our reading.
https://docs.aws.amazon.com/codepipeline/latest/userguide/rule-reference-CloudWatchAlarm.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from serverless_pipeline import aws
from serverless_pipeline.local.codepipeline.model.conditions import ConditionType
from serverless_pipeline.local.codepipeline.providers.work import Failed, Provider, Succeeded, Working

if TYPE_CHECKING:
    from serverless_pipeline.local.codepipeline.providers.work import Outcome, Work

_STATES = ("ALARM", "OK", "INSUFFICIENT_DATA")
_WAITING = "waiting"


def start(work: Work) -> Outcome:
    """Look at the alarm, again and again as long as the rule waits."""
    from botocore.exceptions import ClientError

    configuration = work.run.resolved_configuration
    name = configuration["AlarmName"]
    unwanted = [state.strip() for state in configuration.get("AlarmStates", "ALARM").split(",")]
    minutes = configuration.get("WaitTime", "0")
    if not minutes.isdecimal() or not set(unwanted) <= set(_STATES):
        return Failed(
            "ConfigurationError",
            f"WaitTime must be a number of minutes, and AlarmStates some of {', '.join(_STATES)}; they are {minutes!r}"
            f" and {', '.join(unwanted)!r}",
        )
    try:
        alarms = work.credentials.client("cloudwatch", work.region).describe_alarms(AlarmNames=[name])
    except ClientError as error:
        if aws.is_refused(error):
            return Failed("PermissionError", f"The role {work.credentials.role} may not describe alarms ({error})")
        raise
    found = [*alarms.get("MetricAlarms", []), *alarms.get("CompositeAlarms", [])]
    if not found:
        return Failed("ConfigurationError", f"There is no alarm {name}")
    is_over = work.now >= work.run.started + int(minutes) * 60
    return _judge(name, found[0]["StateValue"], unwanted, is_over=is_over, after_success=_is_after_success(work))


def _judge(name: str, state: str, unwanted: list[str], *, is_over: bool, after_success: bool) -> Outcome:
    words = f"The alarm {name} is {state}"
    if is_over or after_success == (state in unwanted):
        return Failed("JobFailed", words) if state in unwanted else Succeeded(words)
    return Working(_WAITING, Succeeded(words))


def _is_after_success(work: Work) -> bool:
    return work.run.condition == ConditionType.ON_SUCCESS


PROVIDER = Provider(
    category="Rule",
    name="CloudWatchAlarm",
    inputs=(0, 0),
    outputs=(0, 0),
    required=("AlarmName",),
    optional=("AlarmStates", "WaitTime"),
    start=start,
    timeout=24 * 3600.0,
)
