from __future__ import annotations

import os
import signal
import sys
import time
from typing import TYPE_CHECKING

import psutil
import pytest

from serverless_pipeline.local.functions import channel
from serverless_pipeline.local.functions.channel import Channel, Unanswered
from serverless_pipeline.patience import Patience

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SECONDS = 10
PIPES = (
    "import json, os, sys, time; requests, answers = open(int(sys.argv[1]), 'rb'), open(int(sys.argv[2]), 'wb', 0)\n"
)
ECHO = f"{PIPES}for line in requests: answers.write(line)\n"
SLEEP = "import time; time.sleep(300)"


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Callable[[str], Channel]]:
    """A channel to a process that runs this program; it ends with the test."""
    channels: list[Channel] = []

    def start(program: str) -> Channel:
        channels.append(Channel([sys.executable, "-S", "-c", program], tmp_path, {"WORD": "x"}))
        return channels[-1]

    yield start
    for one in channels:
        if one._requests >= 0:
            one.kill()
        os.close(one.output)


def test_each_document_gets_its_answer(opened: Callable[[str], Channel]) -> None:
    echo = opened(ECHO)

    assert [echo.ask(document, SECONDS) for document in (1, {"a": "ü\n"}, None)] == [1, {"a": "ü\n"}, None]


def test_a_document_may_be_larger_than_a_pipe(opened: Callable[[str], Channel]) -> None:
    document = "x" * 1_000_000
    program = f"{PIPES}line = requests.readline()\nanswers.write(b'%d\\n' % len(line)); time.sleep(300)"

    assert opened(program).ask(document, SECONDS) == 1_000_003


def test_answers_that_come_together_are_taken_one_by_one(opened: Callable[[str], Channel]) -> None:
    both = opened(f"{PIPES}answers.write(b'1\\n2\\n'); time.sleep(300)")

    assert [both.answer(SECONDS), both.answer(SECONDS)] == [1, 2]


def test_an_answer_that_comes_in_pieces_is_put_together(opened: Callable[[str], Channel]) -> None:
    slow = opened(f"{PIPES}answers.write(b'[1,'); time.sleep(0.02); answers.write(b'2]\\n'); time.sleep(300)")

    assert slow.answer(SECONDS) == [1, 2]


def test_the_process_sees_its_folder_its_variables_and_no_input(
    opened: Callable[[str], Channel], tmp_path: Path
) -> None:
    seen = (
        "[os.getcwd(), os.environ.get('WORD'), os.environ.get('HOME'), sys.stdin.read(), os.getpgid(0) == os.getpid()]"
    )
    program = opened(f"{PIPES}answers.write(json.dumps({seen}).encode() + b'\\n'); time.sleep(300)")

    assert program.answer(SECONDS) == [str(tmp_path), "x", None, "", True]


def test_both_streams_are_its_output(opened: Callable[[str], Channel]) -> None:
    printing = opened("import os; os.write(1, b'out'); os.write(2, b'err')")

    text = b""
    while chunk := os.read(printing.output, 100):
        text += chunk
    assert text == b"outerr"


def test_an_answer_that_does_not_come_in_time_is_a_timeout(opened: Callable[[str], Channel]) -> None:
    silent = opened(f"{PIPES}answers.write(b'half'); time.sleep(300)")
    begin = time.monotonic()

    with pytest.raises(TimeoutError):
        silent.answer(0.1)

    assert 0.1 <= time.monotonic() - begin < SECONDS


def test_the_time_is_for_the_whole_answer(opened: Callable[[str], Channel]) -> None:
    dripping = opened(f"{PIPES}\nwhile True: answers.write(b'x'); time.sleep(0.01)")

    with pytest.raises(TimeoutError):
        dripping.answer(0.2)


@pytest.mark.parametrize(
    ("end", "words"),
    [
        ("os._exit(3)", "Runtime exited with error: exit status 3"),
        ("os._exit(0)", "Runtime exited without providing a reason"),
        ("os.kill(0, 9)", "Runtime exited with error: signal: killed"),
        ("os.kill(0, 15)", "Runtime exited with error: signal: terminated"),
        ("os.kill(0, 11)", "Runtime exited with error: signal: segmentation fault"),
        ("os.kill(0, 6)", "Runtime exited with error: signal: aborted"),
        ("os.kill(0, 10)", f"Runtime exited with error: signal: {int(signal.SIGUSR1)}"),
    ],
)
def test_how_a_process_ended_is_said_in_lambdas_words(opened: Callable[[str], Channel], end: str, words: str) -> None:
    with pytest.raises(Unanswered) as caught:
        opened(f"{PIPES}requests.readline(); {end}").ask({}, SECONDS)

    assert str(caught.value) == words


def test_a_process_that_closes_its_pipe_and_stays_gives_no_reason(
    opened: Callable[[str], Channel], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channel, "EXIT_SECONDS", 0.05)

    with pytest.raises(Unanswered, match="Runtime exited without providing a reason"):
        opened(f"{PIPES}answers.close(); time.sleep(300)").answer(SECONDS)


def test_a_process_that_does_not_read_any_more_is_no_error_of_ours(opened: Callable[[str], Channel]) -> None:
    ended = opened("import os; os._exit(3)")
    Patience(timeout=SECONDS).until(lambda: ended.alive, lambda alive: not alive)

    with pytest.raises(Unanswered, match="exit status 3"):
        ended.ask({}, SECONDS)


def test_an_answer_that_is_no_json_is_shown(opened: Callable[[str], Channel]) -> None:
    with pytest.raises(Unanswered) as caught:
        opened(f"{PIPES}answers.write(b'x' * 100 + b'\\n'); time.sleep(300)").answer(SECONDS)

    assert str(caught.value) == f"Runtime sent what is no JSON: {b'x' * 80!r}"


def test_killing_ends_what_it_started_in_and_out_of_its_group(opened: Callable[[str], Channel]) -> None:
    start = (
        f"import subprocess; start = lambda **how: subprocess.Popen([sys.executable, '-S', '-c', {SLEEP!r}], **how).pid"
    )
    program = f"{PIPES}{start}\npids = [os.getpid(), start(), start(start_new_session=True)]\n"
    tree = opened(f"{program}answers.write(json.dumps(pids).encode() + b'\\n'); time.sleep(300)")
    family = [psutil.Process(pid) for pid in tree.answer(SECONDS)]

    tree.kill()
    tree._requests = -1

    assert not psutil.pid_exists(family[0].pid)
    Patience(timeout=SECONDS).until(lambda: all(map(has_ended, family)), bool)


def test_what_outlived_it_in_its_group_is_killed_as_well(opened: Callable[[str], Channel]) -> None:
    start = f"import subprocess; pid = subprocess.Popen([sys.executable, '-S', '-c', {SLEEP!r}]).pid"
    parent = opened(f"{PIPES}{start}\nanswers.write(b'%d\\n' % pid); os._exit(0)")
    orphan = psutil.Process(parent.answer(SECONDS))
    Patience(timeout=SECONDS).until(lambda: parent.alive, lambda alive: not alive)

    parent.kill()
    parent._requests = -1

    Patience(timeout=SECONDS).until(lambda: has_ended(orphan), bool)


def test_killing_closes_the_pipes(opened: Callable[[str], Channel]) -> None:
    echo = opened(ECHO)
    pipes = (echo._requests, echo._answers)

    echo.kill()
    echo._requests = -1

    for pipe in pipes:
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(pipe)


def test_the_ends_of_the_process_are_closed_here(opened: Callable[[str], Channel]) -> None:
    before = psutil.Process().num_fds()

    opened(ECHO)

    assert psutil.Process().num_fds() - before == 3


def test_it_lives_until_it_ends(opened: Callable[[str], Channel]) -> None:
    echo = opened(ECHO)

    assert echo.alive
    echo.kill()
    echo._requests = -1
    assert not echo.alive


def has_ended(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
