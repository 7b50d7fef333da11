from __future__ import annotations

import json
import os
import shlex
import signal
import sys
import threading
from typing import TYPE_CHECKING

import psutil
import pytest

from serverless_pipeline.local import processes
from serverless_pipeline.local.functions import process as process_module
from serverless_pipeline.local.functions.process import Process
from serverless_pipeline.patience import Patience

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    Start = Callable[..., Process]

SECONDS = 10
VARIABLES = {"PATH": os.environ["PATH"], "WORD": "x y"}
SLEEP = "exec sleep 300"


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """A process of a shell that runs this script; it ends with the test."""
    started: list[Process] = []

    def spawn(script: str, *, is_sandboxed: bool = False) -> Process:
        words = ["/bin/sh", "-c", script]
        started.append(Process(words, VARIABLES, folder=tmp_path, is_sandboxed=is_sandboxed))
        return started[-1]

    yield spawn
    for one in started:
        one.kill()
        os.close(one.output)
        os.close(one.writing)


def line(process: Process) -> str:
    """The next line of its output."""
    text = b""
    while not text.endswith(b"\n"):
        text += os.read(process.output, 1)
    return text.decode().rstrip("\n")


def has_ended(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def test_it_sees_its_folder_its_variables_and_no_input(tmp_path: Path) -> None:
    seen = "[os.getcwd(), dict(os.environ), sys.stdin.read(), os.getpgid(0) == os.getpid()]"
    script = f"import json, os, sys; print(json.dumps({seen}))"
    process = Process([sys.executable, "-S", "-c", script], {"WORD": "x y"}, folder=tmp_path, is_sandboxed=False)

    folder, variables, text, is_group = json.loads(line(process))
    process.kill()
    os.close(process.output)
    os.close(process.writing)

    assert (folder, variables["WORD"], text, is_group) == (str(tmp_path), "x y", "", True)
    assert variables.keys() <= {"WORD", "LC_CTYPE"}


def test_both_streams_are_its_output(start: Start) -> None:
    printing = start("echo out; echo err >&2")

    assert [line(printing), line(printing)] == ["out", "err"]


def test_what_is_written_beside_it_comes_after_what_it_printed(start: Start) -> None:
    printing = start("echo out")
    printing.wait()

    os.write(printing.writing, b"ours\n")

    assert [line(printing), line(printing)] == ["out", "ours"]


def test_it_inherits_no_descriptor_of_ours(start: Start) -> None:
    other = start(SLEEP)
    inherited = {other.output, other.writing}

    open_ones = start("ls /dev/fd/ | tr '\\n' ' '; echo")
    numbers = {int(word) for word in line(open_ones).split()}

    assert not numbers & (inherited | {open_ones.output, open_ones.writing})


@pytest.mark.parametrize(
    ("end", "words"),
    [
        ("exit 3", "Runtime exited with error: exit status 3"),
        ("exit 1", "Runtime exited with error: exit status 1"),
        ("exit 128", "Runtime exited with error: exit status 128"),
        ("exit 255", "Runtime exited with error: exit status 255"),
        ("exit 0", "Runtime exited without providing a reason"),
        ("kill -9 $$", "Runtime exited with error: signal: killed"),
        ("kill -15 $$", "Runtime exited with error: signal: terminated"),
        ("kill -11 $$", "Runtime exited with error: signal: segmentation fault"),
        ("kill -6 $$", "Runtime exited with error: signal: aborted"),
        ("kill -10 $$", f"Runtime exited with error: signal: {int(signal.SIGUSR1)}"),
        ("exit 137", "Runtime exited with error: signal: killed"),
        ("exit 139", "Runtime exited with error: signal: segmentation fault"),
    ],
)
def test_how_it_ended_is_said_in_lambdas_words(start: Start, end: str, words: str) -> None:
    """A sandbox says a signal in a number of its own."""
    ended = start(end)

    assert ended.wait() == words
    assert not ended.alive


def test_it_lives_until_it_is_killed(start: Start) -> None:
    sleeping = start(SLEEP)

    assert sleeping.alive
    sleeping.kill()
    assert not sleeping.alive
    assert sleeping.wait() == "Runtime exited with error: signal: killed"


def test_killing_ends_what_it_started_in_and_out_of_its_group(start: Start) -> None:
    away = shlex.join([sys.executable, "-S", "-c", "import os; os.setsid(); os.execlp('sleep', 'sleep', '300')"])
    tree = start(f"sleep 300 & echo $!; {away} & echo $!; {SLEEP}")
    family = [psutil.Process(int(line(tree))) for _ in range(2)]
    Patience(timeout=SECONDS).until(
        lambda: [os.getsid(one.pid) == one.pid for one in family], lambda seen: seen == [False, True]
    )

    tree.kill()

    assert not psutil.pid_exists(tree.pid)
    Patience(timeout=SECONDS).until(lambda: all(map(has_ended, family)), bool)


@pytest.mark.parametrize("is_sandboxed", [False, True])
def test_what_outlived_it_in_its_group_is_killed_as_well(start: Start, *, is_sandboxed: bool) -> None:
    parent = start("sleep 300 & echo $!", is_sandboxed=is_sandboxed)
    orphan = psutil.Process(int(line(parent)))

    parent.wait()

    Patience(timeout=SECONDS).until(lambda: has_ended(orphan), bool)


def test_of_a_sandbox_the_first_process_is_killed_and_the_rest_follows(start: Start) -> None:
    """The kernel ends the rest; here the one that waits sees the end of the first one, and says it."""
    outer = start("sleep 300 & echo $!; wait $!; exit 7", is_sandboxed=True)
    first = psutil.Process(int(line(outer)))

    outer.kill()

    assert has_ended(first)
    assert outer.wait() == "Runtime exited with error: exit status 7"


def test_a_sandbox_that_has_not_begun_is_killed_itself(start: Start) -> None:
    begun = start(SLEEP, is_sandboxed=True)

    begun.kill()

    assert begun.wait() == "Runtime exited with error: signal: killed"


def test_one_that_was_killed_can_be_killed_again(start: Start) -> None:
    sleeping = start(SLEEP)

    sleeping.kill()
    sleeping.kill()

    assert not sleeping.alive


def test_its_number_is_used_for_nothing_once_the_system_may_give_it_away(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process of the user's may have it by then, and a group."""
    ended = start("exit 0")
    ended.wait()
    used: list[int] = []
    with monkeypatch.context() as patch:
        patch.setattr(os, "killpg", lambda group, _signal: used.append(group))
        patch.setattr(processes, "kill", lambda some: used.extend(one.pid for one in some))
        patch.setattr(processes, "descendants", lambda process: [process])

        ended.kill()

    assert (ended.alive, used) == (False, [])


@pytest.mark.parametrize("has_waitid", [True, False])
def test_an_end_that_is_seen_leaves_the_number_to_the_process(
    start: Start, monkeypatch: pytest.MonkeyPatch, *, has_waitid: bool
) -> None:
    if not has_waitid:
        monkeypatch.delattr(os, "waitid", raising=False)
    ended = start("exit 3")

    process_module._await_end(ended._handle)

    assert (ended.alive, psutil.Process(ended.pid).status()) == (False, psutil.STATUS_ZOMBIE)
    assert ended.wait() == "Runtime exited with error: exit status 3"
    assert not psutil.pid_exists(ended.pid)


def test_a_group_that_has_become_another_users_is_out_of_reach(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    killed: list[int] = []
    kill = processes.kill

    def refuse(_group: int, _signal: int) -> None:
        raise PermissionError

    def note(some: list[psutil.Process]) -> None:
        killed.extend(one.pid for one in some)
        kill([*some, psutil.Process(sleeping.pid)])

    sleeping = start("sleep 300 & echo $!; wait")
    child = int(line(sleeping))
    with monkeypatch.context() as patch:
        patch.setattr(os, "killpg", refuse)
        patch.setattr(processes, "kill", note)
        sleeping.kill()

    assert killed == [child]


def test_a_command_that_cannot_be_started_leaves_nothing_open(tmp_path: Path) -> None:
    before = psutil.Process().num_fds()

    with pytest.raises(FileNotFoundError):
        Process([str(tmp_path / "nothing")], {}, folder=tmp_path, is_sandboxed=False)

    assert psutil.Process().num_fds() == before


def test_it_is_started_by_a_thread_that_lives_as_long_as_the_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sandbox ends with the thread that started it."""
    threads: list[str] = []
    spawn = process_module._spawn

    def note(command: Sequence[str], variables: Mapping[str, str], folder: Path, output: int) -> object:
        threads.append(threading.current_thread().name)
        return spawn(command, variables, folder, output)

    monkeypatch.setattr(process_module, "_spawn", note)
    ended: list[Process] = []
    words = ["/bin/sh", "-c", "exit"]
    for _ in range(2):
        caller = threading.Thread(
            target=lambda: ended.append(Process(words, VARIABLES, folder=tmp_path, is_sandboxed=False))
        )
        caller.start()
        caller.join(SECONDS)

    for one in ended:
        one.wait()
        os.close(one.output)
        os.close(one.writing)
    assert threads == ["spawn_0", "spawn_0"]
