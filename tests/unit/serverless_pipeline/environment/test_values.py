from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from serverless_pipeline.environment import values
from serverless_pipeline.environment.values import Values
from serverless_pipeline.errors import Misconfigured


def read(folder: Path, text: str, name: str = "prod.json") -> Values:
    path = folder / name
    path.write_text(text)
    return values.read(path)


def test_parameters_and_tags_are_read_in_the_form_of_pipelines(tmp_path: Path) -> None:
    text = '{"Parameters": {"Size": "2"}, "Tags": {"Team": "shop"}}'

    assert read(tmp_path, text) == Values({"Size": "2"}, {"Team": "shop"})


def test_a_file_of_a_project_is_called_as_it_is_called_there(tmp_path: Path) -> None:
    (tmp_path / "prod.json").write_text('{"Tags": {"Team": "shop"}}')

    assert values.read(Path("prod.json"), tmp_path) == Values({}, {"Team": "shop"})
    with pytest.raises(Misconfigured, match=r"^values/test\.json: it cannot be read"):
        values.read(Path("values/test.json"), tmp_path)


@pytest.mark.parametrize("text", ["{}", '{"Parameters": {}}', '{"Tags": {}}', "[]"])
def test_each_part_may_be_missing(tmp_path: Path, text: str) -> None:
    assert read(tmp_path, text) == Values()


def test_the_form_of_the_command_line_is_read_too(tmp_path: Path) -> None:
    text = '[{"ParameterKey": "Size", "ParameterValue": 2}, {"ParameterKey": "Zones", "ParameterValue": ["a", "b"]}]'

    assert read(tmp_path, text) == Values({"Size": "2", "Zones": "a,b"})


def test_what_is_no_text_becomes_the_text_that_cloudformation_asks_for(tmp_path: Path) -> None:
    chosen = {"Count": 3, "Ratio": 1.5, "On": True, "Off": False, "Zones": ["a", 2, True], "None": []}

    read_back = read(tmp_path, json.dumps({"Parameters": chosen}))

    assert read_back.parameters == {
        "Count": "3",
        "Ratio": "1.5",
        "On": "true",
        "Off": "false",
        "Zones": "a,2,true",
        "None": "",
    }


def test_yaml_keeps_the_text_of_a_number(tmp_path: Path) -> None:
    text = "Parameters: {Account: 012345678901, Version: 1.30, Day: 2026-01-02}\nTags: {On: yes}\n"

    assert read(tmp_path, text, "prod.yml") == Values(
        {"Account": "012345678901", "Version": "1.30", "Day": "2026-01-02"}, {"On": "true"}
    )


def test_all_mistakes_are_told_together(tmp_path: Path) -> None:
    text = """
Parameters: {A: null, B: {Fn::GetParam: [a, b, c]}, C: [[a]], D: fine}
Tags: [a]
StackPolicy: {Statement: []}
Params: {}
"""

    with pytest.raises(Misconfigured) as raised:
        read(tmp_path, text, "prod.yml")

    of_a_value = "it must be a text, a number, true, false or a list of them"
    assert str(raised.value).split("\n")[:-1] == [
        f"{tmp_path / 'prod.yml'} is no file of values:",
        "  StackPolicy: a stack's policy is not set by a pipeline yet",
        "  Params: there is no such section",
        f"  Parameters.A: {of_a_value}",
        f"  Parameters.B: {of_a_value}",
        f"  Parameters.C: {of_a_value}",
        "  Tags: it must map names to values",
    ]


def test_an_item_of_the_command_lines_form_has_a_key_and_a_value_once(tmp_path: Path) -> None:
    items = [
        {"ParameterKey": "A", "ParameterValue": "1"},
        {"ParameterKey": "A", "ParameterValue": "2"},
        {"ParameterKey": "B", "UsePreviousValue": True},
        "C=3",
    ]

    with pytest.raises(Misconfigured) as raised:
        read(tmp_path, json.dumps(items))

    assert str(raised.value).split("\n")[1:-1] == [
        "  A: it has two values",
        "  3. item: it must have a ParameterKey and a ParameterValue, no more",
        "  4. item: it must have a ParameterKey and a ParameterValue, no more",
    ]


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("prod.yml", "", ": it is empty; it must be {"),
        ("prod.yml", "Size=2", ": it must be {"),
        ("prod.yml", "3", ": it must be {"),
        ("prod.json", "{", ":1:2: Expecting property name"),
        ("prod.json", '{"Tags": {"A": "1", "A": "2"}}', ": the key A stands twice"),
    ],
)
def test_another_form_is_refused_by_name(tmp_path: Path, name: str, text: str, words: str) -> None:
    with pytest.raises(Misconfigured, match=f"^{re.escape(str(tmp_path / name) + words)}"):
        read(tmp_path, text, name)


def test_a_file_that_is_absent_is_named(tmp_path: Path) -> None:
    path = tmp_path / "prod.json"

    with pytest.raises(Misconfigured, match=f"^{re.escape(str(path))}: it cannot be read: No such file"):
        values.read(path)
