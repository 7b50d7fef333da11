from __future__ import annotations

from typing import Any

import pytest

from serverless_pipeline.local.gate.refusal import Refused
from serverless_pipeline.local.protocol import models, shapes


def shape(service: str, operation: str) -> Any:
    return models.model(service).operation_model(operation).input_shape


CREATE_TABLE = shape("dynamodb", "CreateTable")
PUT_EVENTS = shape("logs", "PutLogEvents")
PUT_ITEM = shape("dynamodb", "PutItem")
CREATE_FUNCTION = shape("lambda", "CreateFunction")
FUNCTION = {"FunctionName": "f", "Role": "r", "Code": {}}
EVENTS = {"logGroupName": "g", "logStreamName": "s", "logEvents": [{"timestamp": 1, "message": "m"}]}


def fit(shape: Any, value: Any) -> tuple[Any, bool]:
    changed = shapes.Changed()
    return shapes.fit(shape, value, "", changed), changed.yes


def refused(shape: Any, value: Any) -> str:
    with pytest.raises(Refused) as caught:
        fit(shape, value)
    assert caught.value.status == 400
    return str(caught.value)


@pytest.mark.parametrize(
    ("shape", "value"),
    [
        (PUT_EVENTS, EVENTS),
        (PUT_EVENTS, EVENTS | {"unknown": [1, {"a": [None]}]}),
        (PUT_ITEM, {"TableName": "t", "Item": {"a": {"S": "x"}, "b": {"L": [{"N": "1"}, {"NULL": True}]}}}),
        (CREATE_FUNCTION, FUNCTION | {"Timeout": 3, "Publish": True, "Code": {"ZipFile": "e30="}}),
        (CREATE_FUNCTION, FUNCTION | {"Environment": {"Variables": {"A": "ü"}}}),
        (None, {"anything": [{"at": "all"}, 1.5, True]}),
    ],
)
def test_what_fits_stays_as_it_is(shape: Any, value: Any) -> None:
    assert fit(shape, value) == (value, False)


def test_a_member_that_is_null_is_not_there() -> None:
    value, changed = fit(CREATE_FUNCTION, {**FUNCTION, "Timeout": None, "VpcConfig": {"SubnetIds": None}, "x": None})

    assert changed
    assert value == {**FUNCTION, "VpcConfig": {}}


def test_a_member_that_must_be_there_may_not_be_null() -> None:
    assert refused(PUT_EVENTS, {"logGroupName": None, "logStreamName": "s"}) == (
        "ValidationException: 2 validation errors detected: Value null at 'logGroupName' failed to satisfy constraint: "
        "Member must not be null; Value null at 'logEvents' failed to satisfy constraint: Member must not be null"
    )
    assert "1 validation error detected: Value null at 'logEvents.1.member.message'" in refused(
        PUT_EVENTS, EVENTS | {"logEvents": [{"timestamp": 1, "message": None}]}
    )


def test_what_lies_in_a_list_or_a_map_may_not_be_null() -> None:
    assert "at 'logEvents.1.member'" in refused(PUT_EVENTS, EVENTS | {"logEvents": [None]})
    assert "NoneType can not be converted to string at 'Environment.Variables.A'" in refused(
        CREATE_FUNCTION, FUNCTION | {"Environment": {"Variables": {"A": None}}}
    )


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"logGroupName": 5}, "int can not be converted to string at 'logGroupName'"),
        ({"logGroupName": True}, "bool can not be converted to string at 'logGroupName'"),
        ({"logGroupName": []}, "list can not be converted to string at 'logGroupName'"),
        ({"logEvents": {}}, "dict can not be converted to list at 'logEvents'"),
        ({"logEvents": [[]]}, "list can not be converted to structure at 'logEvents.1.member'"),
        ({"logEvents": [{"timestamp": "1"}]}, "str can not be converted to long at 'logEvents.1.member.timestamp'"),
        ({"logEvents": [{"timestamp": True}]}, "bool can not be converted to long"),
        ({"logEvents": [{"timestamp": 1.5}]}, "float can not be converted to long"),
        ({"logEvents": [{"timestamp": 2**63}]}, "out of the range of long"),
        ({"logGroupName": "\ud800"}, "The text at 'logGroupName' is not Unicode"),
        ({"\udfff": "x"}, "is not Unicode"),
        ({"x": "\ud800"}, "The text at 'x' is not Unicode"),
        ({"x": float("inf")}, "The number at 'x' is not finite"),
    ],
)
def test_another_type_is_refused_by_its_place(value: dict[str, Any], words: str) -> None:
    text = refused(PUT_EVENTS, EVENTS | value)

    assert text.startswith("SerializationException: ")
    assert words in text


@pytest.mark.parametrize("value", [1e18, -1e18, "gestern", "", float("nan")])
def test_a_time_is_one(value: object) -> None:
    assert refused(shape("events", "PutEvents"), {"Entries": [{"Time": value}]})


@pytest.mark.parametrize("value", [0, 1.5, -1, "2020-01-01T00:00:00Z"])
def test_a_time_is_a_number_of_seconds_or_a_text_of_iso(value: object) -> None:
    fit(shape("events", "PutEvents"), {"Entries": [{"Time": value}]})


@pytest.mark.parametrize("value", ["x", "e30", "e3 0=", "ä"])
def test_bytes_come_in_base64(value: str) -> None:
    assert "is not Base64" in refused(CREATE_FUNCTION, FUNCTION | {"Code": {"ZipFile": value}})


def test_nothing_lies_too_deep() -> None:
    deep: Any = {}
    for _ in range(shapes.DEEPEST + 1):
        deep = {"a": deep}

    assert "deeper than 100 levels" in refused(None, deep)
    assert fit(None, deep["a"])


def test_dynamodb_may_nest_as_deep_as_on_aws() -> None:
    item: Any = {"S": "x"}
    for _ in range(32):
        item = {"L": [item]}

    fit(PUT_ITEM, {"TableName": "t", "Item": {"a": item}})


def test_a_member_in_the_path_or_a_header_is_not_looked_for_in_the_body() -> None:
    assert fit(shape("lambda", "UpdateFunctionCode"), {"DryRun": True}) == ({"DryRun": True}, False)


def test_a_member_has_the_name_that_it_has_in_the_body() -> None:
    assert "at 'name'" in refused(shape("apigateway", "CreateRestApi"), {"name": 5})
    assert "at 'apiKeyRequired'" in refused(
        shape("apigatewayv2", "CreateRoute"), {"routeKey": "k", "apiKeyRequired": 5}
    )
