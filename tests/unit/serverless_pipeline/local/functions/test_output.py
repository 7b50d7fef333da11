from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, cast

import pytest

from serverless_pipeline.local.functions import output
from serverless_pipeline.local.functions.output import Output

if TYPE_CHECKING:
    from collections.abc import Iterator

    from serverless_pipeline.local.functions.logs import LogStream

SECONDS = 10


class Log:
    """A log stream that keeps what is written, and says when there is something."""

    group = "/aws/lambda/shop"

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.written = threading.Event()

    def write(self, lines: list[str]) -> None:
        assert lines
        self.lines += lines
        self.written.set()


class Process:
    """The writing end of a process's output, and the reader of it."""

    def __init__(self) -> None:
        pipe, self.end = os.pipe()
        self.log = Log()
        self.output = Output(pipe, cast("LogStream", self.log))
        self.pipe = pipe

    def say(self, text: bytes) -> None:
        while text:
            text = text[os.write(self.end, text) :]

    def close(self) -> None:
        if self.end >= 0:
            os.close(self.end)
        self.end = -1
        self.output.join(SECONDS)


@pytest.fixture
def process() -> Iterator[Process]:
    process = Process()
    process.output.start()
    yield process
    process.close()


def test_lines_are_stored_while_the_process_still_prints(process: Process) -> None:
    process.say(b"one\ntwo\nhal")

    assert process.log.written.wait(SECONDS)
    assert process.log.lines == ["one", "two"]
    assert not process.output.wait(0)


def test_a_line_that_comes_in_pieces_is_one(process: Process) -> None:
    process.say(b"one\nha")
    process.log.written.wait(SECONDS)
    process.say(b"lf\n")
    process.close()

    assert process.log.lines == ["one", "half"]


def test_the_last_line_may_lack_its_end(process: Process) -> None:
    process.say(b"one\nhalf")
    process.close()

    assert process.log.lines == ["one", "half"]
    assert process.output.wait(0)


def test_a_process_that_prints_nothing_writes_no_line(process: Process) -> None:
    process.close()

    assert process.log.lines == []
    assert process.output.wait(0)


def test_all_is_stored_when_the_marker_came(process: Process) -> None:
    process.output.expect("\x1emark")
    process.say(b"one\n\x1emark\n")

    assert process.output.wait(SECONDS)
    assert process.log.lines == ["one"]


def test_a_line_without_its_end_stands_before_the_marker(process: Process) -> None:
    process.output.expect("\x1emark")
    process.say(b"half\x1emark\n")

    assert process.output.wait(SECONDS)
    assert process.log.lines == ["half"]


def test_a_marker_alone_writes_no_line(process: Process) -> None:
    process.output.expect("\x1emark")
    process.say(b"\x1emark\n")

    assert process.output.wait(SECONDS)
    assert process.log.lines == []


def test_each_invocation_waits_for_a_marker_of_its_own(process: Process) -> None:
    process.output.expect("\x1efirst")
    process.say(b"\x1efirst\n")
    assert process.output.wait(SECONDS)

    process.output.expect("\x1esecond")

    assert not process.output.wait(0)
    process.say(b"\x1esecond\n")
    assert process.output.wait(SECONDS)


def test_what_is_no_text_is_stored_as_far_as_it_is(process: Process) -> None:
    process.say(b"\xff four\r\n")
    process.close()

    assert process.log.lines == ["\ufffd four"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"Traceback\r  line 1\r  line 2\n", "Traceback\n  line 1\n  line 2"),
        (b"two\r\r\n", "two\n"),
        (b"\r\n", ""),
    ],
)
def test_a_message_of_several_lines_is_one_event(process: Process, line: bytes, message: str) -> None:
    """A runtime client writes carriage returns between them."""
    process.say(line)
    process.close()

    assert process.log.lines == [message]


@pytest.mark.parametrize(("length", "lines"), [(256 * 1024, 1), (256 * 1024 + 1, 2)])
def test_a_line_that_does_not_end_is_stored_in_parts(process: Process, length: int, lines: int) -> None:
    process.say(b"x" * length)
    if lines > 1:
        assert process.log.written.wait(SECONDS)
    process.say(b"y\n")
    process.close()

    assert "".join(process.log.lines) == "x" * length + "y"
    assert len(process.log.lines) == lines


def test_the_pipe_is_closed_at_its_end(process: Process) -> None:
    process.close()

    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(process.pipe)


def test_it_does_not_keep_the_server_alive(process: Process) -> None:
    assert process.output.daemon
    assert process.output.name == "log of /aws/lambda/shop"
    assert output.LINE_BYTES == 256 * 1024
