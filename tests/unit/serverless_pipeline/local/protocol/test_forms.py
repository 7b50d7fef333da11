from __future__ import annotations

import pytest

from serverless_pipeline.local.gate.refusal import Refused
from serverless_pipeline.local.protocol import forms, models


def check(service: str, operation: str, **fields: str) -> None:
    forms.check(models.model(service).operation_model(operation), {name: [text] for name, text in fields.items()})


@pytest.mark.parametrize(
    ("service", "operation", "fields"),
    [
        ("sts", "GetSessionToken", {"DurationSeconds": "900"}),
        ("sts", "GetCallerIdentity", {"Anything": "x"}),
        ("cloudformation", "CreateStack", {"StackName": "s", "Parameters.member.1.UsePreviousValue": "true"}),
        ("cloudformation", "CreateStack", {"StackName": "s", "Capabilities.member.1": "x", "Nope.member.1": "x"}),
        ("iam", "ListRoles", {"MaxItems": "100"}),
        ("sns", "Publish", {"Message": "m", "MessageAttributes.entry.1.Name": "n"}),
        (
            "cloudwatch",
            "GetMetricData",
            {"StartTime": "2020-01-01T00:00:00Z", "EndTime": "2020-01-01T00:00:00.5+00:00"},
        ),
    ],
)
def test_what_fits_passes(service: str, operation: str, fields: dict[str, str]) -> None:
    if operation == "GetMetricData":
        fields |= {"MetricDataQueries.member.1.Id": "a", "MetricDataQueries.member.1.Period": "60"}

    check(service, operation, **fields)


@pytest.mark.parametrize("text", ["x", "", "1.5", "1e3", "2147483648", "9" * 5000, "²", "NaN", "null", " 1"])
def test_a_number_is_one_that_fits(text: str) -> None:
    with pytest.raises(Refused) as caught:
        check("sts", "GetSessionToken", DurationSeconds=text)

    assert (caught.value.code, caught.value.status) == ("ValidationError", 400)
    assert "at 'DurationSeconds' failed to satisfy constraint: Member must be a integer" in caught.value.message


@pytest.mark.parametrize(
    ("service", "operation", "fields"),
    [
        ("cloudformation", "CreateStack", {"StackName": "s", "Parameters.member.1.UsePreviousValue": "maybe"}),
        ("cloudformation", "CreateStack", {"StackName": "s", "DisableRollback": "null"}),
        ("cloudwatch", "PutMetricAlarm", {"AlarmName": "a", "Threshold": "much"}),
        ("cloudwatch", "DescribeAlarmHistory", {"StartDate": "gestern"}),
        ("cloudwatch", "PutMetricData", {"Namespace": "n", "MetricData.member.1.Values.member.1": "x"}),
    ],
)
def test_truths_times_and_decimals_are_such_at_any_depth(service: str, operation: str, fields: dict[str, str]) -> None:
    with pytest.raises(Refused) as caught:
        check(service, operation, **fields)

    assert [name for name in fields if f"at '{name}'" in caught.value.message] == [list(fields)[-1]]


def test_what_must_be_there_is_told_together() -> None:
    with pytest.raises(Refused) as caught:
        check("sts", "AssumeRole", DurationSeconds="x")

    assert caught.value.message == (
        "3 validation errors detected: Value 'x' at 'DurationSeconds' failed to satisfy constraint: Member must be a "
        "integer; Value null at 'RoleArn' failed to satisfy constraint: Member must not be null; Value null at "
        "'RoleSessionName' failed to satisfy constraint: Member must not be null"
    )


def test_a_list_that_must_be_there_is_there_by_its_first_item() -> None:
    fields = {"AlarmNames.member.1": "a"}

    check("cloudwatch", "DeleteAlarms", **fields)
    with pytest.raises(Refused):
        check("cloudwatch", "DeleteAlarms")
