from __future__ import annotations

import io
import sys

import pytest

from serverless_pipeline import console
from serverless_pipeline.errors import Error, Misconfigured


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_headline_says_where_a_task_acts(capsys: pytest.CaptureFixture[str]) -> None:
    console.headline("local", "000000000000", "us-east-1", "dromedary")

    assert capsys.readouterr() == ("", "local  000000000000  us-east-1  stack dromedary\n")


def test_a_verb_is_padded_to_ten_and_goes_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    console.say("Published", "s3://bucket/root.yml")
    console.say("Created", "stack shop")

    assert capsys.readouterr() == ("", "Published  s3://bucket/root.yml\nCreated    stack shop\n")


def test_data_goes_to_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    console.data("{}")

    assert capsys.readouterr() == ("{}\n", "")


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(-0.2, "0.0 s"), (0.44, "0.4 s"), (9.5, "9.5 s"), (17.9, "17 s"), (60, "1 min 00 s"), (125, "2 min 05 s")],
)
def test_an_elapsed_time_is_told_as_exactly_as_it_matters(seconds: float, expected: str) -> None:
    assert console.duration(seconds) == expected


def test_a_table_aligns_its_columns_and_leaves_no_blanks_at_the_end() -> None:
    assert console.table([["a", "bb", ""], ["ccc", "d", "e"]]) == "a    bb\nccc  d   e"


def test_an_empty_table_is_nothing() -> None:
    assert console.table([]) == ""


@pytest.mark.parametrize(
    ("variables", "expected"), [({}, True), ({"CI": "true"}, False), ({"TERM": "dumb"}, False), ({"CI": ""}, True)]
)
def test_progress_moves_on_a_terminal_that_can_and_never_in_ci(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], *, expected: bool
) -> None:
    monkeypatch.setattr(sys, "stderr", Terminal())
    for name, value in ({"CI": "", "TERM": "xterm"} | variables).items():
        monkeypatch.setenv(name, value)

    assert console.is_live() is expected


def test_progress_does_not_move_where_there_is_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    monkeypatch.delenv("CI", raising=False)

    assert not console.is_live()


def test_who_is_sure_is_not_asked(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())

    console.confirm("Delete it?", sure=True, again="")

    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("answer", ["y\n", "YES\n"])
def test_yes_goes_on(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], answer: str) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(answer))

    console.confirm("Delete it?", sure=False, again="")

    assert capsys.readouterr().err == "Delete it? [y/N] "


@pytest.mark.parametrize("answer", ["n\n", "\n", "", "yesterday\n"])
def test_anything_else_deletes_nothing(monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(answer))

    with pytest.raises(Error, match="nothing was changed"):
        console.confirm("Delete it?", sure=False, again="")


def test_where_nobody_can_be_asked_the_option_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))

    with pytest.raises(Misconfigured, match=r"invoke pipeline\.down --yes"):
        console.confirm("Delete it?", sure=False, again="invoke pipeline.down --yes")
