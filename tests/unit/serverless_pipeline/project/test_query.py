from __future__ import annotations

from urllib.parse import parse_qsl

import pytest

from serverless_pipeline.project import query

SIGNS = [
    ("app/requirements.txt", "app/requirements.txt"),
    ("my tasks.txt", "my%20tasks.txt"),
    ("a&b=c+d%e", "a%26b%3Dc%2Bd%25e"),
    ("#{Package.Version}", "%23{Package.Version}"),
    ("ü/*?:,", "ü/*?:,"),
]


@pytest.mark.parametrize(("text", "written"), SIGNS)
def test_only_what_would_be_read_as_something_else_is_encoded(text: str, written: str) -> None:
    assert query.quoted(text) == written
    assert parse_qsl(f"a={query.quoted(text)}", strict_parsing=True) == [("a", text)]


@pytest.mark.parametrize(("text", "written"), [*SIGNS, ("${Stack} $x", "${!Stack}%20$x")])
def test_a_text_that_refers_to_nothing_refers_to_nothing_for_sub_either(text: str, written: str) -> None:
    assert query.literal(text) == written


def test_parameters_stand_one_after_another_and_may_refer_to_something() -> None:
    words = {"task": "${Task}", "Env.URL": "#{Stack.Url}", "Integration.a&b": "x"}

    assert query.asked(words) == "&task=${Task}&Env.URL=#{Stack.Url}&Integration.a%26b=x"
    assert query.asked({}) == ""


def test_parameters_that_refer_to_nothing_are_encoded() -> None:
    assert query.asked_literally({"a": "${x}&#{y}", "b": ""}) == "&a=${!x}%26%23{y}&b="
