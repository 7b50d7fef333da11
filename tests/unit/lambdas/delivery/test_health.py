from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from botocore.session import get_session
from botocore.stub import ANY, Stubber

from lambdas.delivery import health
from lambdas.delivery.alias import Alias, Route
from lambdas.delivery.health import Count
from lambdas.job.ending import JobError, Misconfigured

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.client import BaseClient

    Stubbed = tuple[BaseClient, Stubber]

LIVE = Alias("app", "live", Route("6", {"7": 0.1}), "r1")
ASKED = {"AlarmTypes": ["MetricAlarm", "CompositeAlarm"]}


@pytest.fixture
def stubbed() -> Iterator[Stubbed]:
    client = get_session().create_client(
        "cloudwatch", region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b"
    )
    with Stubber(client) as stub:
        yield client, stub
        stub.assert_no_pending_responses()


def expect_alarms(stub: Stubber, *, metric: dict[str, str], composite: dict[str, str]) -> None:
    listed = [
        [{"AlarmName": name, "StateValue": state} for name, state in alarms.items()] for alarms in (metric, composite)
    ]
    stub.add_response(
        "describe_alarms",
        {"MetricAlarms": listed[0], "CompositeAlarms": listed[1]},
        ASKED | {"AlarmNames": ["slow", "broken"]},
    )


@pytest.mark.parametrize(
    ("new", "old", "rises"),
    [
        (Count(100, 0), Count(900, 0), False),
        (Count(100, 1), Count(900, 0), True),
        (Count(1, 1), Count(0, 0), True),
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


def test_alarms_of_a_metric_and_composite_ones_are_looked_at(stubbed: Stubbed) -> None:
    client, stub = stubbed
    expect_alarms(stub, metric={"slow": "ALARM"}, composite={"broken": "ALARM"})

    complaints = health.complaints(client, ["slow", "broken"])

    assert complaints == ["The alarm slow is in ALARM", "The alarm broken is in ALARM"]


def test_an_alarm_that_is_gone_is_not_taken_for_a_quiet_one(stubbed: Stubbed) -> None:
    client, stub = stubbed
    expect_alarms(stub, metric={"slow": "INSUFFICIENT_DATA"}, composite={})

    assert health.complaints(client, ["slow", "broken"]) == ["The alarm broken is gone"]


def test_an_alarm_that_does_not_exist_is_a_mistake_in_the_configuration(stubbed: Stubbed) -> None:
    client, stub = stubbed
    expect_alarms(stub, metric={"slow": "OK"}, composite={})

    with pytest.raises(Misconfigured, match="alarms names broken, and CloudWatch has no such alarm here"):
        health.demand_quiet(client, ["slow", "broken"])


def test_an_alarm_that_is_in_alarm_already_lets_nothing_begin(stubbed: Stubbed) -> None:
    client, stub = stubbed
    expect_alarms(stub, metric={"slow": "OK"}, composite={"broken": "ALARM"})

    with pytest.raises(JobError, match="The alarm broken is in ALARM; nothing was moved"):
        health.demand_quiet(client, ["slow", "broken"])


def test_quiet_alarms_let_it_begin(stubbed: Stubbed) -> None:
    client, stub = stubbed
    expect_alarms(stub, metric={"slow": "OK"}, composite={"broken": "INSUFFICIENT_DATA"})

    health.demand_quiet(client, ["slow", "broken"])


def test_cloudwatch_is_not_asked_for_no_alarm(stubbed: Stubbed) -> None:
    client, _ = stubbed

    assert health.states(client, []) == {}


def test_versions_are_counted_from_the_minute_of_the_beginning_over_all_pages(stubbed: Stubbed) -> None:
    client, stub = stubbed
    between = {"StartTime": datetime(2026, 1, 1, 10, 0, tzinfo=UTC), "EndTime": datetime(2026, 1, 1, 10, 8, tzinfo=UTC)}
    pages = [[("invocations7", [3.0, 4.0]), ("errors7", [1.0])], [("invocations7", [2.0]), ("errors6", [5.0])]]
    for number, page in enumerate(pages):
        results = [{"Id": name, "Values": values} for name, values in page]
        token = {"NextToken": "second"}
        answer = {"MetricDataResults": results} | (token if number == 0 else {})
        stub.add_response(
            "get_metric_data", answer, between | {"MetricDataQueries": ANY} | (token if number == 1 else {})
        )
    since = datetime(2026, 1, 1, 10, 0, 59, tzinfo=UTC).timestamp()
    until = datetime(2026, 1, 1, 10, 7, 1, tzinfo=UTC).timestamp()

    counted = health.counts(client, LIVE, ["7", "6"], since, until)

    assert counted == {"7": Count(9, 1), "6": Count(0, 5)}


def test_a_version_is_counted_behind_its_alias_only(stubbed: Stubbed) -> None:
    client, stub = stubbed
    dimensions = [
        {"Name": "FunctionName", "Value": "app"},
        {"Name": "Resource", "Value": "app:live"},
        {"Name": "ExecutedVersion", "Value": "7"},
    ]
    queries = [
        {
            "Id": f"{metric.lower()}7",
            "MetricStat": {
                "Metric": {"Namespace": "AWS/Lambda", "MetricName": metric, "Dimensions": dimensions},
                "Period": 60,
                "Stat": "Sum",
            },
        }
        for metric in ("Invocations", "Errors")
    ]
    asked = {"MetricDataQueries": queries, "StartTime": ANY, "EndTime": ANY}
    stub.add_response("get_metric_data", {"MetricDataResults": []}, asked)

    assert health.counts(client, LIVE, ["7"], 0, 0) == {"7": Count(0, 0)}
