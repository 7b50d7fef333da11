from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.tasks.mask import Mask
from lambdas.tasks.output import Tail, blocks, masked

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
        chunk = next(self._chunks, b"")
        assert len(chunk) <= size
        return chunk


def said(chunks: Iterable[bytes], mask: Mask = NO_SECRETS) -> list[str]:
    return list(blocks(cast("io.BufferedReader", Pipe(chunks)), mask))


def pieces(text: bytes, size: int) -> list[bytes]:
    return [text[start : start + size] for start in range(0, len(text), size)]


def kept(text: str, mask: Mask = NO_SECRETS) -> tuple[str, ...]:
    tail = Tail(mask)
    tail.add(text)
    return tail.lines


def test_lines_are_told_as_soon_as_they_have_ended() -> None:
    assert said([b"one\ntwo\nth", b"ree\r\n\nfour"]) == ["one\ntwo", "three\n", "four"]


@given(st.lists(st.binary(min_size=1, max_size=20), max_size=20))
def test_whatever_comes_is_told_whole_as_valid_utf_8(chunks: list[bytes]) -> None:
    told = "\n".join(said(chunks))

    expected = b"".join(chunks).decode(errors="replace").replace("\r\n", "\n").removesuffix("\r")
    assert told == expected.removesuffix("\n")
    assert told.encode().decode() == told


def test_a_line_that_does_not_end_is_told_in_pieces_that_cut_no_character() -> None:
    line = "é€😀" * 100_000

    told = said(pieces(line.encode(), 32_749))

    assert "".join(told) == line
    assert max(map(len, told)) <= 2 * CUT


@pytest.mark.parametrize("length", [CUT, CUT + 1, 2 * CUT])
def test_a_line_that_ends_where_it_was_cut_is_not_followed_by_an_empty_one(length: int) -> None:
    told = said([*pieces(b"x" * length, CUT), b"\nnext\n"])

    lines = "\n".join(told).split("\n")
    assert "".join(lines) == "x" * length + "next"
    assert lines[-1] == "next"
    assert "" not in lines


@pytest.mark.parametrize("before", range(CUT + 128 - 9, CUT + 128 + 2))
def test_a_secret_that_lies_across_a_cut_is_hidden(before: int) -> None:
    text = b"x" * before + b"f00dcafe" + b"y" * CUT

    told = [masked(block, MASK) for block in said(pieces(text, 128), MASK)]

    assert len(told) > 1
    assert "".join(told) == "x" * before + "***" + "y" * CUT


def test_colours_are_shown_and_not_kept() -> None:
    text = "\x1b[1;31mred\x1b[0m \x07end"

    assert masked(text, MASK) == text
    assert kept(text) == ("red end",)


def test_a_secret_with_colours_in_it_is_hidden_too() -> None:
    text = "\x1b[1mbold\x1b[0m\nthe f00d\x1b[31mcafe\x1b[0m token"

    assert masked(text, MASK) == "\x1b[1mbold\x1b[0m\nthe *** token"
    assert kept(text, MASK) == ("bold", "the *** token")


def test_the_last_lines_are_kept() -> None:
    tail = Tail(NO_SECRETS)
    for start in range(0, 1000, 50):
        tail.add("\n".join(map(str, range(start, start + 50))))

    assert tail.lines == tuple(map(str, range(800, 1000)))


def test_of_a_long_line_the_end_is_kept_without_a_part_of_a_secret() -> None:
    (line,) = kept("x" * 5000 + "f00dcafe" + "y" * 4998, MASK)

    assert line == "**" + "y" * 4998
