from __future__ import annotations

import functools
import io
import re
import sys
from datetime import UTC, datetime

import pytest
from rich.console import Console

from serverless_pipeline import console
from serverless_pipeline.errors import Error, Misconfigured


class Terminal(io.StringIO):
    """A terminal that knows when something was pushed out."""

    pushed = ""

    def isatty(self) -> bool:
        return True

    def flush(self) -> None:
        self.pushed = self.getvalue()


def live(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A terminal on stderr that can move and show colours."""
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    for name, value in {"NO_COLOR": "", "TERM": "xterm-256color", "CI": "", "COLUMNS": "40"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(console, "terminal", functools.cache(console.terminal.__wrapped__))
    return screen


def plain(text: str) -> str:
    """What is shown, without the terminal's own codes."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)


def test_the_headline_says_where_a_task_acts(capsys: pytest.CaptureFixture[str]) -> None:
    console.headline("local", "000000000000", "us-east-1", "dromedary")

    assert capsys.readouterr() == ("", "local  000000000000  us-east-1  stack dromedary\n")


def test_a_verb_is_padded_to_ten_and_goes_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    console.say("Published", "s3://bucket/root.yml")
    console.say("Created", "stack shop")

    assert capsys.readouterr() == ("", "Published  s3://bucket/root.yml\nCreated    stack shop\n")


def test_a_line_has_no_blanks_at_its_end(capsys: pytest.CaptureFixture[str]) -> None:
    console.line("12:00:00  ", "")
    console.line("one ")

    assert capsys.readouterr() == ("", "12:00:00\none\n")


@pytest.mark.parametrize(("style", "code"), [({}, "32"), ({"style": "red"}, "31")])
def test_on_a_terminal_the_verb_is_green_or_what_somebody_chose(
    monkeypatch: pytest.MonkeyPatch, style: dict[str, str], code: str
) -> None:
    terminal = live(monkeypatch)

    console.say("Created", "stack 123", **style)

    assert terminal.getvalue() == f"\x1b[{code}mCreated    \x1b[0mstack 123\n"


def test_on_a_terminal_a_line_without_a_style_has_no_colour_and_a_long_one_is_not_broken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    terminal = live(monkeypatch)

    console.line("word " * 20, "end")

    assert terminal.getvalue() == "word " * 20 + "end\n"


def test_no_color_takes_the_colours_away(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = live(monkeypatch)
    monkeypatch.setenv("NO_COLOR", "1")

    console.say("Created", "stack shop")

    assert plain(terminal.getvalue()) == "Created    stack shop\n"
    assert "\x1b[32m" not in terminal.getvalue()


def test_the_terminal_is_made_once() -> None:
    assert console.terminal() is console.terminal()


def test_data_goes_to_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    console.data("{}")

    assert capsys.readouterr() == ("{}\n", "")


def test_what_is_printed_is_pushed_out_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    out, err = Terminal(), Terminal()
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    monkeypatch.setenv("CI", "true")

    console.data("data")
    console.headline("local", "1", "here", "shop")
    headline = err.pushed
    console.line("line")

    assert (out.pushed, headline, err.pushed) == ("data\n", "local  1  here  stack shop\n", f"{headline}line\n")


def test_the_clock_shows_the_time_of_day_where_the_user_is() -> None:
    noon = datetime(2026, 1, 1, 12, 34, 56, tzinfo=UTC)

    assert console.clock(noon) == noon.astimezone().strftime("%H:%M:%S")


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (-0.2, "0.0 s"),
        (0.44, "0.4 s"),
        (9.5, "9.5 s"),
        (10, "10 s"),
        (17.9, "17 s"),
        (59.9, "59 s"),
        (60, "1 min 00 s"),
        (125, "2 min 05 s"),
    ],
)
def test_an_elapsed_time_is_told_as_exactly_as_it_matters(seconds: float, expected: str) -> None:
    assert console.duration(seconds) == expected


def test_a_table_aligns_its_columns_and_leaves_no_blanks_at_the_end() -> None:
    assert console.table([["a", "bb", ""], ["ccc", "d", "e"]]) == "a    bb\nccc  d   e"


def test_rows_of_a_table_have_the_same_columns() -> None:
    with pytest.raises(ValueError, match="zip"):
        console.table([["a", "b"], ["c"]])


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


def test_what_takes_a_while_has_a_spinner_beside_it(monkeypatch: pytest.MonkeyPatch) -> None:
    output = io.StringIO()
    screen = Console(file=output, force_terminal=True)
    monkeypatch.setattr(console, "is_live", lambda: True)
    monkeypatch.setattr(console, "terminal", lambda: screen)

    with console.busy("Checking the templates"):
        pass

    assert re.search("[⠀-⣿] Checking the templates", plain(output.getvalue()))


def test_elsewhere_what_takes_a_while_is_not_told(capsys: pytest.CaptureFixture[str]) -> None:
    with console.busy("Checking the templates"):
        console.data("inside")

    assert capsys.readouterr() == ("inside\n", "")


def test_who_is_sure_is_not_asked(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())

    console.confirm("Delete it?", sure=True, again="")

    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("answer", ["y\n", "YES\n", " yes \n"])
def test_yes_goes_on(monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stdin", Terminal(answer))
    monkeypatch.setattr(sys, "stderr", screen)

    console.confirm("Delete it?", sure=False, again="")

    assert screen.pushed == "Delete it? [y/N] "


@pytest.mark.parametrize("answer", ["n\n", "\n", "", "yesterday\n"])
def test_anything_else_deletes_nothing(monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(answer))

    with pytest.raises(Error, match=r"^Not confirmed; nothing was changed\.$"):
        console.confirm("Delete it?", sure=False, again="")


def test_what_is_asked_for_by_its_name_goes_on_with_that_name(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stdin", Terminal(" shop-prod \n"))
    monkeypatch.setattr(sys, "stderr", screen)

    console.confirm("Delete production?", sure=False, again="", name="shop-prod")

    assert screen.pushed == "Delete production? Type its name, shop-prod: "


@pytest.mark.parametrize("answer", ["y\n", "yes\n", "prod\n", "Shop-Prod\n", "shop-prod-2\n", "\n", ""])
def test_any_other_name_deletes_nothing(monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(answer))

    with pytest.raises(Error, match=r"^Not confirmed; nothing was changed\.$"):
        console.confirm("Delete production?", sure=False, again="", name="shop-prod")


def test_where_nobody_can_be_asked_the_option_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))

    with pytest.raises(Misconfigured) as raised:
        console.confirm("Delete it?", sure=False, again="invoke pipeline.down --yes")

    assert str(raised.value) == "Delete it? There is no terminal to ask on.\n  Next: invoke pipeline.down --yes"
