"""How things look on a terminal: data on stdout, progress on stderr; whatever prints does it here.

On a terminal progress is live and coloured (rich; `NO_COLOR` takes the colours away), elsewhere and under `CI` it is
one plain line per change.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

from serverless_pipeline.errors import Error, Misconfigured

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from rich.console import Console

_VERB_WIDTH = 10
_SHORT = 10


def headline(target: str, account: str, region: str, stack: str) -> None:
    """The first line of every task: where it acts."""
    print(f"{target}  {account}  {region}  stack {stack}", file=sys.stderr, flush=True)  # noqa: T201 - the console


def say(verb: str, thing: str, *, style: str = "green") -> None:
    """One line of progress: a verb in the past tense, padded to ten, then the thing."""
    line(f"{verb:<{_VERB_WIDTH}} ", thing, style=style)


def line(head: str, rest: str = "", *, style: str = "") -> None:
    """One line on stderr, the first part of it coloured on a terminal."""
    if not is_live():
        print(f"{head}{rest}".rstrip(), file=sys.stderr, flush=True)  # noqa: T201 - the console
        return
    from rich.text import Text

    terminal().print(Text.assemble((head, style), rest), soft_wrap=True)


def data(text: str) -> None:
    """What the task was asked for, on stdout."""
    print(text, flush=True)  # noqa: T201 - the console


def clock(time: datetime) -> str:
    """The time of day where the user is."""
    return f"{time.astimezone():%H:%M:%S}"


def duration(seconds: float) -> str:
    """An elapsed time: `0.4 s`, `17 s`, `2 min 05 s`."""
    if seconds < _SHORT:
        return f"{max(seconds, 0):.1f} s"
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"


def table(rows: Iterable[Iterable[str]]) -> str:
    """Rows in columns, two spaces apart, for stdout."""
    cells = [list(row) for row in rows]
    widths = [max(len(cell) for cell in column) for column in zip(*cells, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in cells)
    return "\n".join(text.rstrip() for text in lines)


def confirm(question: str, *, sure: bool, again: str, name: str = "") -> None:
    """Ask on a terminal before something is destroyed or replaced; the answer is yes, or `name` if one is given.

    Raises:
        Misconfigured: there is no terminal to ask on, and nobody said that they are sure.
        Error: the answer was another.
    """
    if sure:
        return
    if not sys.stdin.isatty():
        raise Misconfigured(f"{question} There is no terminal to ask on.", hint=again)
    sys.stderr.write(f"{question} Type its name, {name}: " if name else f"{question} [y/N] ")
    sys.stderr.flush()
    answer = sys.stdin.readline().strip()
    if answer != name if name else answer.lower() not in {"y", "yes"}:
        raise Error("Not confirmed; nothing was changed.")


def is_live() -> bool:
    """Whether progress may move: a terminal that can, and no CI."""
    return sys.stderr.isatty() and not os.environ.get("CI") and os.environ.get("TERM") != "dumb"


@cache
def terminal() -> Console:
    """The terminal, made when it is first used."""
    from rich.console import Console

    return Console(stderr=True)


@contextmanager
def busy(words: str) -> Iterator[None]:
    """A spinner beside what takes a while; elsewhere nothing."""
    if not is_live():
        yield
        return
    with terminal().status(words):
        yield
