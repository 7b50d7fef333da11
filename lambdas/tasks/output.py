"""What a process says, in bounded memory: whole lines of valid UTF-8 as they come, without secrets."""

from __future__ import annotations

import codecs
import re
from collections import deque
from typing import TYPE_CHECKING

from lambdas.job.ending import MESSAGE_LIMIT

if TYPE_CHECKING:
    import io
    from collections.abc import Iterator

    from lambdas.tasks.mask import Mask

_BLOCK = 32 * 1024
_KEPT_LINES = 200
_ESCAPE = "\x1b"
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


class Tail:
    """The last lines of an output, for the message of a failure; of a long line its last 5000 characters."""

    def __init__(self, mask: Mask) -> None:
        self._mask = mask
        self._lines: deque[str] = deque(maxlen=_KEPT_LINES)

    def add(self, block: str) -> None:
        """Keep the last lines of a block. They are cleaned when they are asked for, which most lines never are."""
        for line in block.rsplit("\n", _KEPT_LINES)[-_KEPT_LINES:]:
            self._lines.append(line if len(line) <= MESSAGE_LIMIT else self._clean(line))

    @property
    def lines(self) -> tuple[str, ...]:
        return tuple(map(self._clean, tuple(self._lines)))

    def _clean(self, line: str) -> str:
        return self._mask.hide(plain(line))[-MESSAGE_LIMIT:]


def blocks(output: io.BufferedReader, mask: Mask) -> Iterator[str]:
    """What is said, as soon as it is said: one or more lines at a time, joined, without the end of the last.

    A line that is too long to be held is cut into pieces, none of which ends within a character or a secret.
    """
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    rest, goes_on = "", False
    while chunk := output.read1(_BLOCK):
        text = rest + decoder.decode(chunk)
        if goes_on and text.startswith("\n"):
            text, goes_on = text[1:], False
        whole, end_of_line, rest = text.rpartition("\n")
        if end_of_line:
            goes_on = False
            yield whole.replace("\r\n", "\n").removesuffix("\r")
        if len(rest) > _BLOCK and (end := mask.cut(rest)):
            yield rest[:end]
            rest, goes_on = rest[end:], True
    if rest := rest + decoder.decode(b"", final=True):
        yield rest.removesuffix("\r")


def conceal(block: str, mask: Mask) -> str:
    """A block for the log. A line whose colours lie within a secret is shown without colours."""
    if _ESCAPE not in block:
        return mask.hide(block)
    return "\n".join(_conceal_line(line, mask) for line in block.split("\n"))


def plain(text: str) -> str:
    """Text without the colours and other control sequences of a terminal."""
    return _CONTROLS.sub("", _ESCAPES.sub("", text))


def _conceal_line(line: str, mask: Mask) -> str:
    coloured = mask.hide(line)
    bare = plain(coloured)
    return coloured if mask.hide(bare) == bare else mask.hide(bare)
