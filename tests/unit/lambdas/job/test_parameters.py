import re

import pytest

from lambdas.job import parameters
from lambdas.job.ending import Misconfigured
from lambdas.job.job import Artifact

OTHER = Artifact("Other", "bucket", "key")


def test_a_query_string_is_read_with_its_escapes_and_blanks() -> None:
    values = parameters.parse("task=package&Env.URL=https://x/?a%3D1%26b&Env.EMPTY=&plus=1%2B1")

    assert values == {"task": "package", "Env.URL": "https://x/?a=1&b", "Env.EMPTY": "", "plus": "1+1"}


def test_no_parameters_are_none() -> None:
    assert parameters.parse("") == {}


def test_what_is_no_query_string_is_refused() -> None:
    with pytest.raises(
        Misconfigured, match="  - UserParameters must be a query string, key=value&key=value: bad query field"
    ):
        parameters.parse('{"task": "package"}')


def test_keys_that_are_there_twice_are_refused_by_name() -> None:
    with pytest.raises(Misconfigured) as caught:
        parameters.parse("task=package&x=1&task=test&y=&y=&z=1")

    assert str(caught.value).splitlines()[1:] == ["  - task is given more than once", "  - y is given more than once"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("retries=2", ("2", "")),
        ("task=a%26b&retries=2&Env.X=", ("2", "task=a%26b&Env.X=")),
        ("retries=%32+&task=a", ("2 ", "task=a")),
        ("task=a&Env.retries=2", (None, "task=a&Env.retries=2")),
        ("", (None, "")),
    ],
)
def test_a_key_is_taken_out_and_the_rest_stays_as_it_was(text: str, expected: tuple[str | None, str]) -> None:
    assert parameters.take(text, "retries") == expected


def test_a_key_that_is_taken_out_twice_is_refused_by_name() -> None:
    with pytest.raises(Misconfigured, match="retries is given more than once"):
        parameters.take("retries=1&retries=2", "retries")


def test_missing_empty_and_unknown_keys_are_all_named() -> None:
    mistakes = list(parameters.mistakes({"bucket": "", "buckte": "b"}, ["bucket", "version"]))

    assert mistakes == [
        "bucket is missing in UserParameters",
        "version is missing in UserParameters",
        "buckte is no key of this function; it knows bucket, version",
    ]


def test_optional_keys_may_be_there_may_be_empty_and_may_be_missing() -> None:
    assert list(parameters.mistakes({"stack": "shop", "role": ""}, ["stack"], ["role", "template"])) == []


def test_a_key_may_begin_with_a_prefix_and_go_on() -> None:
    values = {"Parameter.Size": "", "Parameter.": "1", "Size": "1", "XParameter.Size": "1"}

    mistakes = list(parameters.mistakes(values, ["stack"], ["role"], ["Parameter."]))

    keys = "stack, role, Parameter.<Name>"
    assert mistakes == [
        "stack is missing in UserParameters",
        f"Parameter. is no key of this function; it knows {keys}",
        f"Size is no key of this function; it knows {keys}",
        f"XParameter.Size is no key of this function; it knows {keys}",
    ]


@pytest.mark.parametrize("kind", ["input", "output"])
def test_missing_and_foreign_artifacts_are_named(kind: str) -> None:
    mistakes = list(parameters.artifact_mistakes(kind, {"Other": OTHER}, ["SourceOutput"]))

    assert mistakes == [
        f"the action lacks the {kind} artifact SourceOutput",
        f"the {kind} artifact Other is not for this function",
    ]


def test_the_artifacts_that_an_action_must_have_are_no_mistake() -> None:
    assert list(parameters.artifact_mistakes("input", {"Other": OTHER}, ["Other"])) == []


def test_mistakes_are_told_together_and_none_are_no_error() -> None:
    parameters.check(iter([]))

    with pytest.raises(Misconfigured, match=re.escape("\n  - one\n  - two")):
        parameters.check(iter(["one", "two"]))
