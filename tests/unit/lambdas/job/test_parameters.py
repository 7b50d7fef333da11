import pytest

from lambdas.job import parameters
from lambdas.job.ending import Misconfigured


def test_a_query_string_is_read_with_its_escapes_and_blanks() -> None:
    given = parameters.parse("task=package&Env.URL=https://x/?a%3D1%26b&Env.EMPTY=&plus=1%2B1")

    assert given == {"task": "package", "Env.URL": "https://x/?a=1&b", "Env.EMPTY": "", "plus": "1+1"}


def test_no_parameters_are_none() -> None:
    assert parameters.parse("") == {}


def test_what_is_no_query_string_is_refused() -> None:
    with pytest.raises(Misconfigured, match="must be a query string"):
        parameters.parse('{"task": "package"}')


def test_a_key_given_twice_is_refused_by_name() -> None:
    with pytest.raises(Misconfigured, match="task is given more than once"):
        parameters.parse("task=package&task=test")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("retries=2", ("2", "")),
        ("task=a%26b&retries=2&Env.X=", ("2", "task=a%26b&Env.X=")),
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
    found = list(parameters.mistakes({"bucket": "", "buckte": "b"}, ["bucket", "version"]))

    assert found == [
        "bucket is missing in UserParameters",
        "version is missing in UserParameters",
        "buckte is no key of this function; it knows bucket, version",
    ]


def test_a_key_may_begin_with_a_prefix_and_go_on() -> None:
    found = list(
        parameters.mistakes({"Parameter.Size": "", "Parameter.": "1", "Size": "1"}, ["stack"], ["role"], ["Parameter."])
    )

    assert found == [
        "stack is missing in UserParameters",
        "Parameter. is no key of this function; it knows stack, role, Parameter.<Name>",
        "Size is no key of this function; it knows stack, role, Parameter.<Name>",
    ]


def test_missing_and_foreign_artifacts_are_named() -> None:
    found = list(parameters.artifact_mistakes("input", {"Other": None}, ["SourceOutput"]))

    assert found == [
        "the action lacks the input artifact SourceOutput",
        "the input artifact Other is not for this function",
    ]
