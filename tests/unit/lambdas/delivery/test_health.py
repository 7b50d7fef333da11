from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from botocore.stub import ANY

from lambdas.delivery import health
from lambdas.delivery.alias import Alias, Route
from lambdas.delivery.health import Count
from lambdas.job.ending import JobError, Misconfigured

if TYPE_CHECKING:
    from botocore.stub import Stubber
    from mypy_boto3_cloudwatch import CloudWatchClient

LIVE = Alias("app", "live", Route("6", {"7": 0.1}), "r1")


def expect_alarms(
    stub: Stubber, *, metric: dict[str, str], composite: dict[str, str], page: str = "", following: str = ""
) -> None:
    def entries(alarms: dict[str, str]) -> list[dict[str, str]]:
        return [{"AlarmName": name, "StateValue": state} for name, state in alarms.items()]

    request: dict[str, Any] = {"AlarmNames": ["slow", "broken"], "AlarmTypes": ["MetricAlarm", "CompositeAlarm"]}
    response: dict[str, Any] = {"MetricAlarms": entries(metric), "CompositeAlarms": entries(composite)}
    stub.add_response(
        "describe_alarms",
        response | ({"NextToken": following} if following else {}),
        request | ({"NextToken": page} if page else {}),
    )


@pytest.mark.parametrize(
    ("new", "old", "rises"),
    [
        (Count(100, 0), Count(900, 0), False),
        (Count(100, 1), Count(900, 0), True),
        (Count(1, 1), Count(0, 0), True),
        (Count(0, 0), Count(0, 0), False),
        (Count(100, 4), Count(1000, 10), False),  # 1 expected, and 3 by chance
        (Count(100, 5), Count(1000, 10), True),
        (Count(1000, 10), Count(1000, 10), False),
        (Count(1000, 19), Count(1000, 10), False),
        (Count(1000, 20), Count(1000, 10), True),
    ],
)
def test_a_version_may_fail_as_often_as_the_old_one_and_by_chance_a_little_more(
    new: Count, old: Count, *, rises: bool
) -> None:
    assert health.rises(new, old) is rises


def test_what_cloudwatch_does_not_tell_did_not_happen() -> None:
    assert Count() == Count(0, 0)


def test_what_was_counted_before_is_taken_off() -> None:
    assert Count(10, 3) - Count(4, 1) == Count(6, 2)


def test_a_count_is_told_as_errors_of_invocations() -> None:
    assert str(Count(10, 3)) == "3 of 10 invocations"


def test_alarms_of_a_metric_and_composite_ones_are_looked_at_page_by_page(
    metrics: CloudWatchClient, cloudwatch_stub: Stubber
) -> None:
    expect_alarms(cloudwatch_stub, metric={"slow": "ALARM"}, composite={}, following="second")
    expect_alarms(cloudwatch_stub, metric={}, composite={"broken": "OK"}, page="second")

    assert health.alarm_states(metrics, ["slow", "broken"]) == {"slow": "ALARM", "broken": "OK"}


def test_each_alarm_in_alarm_speaks_against_a_version(metrics: CloudWatchClient, cloudwatch_stub: Stubber) -> None:
    expect_alarms(cloudwatch_stub, metric={"slow": "ALARM"}, composite={"broken": "ALARM"})

    complaints = health.complaints(metrics, ["slow", "broken"])

    assert complaints == ["The alarm slow is in ALARM", "The alarm broken is in ALARM"]


def test_an_alarm_that_is_gone_is_not_taken_for_a_quiet_one(
    metrics: CloudWatchClient, cloudwatch_stub: Stubber
) -> None:
    expect_alarms(cloudwatch_stub, metric={"slow": "INSUFFICIENT_DATA"}, composite={})

    assert health.complaints(metrics, ["slow", "broken"]) == ["The alarm broken is gone"]


def test_an_alarm_that_does_not_exist_is_a_mistake_in_the_configuration(
    metrics: CloudWatchClient, cloudwatch_stub: Stubber
) -> None:
    expect_alarms(cloudwatch_stub, metric={"slow": "OK"}, composite={})

    with pytest.raises(Misconfigured) as error:
        health.demand_quiet(metrics, ["slow", "broken"])

    assert str(error.value).splitlines()[1:] == ["  - alarms names broken, and CloudWatch has no such alarm here"]


def test_an_alarm_that_is_in_alarm_already_lets_nothing_begin(
    metrics: CloudWatchClient, cloudwatch_stub: Stubber
) -> None:
    expect_alarms(cloudwatch_stub, metric={"slow": "ALARM"}, composite={"broken": "ALARM"})
    message = (
        "The alarm slow is in ALARM; The alarm broken is in ALARM; "
        "nothing was moved: quiet it first, then release the change again"
    )

    with pytest.raises(JobError, match=rf"^{message}$"):
        health.demand_quiet(metrics, ["slow", "broken"])


def test_quiet_alarms_let_it_begin(metrics: CloudWatchClient, cloudwatch_stub: Stubber) -> None:
    expect_alarms(cloudwatch_stub, metric={"slow": "OK"}, composite={"broken": "INSUFFICIENT_DATA"})

    health.demand_quiet(metrics, ["slow", "broken"])


@pytest.mark.usefixtures("cloudwatch_stub")
def test_cloudwatch_is_not_asked_for_no_alarm(metrics: CloudWatchClient) -> None:
    assert health.alarm_states(metrics, []) == {}


def test_versions_are_counted_from_the_minute_of_the_beginning_over_all_pages(
    metrics: CloudWatchClient, cloudwatch_stub: Stubber
) -> None:
    between = {"StartTime": datetime(2026, 1, 1, 10, 0, tzinfo=UTC), "EndTime": datetime(2026, 1, 1, 10, 8, tzinfo=UTC)}
    token = {"NextToken": "second"}
    first = [{"Id": "invocations7", "Values": [3.0, 4.0]}, {"Id": "errors7", "Values": [1.0]}]
    second = [{"Id": "invocations7", "Values": [2.0]}, {"Id": "errors6", "Values": [5.0]}]
    request = between | {"MetricDataQueries": ANY}
    cloudwatch_stub.add_response("get_metric_data", {"MetricDataResults": first} | token, request)
    cloudwatch_stub.add_response("get_metric_data", {"MetricDataResults": second}, request | token)
    since = datetime(2026, 1, 1, 10, 0, 59, tzinfo=UTC).timestamp()
    until = datetime(2026, 1, 1, 10, 7, 1, tzinfo=UTC).timestamp()

    counts = health.count(metrics, LIVE, ["7", "6"], since, until)

    assert counts == {"7": Count(9, 1), "6": Count(0, 5)}


def test_each_version_is_counted_behind_its_alias_only(metrics: CloudWatchClient, cloudwatch_stub: Stubber) -> None:
    queries = [
        {
            "Id": f"{metric.lower()}{version}",
            "MetricStat": {
                "Metric": {
                    "Namespace": "AWS/Lambda",
                    "MetricName": metric,
                    "Dimensions": [
                        {"Name": "FunctionName", "Value": "app"},
                        {"Name": "Resource", "Value": "app:live"},
                        {"Name": "ExecutedVersion", "Value": version},
                    ],
                },
                "Period": 60,
                "Stat": "Sum",
            },
        }
        for version in ("7", "6")
        for metric in ("Invocations", "Errors")
    ]
    request = {"MetricDataQueries": queries, "StartTime": ANY, "EndTime": ANY}
    cloudwatch_stub.add_response("get_metric_data", {"MetricDataResults": []}, request)

    counts = health.count(metrics, LIVE, ["7", "6"], 0, 0)

    assert counts == {"7": Count(0, 0), "6": Count(0, 0)}
