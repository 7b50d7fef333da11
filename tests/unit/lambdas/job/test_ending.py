from lambdas.job.ending import MESSAGE_LIMIT, Misconfigured, shortened, with_lines


def test_all_mistakes_are_told_together() -> None:
    text = str(Misconfigured(["task is missing", "Q is unknown"]))

    assert text.splitlines()[1:] == ["  - task is missing", "  - Q is unknown"]


def test_a_message_without_lines_is_its_head() -> None:
    assert with_lines("The task failed", []) == "The task failed"


def test_short_lines_are_all_kept() -> None:
    assert with_lines("The task failed", ["one", "", "two"]) == "The task failed:\none\n\ntwo"


def test_a_long_message_keeps_its_head_and_the_last_whole_lines() -> None:
    lines = [f"line {number:04d}" for number in range(2000)]

    message = with_lines("The task failed", lines)

    kept = message.splitlines()[1:]
    assert len(message) <= MESSAGE_LIMIT
    assert message.startswith("The task failed:\n")
    assert kept == lines[-len(kept) :]
    assert len(kept) > 400


def test_a_single_line_longer_than_the_limit_keeps_its_end() -> None:
    message = with_lines("The task failed", ["x" * 9000 + "the end"])

    assert len(message) == MESSAGE_LIMIT
    assert message.endswith("the end")


def test_a_first_line_longer_than_the_limit_keeps_its_beginning() -> None:
    assert shortened("abcdef\nlast", 6) == "abcdef"
