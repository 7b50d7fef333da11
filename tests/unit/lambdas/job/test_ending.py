import pytest

from lambdas.job.ending import (
    MESSAGE_LIMIT,
    TOKEN_LIMIT,
    Continued,
    Failed,
    JobError,
    Misconfigured,
    NotAllowed,
    Succeeded,
    quote,
    shorten,
)


def test_the_limits_are_those_of_codepipeline() -> None:
    assert (MESSAGE_LIMIT, TOKEN_LIMIT) == (5000, 2048)


def test_what_an_outcome_does_not_say_is_empty_and_a_failure_is_the_jobs() -> None:
    assert Succeeded("done") == Succeeded("done", {})
    assert Continued("step-2") == Continued("step-2", "")
    assert Failed("no") == Failed("no", "JobFailed")


def test_an_error_has_aws_own_word_for_its_kind() -> None:
    assert JobError("no").type == "JobFailed"
    assert Misconfigured(["no"]).type == "ConfigurationError"
    assert NotAllowed("no").type == "PermissionError"


def test_all_mistakes_are_told_together() -> None:
    text = str(Misconfigured(mistake for mistake in ("task is missing", "Q is unknown")))

    assert text == (
        "The action is configured wrongly; mend its UserParameters or artifacts:\n  - task is missing\n  - Q is unknown"
    )


@pytest.mark.parametrize("lines", [[], [""], ["", ""], ["\n"]])
def test_a_message_without_lines_is_its_head(lines: list[str]) -> None:
    assert quote("The task failed", lines) == "The task failed"


def test_short_lines_are_all_quoted_but_for_empty_ones_at_both_ends() -> None:
    assert quote("The task failed", ["", " one", "", "two ", ""]) == "The task failed:\n one\n\ntwo "


def test_a_long_message_keeps_its_head_and_the_last_whole_lines() -> None:
    lines = [f"line {number:04d}" for number in range(2000)]

    message = quote("The task failed", lines)

    head, *rest = message.splitlines()
    assert head == "The task failed:"
    assert rest == lines[-len(rest) :]
    assert len(message) + len("\nline 0000") > MESSAGE_LIMIT >= len(message)


def test_a_single_line_longer_than_the_limit_keeps_its_end() -> None:
    message = quote("The task failed", ["x" * 9000 + "the end"])

    assert len(message) == MESSAGE_LIMIT
    assert message.startswith("The task failed:\nxx")
    assert message.endswith("the end")


@pytest.mark.parametrize(
    ("message", "limit", "expected"),
    [
        ("head\nlast", 9, "head\nlast"),
        ("head\none\nlast", 9, "head\nlast"),
        ("head\none\nlast", 10, "head\nlast"),
        ("head\none\nlast", 12, "head\nlast"),
        ("head\none\nlast", 13, "head\none\nlast"),
        ("head\nlast", 8, "head\nast"),
        ("head\nlast", 6, "head\nt"),
        ("head\nlast", 5, "head\n"),
        ("abcdef\nlast", 6, "abcdef"),
        ("abcdefgh", 6, "abcdef"),
        ("abcdef", 7, "abcdef"),
        ("abcdef", 6, "abcdef"),
    ],
)
def test_of_a_message_its_first_line_and_its_last_ones_stay(message: str, limit: int, expected: str) -> None:
    assert shorten(message, limit) == expected


def test_without_another_limit_a_message_has_5000_characters() -> None:
    assert shorten("x" * 5001) == "x" * 5000
