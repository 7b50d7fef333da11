"""How a new version does while it shares an alias with the old one: the alarms that watch it, and its errors.

CloudWatch counts by whole minutes and tells them a minute or two late
(https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics.html): a step of a shift wants several minutes.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import TYPE_CHECKING

from lambdas.delivery.order import RELEASE_AGAIN
from lambdas.job.ending import JobError, Misconfigured
from lambdas.job.pages import moving

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.type_defs import MetricDataQueryTypeDef

    from lambdas.delivery.alias import Alias

ALARM = "ALARM"

_PERIOD = 60
_DEVIATIONS = 3


@dataclass(frozen=True)
class Count:
    """How often a version was invoked through an alias, and how often it failed."""

    invocations: int = 0
    errors: int = 0

    def __sub__(self, other: Count) -> Count:
        return Count(self.invocations - other.invocations, self.errors - other.errors)

    def __str__(self) -> str:
        return f"{self.errors} of {self.invocations} invocations"


def rises(new: Count, old: Count) -> bool:
    """Whether a new version fails more often than the old one does beside it.

    It may fail as often as the old one's rate gives for as many invocations, and by chance three standard deviations
    more, the square root of that number each. While the old version does not fail, the first error of the new one is
    one too many.
    """
    expected = new.invocations * old.errors / old.invocations if old.invocations else 0.0
    return new.errors > expected + _DEVIATIONS * math.sqrt(expected)


def demand_quiet(metrics: CloudWatchClient, alarms: Sequence[str]) -> None:
    """Make sure that the alarms exist and that none is in ALARM, before anything moves.

    Raises:
        Misconfigured: some do not exist.
        JobError: some are in ALARM already.
    """
    states = alarm_states(metrics, alarms)
    missing = [name for name in alarms if name not in states]
    if missing:
        raise Misconfigured(f"alarms names {name}, and CloudWatch has no such alarm here" for name in missing)
    loud = list(_complaints(states, alarms))
    if loud:
        raise JobError(f"{'; '.join(loud)}; nothing was moved: quiet it first, then {RELEASE_AGAIN}")


def complaints(metrics: CloudWatchClient, alarms: Sequence[str]) -> list[str]:
    """What the alarms say against a version; an alarm that is gone watches nothing and counts as one in ALARM."""
    return list(_complaints(alarm_states(metrics, alarms), alarms))


def alarm_states(metrics: CloudWatchClient, alarms: Sequence[str]) -> dict[str, str]:
    """The states of the alarms that exist, by name, be they of a metric or composite."""
    if not alarms:
        return {}
    pages = metrics.get_paginator("describe_alarms").paginate(
        AlarmNames=alarms, AlarmTypes=["MetricAlarm", "CompositeAlarm"]
    )
    return {
        alarm["AlarmName"]: alarm["StateValue"]
        for page in moving(pages, f"the alarms {', '.join(alarms)}")
        for alarm in [*page.get("MetricAlarms", []), *page.get("CompositeAlarms", [])]
    }


def count(
    metrics: CloudWatchClient, alias: Alias, versions: Sequence[str], since: float, until: float
) -> dict[str, Count]:
    """What CloudWatch counted for each version behind an alias, from the minute of `since` to that of `until`."""
    pages = metrics.get_paginator("get_metric_data").paginate(
        MetricDataQueries=list(_queries(alias, versions)),
        StartTime=_minute_of(since),
        EndTime=_minute_of(until) + timedelta(seconds=_PERIOD),
    )
    sums: Counter[str] = Counter()
    for page in moving(pages, f"the metrics of {alias}"):
        for result in page["MetricDataResults"]:
            sums[result["Id"]] += round(sum(result["Values"]))
    return {version: Count(sums[f"invocations{version}"], sums[f"errors{version}"]) for version in versions}


def _complaints(states: Mapping[str, str], alarms: Iterable[str]) -> Iterator[str]:
    for name in alarms:
        state = states.get(name)
        if state is None:
            yield f"The alarm {name} is gone"
        elif state == ALARM:
            yield f"The alarm {name} is in ALARM"


def _minute_of(time: float) -> datetime:
    return datetime.fromtimestamp(time // _PERIOD * _PERIOD, UTC)


def _queries(alias: Alias, versions: Iterable[str]) -> Iterator[MetricDataQueryTypeDef]:
    """A version behind an alias has three dimensions.

    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-view.html
    """
    for version, metric in product(versions, ("Invocations", "Errors")):
        dimensions = {"FunctionName": alias.function, "Resource": str(alias), "ExecutedVersion": version}
        yield {
            "Id": f"{metric.lower()}{version}",
            "MetricStat": {
                "Metric": {
                    "Namespace": "AWS/Lambda",
                    "MetricName": metric,
                    "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions.items()],
                },
                "Period": _PERIOD,
                "Stat": "Sum",
            },
        }
