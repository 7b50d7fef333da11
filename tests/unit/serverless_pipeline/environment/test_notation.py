from __future__ import annotations

import json
import re
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from serverless_pipeline.environment import notation
from serverless_pipeline.errors import Misconfigured

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
DOCUMENTS = st.dictionaries(
    TEXTS,
    st.recursive(
        st.none() | st.booleans() | st.integers(-(10**15) + 1, 10**15 - 1) | TEXTS,
        lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
        max_leaves=20,
    ),
)


@settings(max_examples=40, deadline=None)
@given(DOCUMENTS)
def test_json_comes_back_as_it_is(document: dict[str, Any]) -> None:
    text = json.dumps(document)

    assert notation.read(text, "t.json") == document
    assert notation.read(text, "t.template") == document


@settings(max_examples=40, deadline=None)
@given(DOCUMENTS)
def test_yaml_comes_back_as_it_is(document: dict[str, Any]) -> None:
    assert notation.read(yaml.safe_dump(document, allow_unicode=False), "t.yml") == document


def test_a_text_without_a_document_is_none() -> None:
    assert [notation.read(text, "t.yml") for text in ("", "\n", "# nothing\n", "---\n")] == [None] * 4


@pytest.mark.parametrize("name", ["t.yml", "t.yaml", "t.template", "t.yml.j2", "t"])
def test_yaml_may_begin_with_a_brace(name: str) -> None:
    assert notation.read("{a: !Ref b}", name) == {"a": {"Ref": "b"}}


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("a: 1\na: 2", "t.yml:2:1", "the key a stands twice in one mapping"),
        (
            "a:\n\t- b",
            "t.yml:2:1",
            r"while scanning for the next token found character '\t' that cannot",
        ),
        ("a: [", "t.yml:1:5", "while parsing a flow node expected the node content, but found '<stream end>'"),
        ("a: 1\n---\nb: 2", "t.yml:2:1", "expected a single document in the stream but found another document"),
        ("a: *b", "t.yml:1:4", "found undefined alias 'b'"),
        ("a: b\nc: \x01", "t.yml:2:4", r"'\x01' is no sign of a text"),
        ("[" * 5000, "t.yml", "it is nested too deeply"),
    ],
)
def test_yaml_that_cannot_be_read_is_told_with_file_line_and_column(text: str, place: str, words: str) -> None:
    with pytest.raises(Misconfigured, match=rf"^{re.escape(f'{place}: {words}')}.*\n  Next: mend it"):
        notation.read(text, "t.yml")


@pytest.mark.parametrize("name", ["t.json", "t.json.j2"])
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{a: 1}", ":1:2: Expecting property name enclosed in double quotes"),
        ('{"a": 1,\n "b": }', ":2:7: Expecting value"),
        ('{"a": {"b": 1, "c": 2, "b": 1}}', ": the key b stands twice in one mapping"),
        ('{"a": NaN}', ": NaN is no number of JSON"),
        ("", ":1:1: Expecting value"),
        ("[" * 100_000, ": it is nested too deeply"),
    ],
)
def test_json_that_cannot_be_read_is_told_as_well(name: str, text: str, words: str) -> None:
    with pytest.raises(Misconfigured, match=rf"^{re.escape(name + words)}\n"):
        notation.read(text, name)


def test_a_key_that_stands_twice_in_json_is_told_whatever_the_file_is_called() -> None:
    with pytest.raises(Misconfigured, match="the key a stands twice in one mapping"):
        notation.read('{"a": 1, "a": 2}', "t.yml")
