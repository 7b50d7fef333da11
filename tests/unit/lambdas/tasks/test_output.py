from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdas.tasks import output
from lambdas.tasks.mask import Mask
from lambdas.tasks.output import Tail, blocks, conceal, plain

if TYPE_CHECKING:
    import io
    from collections.abc import Iterable, Iterator

NO_SECRETS = Mask()
MASK = Mask(("f00dcafe",))
CUT = 32 * 1024


class Pipe:
    """A pipe that gives what was written piece by piece."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks: Iterator[bytes] = iter(chunks)

    def read1(self, size: int) -> bytes:
        assert size == CUT
        chunk = next(self._chunks, b"")
        assert len(chunk) <= size
        return chunk


def read(chunks: Iterable[bytes], mask: Mask = NO_SECRETS) -> list[str]:
    return list(blocks(cast("io.BufferedReader", Pipe(chunks)), mask))


def pieces(text: bytes, size: int) -> list[bytes]:
    return [text[start : start + size] for start in range(0, len(text), size)]


def tail_of(text: str, mask: Mask = NO_SECRETS) -> tuple[str, ...]:
    tail = Tail(mask)
    tail.add(text)
    return tail.lines


def test_lines_are_told_as_soon_as_they_have_ended() -> None:
    assert read([b"one\ntwo\nth", b"ree\r\n\nfour"]) == ["one\ntwo", "three\n", "four"]


@pytest.mark.parametrize(
    ("chunks", "expected"),
    [
        ([], []),
        ([b"\n"], [""]),
        ([b"a\r\nb\r\nc\r\n"], ["a\nb\nc"]),
        ([b"a\r", b"\nb"], ["a", "b"]),
        ([b"a\rb\n"], ["a\rb"]),
        ([b"a\r"], ["a"]),
        ([b"\xe2\x82", b"\xac\n"], ["€"]),
        ([b"\xe2\x82"], ["\ufffd"]),
        ([b"\xff\n"], ["\ufffd"]),
    ],
)
def test_the_end_of_a_line_may_be_written_in_two_ways_and_what_is_no_text_is_marked(
    chunks: list[bytes], expected: list[str]
) -> None:
    assert read(chunks) == expected


@settings(max_examples=50)
@given(st.lists(st.binary(min_size=1, max_size=20), max_size=20))
def test_whatever_comes_is_told_whole_as_valid_utf_8(chunks: list[bytes]) -> None:
    text = "\n".join(read(chunks))

    expected = b"".join(chunks).decode(errors="replace").replace("\r\n", "\n").removesuffix("\r")
    assert text == expected.removesuffix("\n")
    assert text.encode().decode() == text


def test_a_line_that_does_not_end_is_told_in_pieces_that_cut_no_character() -> None:
    line = "é€😀" * 20_000

    blocks = read(pieces(line.encode(), 32_749))

    assert "".join(blocks) == line
    assert CUT < max(map(len, blocks)) <= 2 * CUT


@pytest.mark.parametrize(("length", "expected"), [(CUT, 1), (CUT + 1, 2)])
def test_a_line_is_held_as_long_as_it_is_no_longer_than_a_block(length: int, expected: int) -> None:
    assert len(read([*pieces(b"x" * length, CUT), b"y"])) == expected


@pytest.mark.parametrize("length", [CUT, CUT + 1, 2 * CUT])
def test_a_line_that_ends_where_it_was_cut_is_not_followed_by_an_empty_one(length: int) -> None:
    blocks = read([*pieces(b"x" * length, CUT), b"\nnext\n"])

    lines = "\n".join(blocks).split("\n")
    assert "".join(lines) == "x" * length + "next"
    assert lines[-1] == "next"
    assert "" not in lines


def test_an_empty_line_after_a_cut_line_is_told() -> None:
    blocks = read([b"x" * CUT, b"y", b"\n\nnext\n", b"\nlast\n"])

    assert blocks == ["x" * CUT + "y", "\nnext", "\nlast"]


@pytest.mark.parametrize("before", range(CUT + 128 - 9, CUT + 128 + 2))
def test_a_secret_that_lies_across_a_cut_is_hidden(before: int) -> None:
    text = b"x" * before + b"f00dcafe" + b"y" * CUT

    log = [conceal(block, MASK) for block in read(pieces(text, 128), MASK)]

    assert len(log) > 1
    assert "".join(log) == "x" * before + "***" + "y" * CUT


def test_colours_are_shown_and_not_kept() -> None:
    text = "\x1b[1;31mred\x1b[0m \x07end"

    assert conceal(text, MASK) == text
    assert tail_of(text) == ("red end",)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b[2K\x1b[?25lhidden cursor\x1b[1 q", "hidden cursor"),
        ("\x1b]0;title\x07text\x1b]8;;http://x\x1b\\link\x1b]0;", "textlink"),
        ("\x1bcreset\x1b(", "creset("),
        ("\x1bMup\x1b_", "up"),
        ("a\tb\nc", "a\tb\nc"),
        ("\x00\x08\x0b\r\x1f\x7fa b~", "a b~"),
    ],
)
def test_the_controls_of_a_terminal_are_no_text(text: str, expected: str) -> None:
    assert plain(text) == expected


def test_a_secret_is_hidden_where_there_are_no_colours() -> None:
    assert conceal("the f00dcafe token\nand f00dcafe", MASK) == "the *** token\nand ***"


def test_a_secret_with_colours_in_it_is_hidden_too() -> None:
    text = "\x1b[1mbold\x1b[0m\nthe f00d\x1b[31mcafe\x1b[0m token\n\x1b[1mf00dcafe\x1b[0m"

    assert conceal(text, MASK) == "\x1b[1mbold\x1b[0m\nthe *** token\n\x1b[1m***\x1b[0m"
    assert tail_of(text, MASK) == ("bold", "the *** token", "***")


def test_the_last_two_hundred_lines_are_kept() -> None:
    tail = Tail(NO_SECRETS)
    for start in range(0, 1000, 50):
        tail.add("\n".join(map(str, range(start, start + 50))))

    assert tail.lines == tuple(map(str, range(800, 1000)))


def test_of_a_block_of_more_lines_the_last_are_kept_whole() -> None:
    assert tail_of("\n".join(map(str, range(1000)))) == tuple(map(str, range(800, 1000)))


@pytest.mark.parametrize(("length", "expected"), [(4999, 4999), (5000, 5000), (5001, 5000)])
def test_of_a_long_line_the_last_5000_characters_are_kept(length: int, expected: int) -> None:
    (line,) = tail_of("a" + "y" * (length - 1))

    assert len(line) == expected
    assert line.startswith("a") is (length == expected)


def test_a_long_line_is_cleaned_when_it_comes_and_a_short_one_when_it_is_asked_for() -> None:
    tail = Tail(MASK)
    tail.add("\x1b[1mf00dcafe\x1b[0m\n" + "\x1b[1mx\x1b[0m" * 5000)

    assert list(tail._lines) == ["\x1b[1mf00dcafe\x1b[0m", "x" * 5000]
    assert tail.lines == ("***", "x" * 5000)


def test_of_a_long_line_the_end_is_kept_without_a_part_of_a_secret() -> None:
    (line,) = tail_of("x" * 5000 + "f00dcafe" + "y" * 4998, MASK)

    assert line == "**" + "y" * 4998


def test_blocks_and_lines_are_bounded() -> None:
    assert (output._BLOCK, output._KEPT_LINES) == (CUT, 200)
