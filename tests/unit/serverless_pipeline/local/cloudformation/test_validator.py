from __future__ import annotations

from typing import Any

import pytest

from serverless_pipeline.local.cloudformation import schemas, validator

KIND = "AWS::Test::Thing"


@pytest.fixture
def hold(monkeypatch: pytest.MonkeyPatch) -> Any:
    """What is wrong with properties by a schema of the test's own."""

    def words(given: dict[str, Any], **schema: Any) -> list[str]:
        validator._validator.cache_clear()
        monkeypatch.setattr(schemas, "of", lambda _: {"additionalProperties": False, **schema})
        return [line for error in validator.errors(KIND, given) for line in validator.words(error)]

    yield words
    validator._validator.cache_clear()


@pytest.mark.parametrize(
    ("value", "schema", "expected"),
    [
        ("x", {"type": "string", "minLength": 2}, "expected minLength: 2, actual: 1"),
        (12345, {"type": "string", "maxLength": 4}, "expected maxLength: 4, actual: 5"),
        ([1, 2], {"type": "array", "maxItems": 1}, "expected maximum item count: 1, found: 2"),
        ("0", {"type": "integer", "minimum": 1}, "0 is not greater or equal to 1"),
        ("1.5", {"type": "integer"}, "expected type: Integer, found: String"),
        ("1e", {"type": "number"}, "expected type: Number, found: String"),
        (True, {"type": "integer"}, "expected type: Integer, found: Boolean"),
        ("x", {"type": "object"}, "expected type: JSONObject, found: String"),
        (7, {"type": ["object", "array"]}, "#: no subschema matched out of the total 2 subschemas"),
        ({}, {"oneOf": [{"required": ["a"]}, {"required": ["b"]}]}, "#: 0 subschemas matched instead of one"),
        ("30", {"type": "integer", "multipleOf": 60}, "failed validation constraint for keyword [multipleOf]"),
        (True, {"type": "boolean", "enum": ["false"]}, "true is not a valid enum value"),
    ],
)
def test_what_does_not_fit_is_said_as_awss_own_validator_says_it(
    hold: Any, value: Any, schema: dict[str, Any], expected: str
) -> None:
    assert hold({"A": value}, properties={"A": schema}) == [f"#/A: {expected}"]


@pytest.mark.parametrize(
    ("value", "schema"),
    [
        ("60", {"type": "integer", "minimum": 1, "multipleOf": 60, "enum": [60]}),
        (60, {"type": "string", "pattern": "^x$", "minLength": 2}),
        ("FALSE", {"type": "boolean"}),
        ("1.5e3", {"type": "number", "maximum": 1500}),
        ("é 1", {"type": "string", "pattern": r"^[\p{L}\p{Z}\p{N}]+$"}),
        ("anything", {"type": "string", "pattern": "(?<unread"}),
    ],
)
def test_a_value_is_read_as_cloudformation_reads_it(hold: Any, value: Any, schema: dict[str, Any]) -> None:
    assert hold({"A": value}, properties={"A": schema}) == []


def test_names_may_have_a_pattern_of_javas(hold: Any) -> None:
    tags = {"type": "object", "additionalProperties": False, "patternProperties": {r"^[\p{L}]+$": {"type": "string"}}}

    assert hold({"Tags": {"é": "1"}}, properties={"Tags": tags}) == []
    assert hold({"Tags": {"!": "1"}}, properties={"Tags": tags}) == ["#/Tags: extraneous key [!] is not permitted"]


def test_what_others_look_at_is_passed_over() -> None:
    runtime = {"Runtime": "cobol", "Role": "arn:aws:iam::000000000000:role/r", "Code": {}}

    assert len(validator.errors("AWS::Lambda::Function", runtime)) == 1
    assert validator.errors("AWS::Lambda::Function", runtime, ("Runtime",)) == []


@pytest.mark.parametrize(
    ("kind", "expected"), [("AWS::S3::Bucket", True), ("AWS::CodeBuild::Project", False), ("Custom::A", False)]
)
def test_most_types_are_in_the_registry(kind: str, expected: bool) -> None:  # noqa: FBT001
    assert validator.is_registered(kind) is expected
