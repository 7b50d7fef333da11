from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from serverless_pipeline.environment import nodes


def value(text: str) -> Any:
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    assert node is not None
    return nodes.value(node)


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("!Ref Table", {"Ref": "Table"}),
        ("!Condition IsProd", {"Condition": "IsProd"}),
        ("!Sub '${A}-b'", {"Fn::Sub": "${A}-b"}),
        ("!Sub [a, {x: !Ref B}]", {"Fn::Sub": ["a", {"x": {"Ref": "B"}}]}),
        ("!GetAtt Table.Arn", {"Fn::GetAtt": ["Table", "Arn"]}),
        ("!GetAtt Inner.Outputs.Url", {"Fn::GetAtt": ["Inner", "Outputs.Url"]}),
        ("!GetAtt [Table, Arn]", {"Fn::GetAtt": ["Table", "Arn"]}),
        ("!Cidr [!GetAtt Vpc.CidrBlock, 6, 5]", {"Fn::Cidr": [{"Fn::GetAtt": ["Vpc", "CidrBlock"]}, 6, 5]}),
        ("!If [A, !Ref B, !Ref AWS::NoValue]", {"Fn::If": ["A", {"Ref": "B"}, {"Ref": "AWS::NoValue"}]}),
        ("!Transform {Name: AWS::Include}", {"Fn::Transform": {"Name": "AWS::Include"}}),
        ("!Select\n- 0\n- !GetAZs ''", {"Fn::Select": [0, {"Fn::GetAZs": ""}]}),
        ("!Base64 |\n  #!/bin/sh\n", {"Fn::Base64": "#!/bin/sh\n"}),
        ("!Ref 012", {"Ref": "012"}),
        ("!Brandnew x", {"Fn::Brandnew": "x"}),
    ],
)
def test_a_short_form_is_written_out(short: str, long: dict[str, object]) -> None:
    assert value(short) == long


@pytest.mark.parametrize(
    "text",
    [
        *("2012-10-17", "2001-12-14t21:59:43.10-05:00", "012345678901", "0123456701", "000644", "1.30", "1.0.0", "+1"),
        *("0x1f", "0b1", "1_000", "22:22", ".5", ".inf", ".nan", "1.0e+400", "=", "9" * 16, "9" * 5000),
    ],
)
def test_what_would_not_come_back_as_it_is_written_stays_text(text: str) -> None:
    assert value(f"key: {text}") == {"key": text}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *(("0", 0), ("-3", -3), ("123456789012", 123456789012), ("1.5", 1.5), ("8.0", 8.0), ("~", None), ("", None)),
        *(("yes", True), ("On", True), ("TRUE", True), ("no", False), ("off", False), ("'on'", "on"), ("!!str 3", "3")),
    ],
)
def test_other_scalars_are_what_yaml_1_1_says(text: str, expected: object) -> None:
    written = value(f"key: {text}")

    assert written == {"key": expected}
    assert type(written["key"]) is type(expected)


@given(st.integers() | st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_keeps_its_text(number: float) -> None:
    text = repr(number)

    assert str(value(f"[{text}]")[0]) == text


def test_a_key_is_its_text() -> None:
    assert value("{012: a, on: b, 2012-10-17: c, 1.10: d, ~: e}") == {
        "012": "a",
        "on": "b",
        "2012-10-17": "c",
        "1.10": "d",
        "~": "e",
    }


def test_aliases_and_merges_are_written_out() -> None:
    text = """
one: &one {a: 1, b: 2}
two: &two {b: 3, c: 4}
again: *one
merged: {<<: *one, b: 5}
first: {b: 6, <<: [*one, *two]}
chained: {<<: *one, d: *two}
"""

    written = value(text)

    assert written["again"] == {"a": 1, "b": 2}
    assert written["merged"] == {"a": 1, "b": 5}
    assert written["first"] == {"a": 1, "b": 6, "c": 4}
    assert written["chained"] == {"a": 1, "b": 2, "d": {"b": 3, "c": 4}}
    assert written["again"] is not written["one"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: 1\nb: 2\na: 3", "the key a stands twice in one mapping"),
        ("1: 1\n'1': 2", "the key 1 stands twice in one mapping"),
        ("&x [*x]", "an alias stands within what it names"),
        ("a: &x {b: *x}", "an alias stands within what it names"),
        ("<<: 3", "<< takes a mapping, or a list of them"),
        ("<<: [{a: 1}, 3]", "<< takes a mapping, or a list of them"),
        ("? [a]\n: b", "a key must be a text"),
        ("!Ref a: b", "a key must be a text"),
        ("a: !!set {b}", "CloudFormation knows no !!set"),
        ("a: !!binary aGk=", "CloudFormation knows no !!binary"),
        ("a: !!python/name:os.system x", "CloudFormation knows no !!python/name:os.system"),
        ("a: !!omap [b: c]", "CloudFormation knows no !!omap"),
    ],
)
def test_what_cloudformation_does_not_take_is_refused_at_its_place(text: str, words: str) -> None:
    with pytest.raises(yaml.MarkedYAMLError) as raised:
        value(text)

    assert raised.value.problem == words
    assert raised.value.problem_mark is not None


def test_aliases_that_would_fill_the_memory_are_refused() -> None:
    levels = "".join(f"l{level}: &l{level} [{', '.join([f'*l{level - 1}'] * 10)}]\n" for level in range(1, 10))

    with pytest.raises(yaml.MarkedYAMLError, match="written out to more than 1000000 values"):
        value(f"l0: &l0 [x]\n{levels}")
