from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from serverless_pipeline.local import processes
from serverless_pipeline.patience import Patience
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SLEEP = "import time; time.sleep(300)"
IN_A_GROUP_OF_ITS_OWN = f"[sys.executable, '-c', {SLEEP!r}], start_new_session=True"
TREE = f"import subprocess, sys; subprocess.Popen({IN_A_GROUP_OF_ITS_OWN}); print(flush=True); {SLEEP}"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {TREE}"
DEEP = f"import subprocess, sys; subprocess.Popen([sys.executable, '-S', '-c', {TREE!r}]); {SLEEP}"
STARTING = f"subprocess.Popen([sys.executable, '-S', '-c', {SLEEP!r}])"
HELD = 64 << 20
HOLDING = f"held = bytearray({HELD}); print(flush=True); {SLEEP}"
PATIENT = 10


@pytest.fixture
def start() -> Iterator[Callable[[str], psutil.Process]]:
    """Start a program, which prints when it is ready; what is left of it ends with the test."""
    started: list[subprocess.Popen[bytes]] = []

    def run(program: str) -> psutil.Process:
        process = subprocess.Popen([sys.executable, "-S", "-c", program], stdout=subprocess.PIPE)
        started.append(process)
        assert process.stdout
        process.stdout.readline()
        return psutil.Process(process.pid)

    yield run
    for process in started:
        with process:
            process.kill()


def has_ended(process: psutil.Process) -> bool:
    """Gone, or not yet collected by whoever took it over."""
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def test_a_process_is_found_by_its_number_and_its_last_words(start: Callable[[str], psutil.Process]) -> None:
    process = start(f"print(flush=True); {SLEEP}")
    words = process.cmdline()

    assert processes.find(process.pid, words[-1:]) == process
    assert processes.find(process.pid, words[-2:]) == process
    assert processes.find(process.pid, words[:-1]) is None
    assert processes.find(process.pid, ["-c", "another"]) is None


@pytest.mark.parametrize("pid", [-1, 2**22 + 1])
def test_a_number_that_no_process_has_finds_none(pid: int) -> None:
    assert processes.find(pid, [""]) is None


def test_a_child_of_a_child_is_a_descendant(start: Callable[[str], psutil.Process]) -> None:
    tree = start(TREE)

    (child,) = processes.descendants(tree)
    seen_from_here = processes.descendants(psutil.Process())

    until(lambda: child.cmdline()[-1:] == [SLEEP], "the child's own program")
    assert {tree, child} <= set(seen_from_here)
    child.kill()


def test_what_has_ended_has_no_descendants(start: Callable[[str], psutil.Process]) -> None:
    process = start("print()")
    process.wait(PATIENT)

    assert processes.descendants(process) == []


def test_ending_a_process_ends_what_it_leaves_and_collects_it(start: Callable[[str], psutil.Process]) -> None:
    tree = start(TREE)
    (child,) = processes.descendants(tree)

    processes.end(tree, PATIENT)

    assert not psutil.pid_exists(tree.pid)
    Patience(timeout=PATIENT).until(lambda: has_ended(child), bool)


def test_what_does_not_end_in_time_is_killed(start: Callable[[str], psutil.Process]) -> None:
    tree = start(STUBBORN)
    (child,) = processes.descendants(tree)

    processes.end(tree, 0.1)

    assert not psutil.pid_exists(tree.pid)
    Patience(timeout=PATIENT).until(lambda: has_ended(child), bool)


def test_a_process_gets_the_time_to_end_by_itself(start: Callable[[str], psutil.Process]) -> None:
    program = (
        "import signal, sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit(7)); print(flush=True); signal.pause()"
    )
    process = psutil.Process(start(program).pid)

    processes.end(process, PATIENT)

    assert process.wait() == 7


def test_ending_what_has_ended_does_nothing(start: Callable[[str], psutil.Process]) -> None:
    process = start("print()")
    process.wait(PATIENT)

    processes.end(process, PATIENT)


class Other(psutil.Process):
    """This process, as another user's or as one that is gone: it refuses to be killed."""

    def __init__(self, refusal: psutil.Error) -> None:
        super().__init__(os.getpid())
        self.refusal = refusal

    def kill(self) -> None:
        raise self.refusal


@pytest.mark.parametrize("refusal", [psutil.NoSuchProcess(1), psutil.AccessDenied(1)])
def test_one_that_cannot_be_killed_spares_no_other(
    start: Callable[[str], psutil.Process], refusal: psutil.Error
) -> None:
    process = start(f"print(flush=True); {SLEEP}")

    processes.kill([Other(refusal), process])

    assert process.wait(PATIENT) == -9


def test_a_later_process_of_the_same_number_is_left_alone(
    start: Callable[[str], psutil.Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    process = start(f"print(flush=True); {SLEEP}")
    earlier = psutil.Process(process.pid)
    monkeypatch.setattr(earlier, "_create_time", 1.0)
    monkeypatch.setattr(earlier, "_ident", (process.pid, 1.0))

    processes.kill([earlier])

    assert not has_ended(process)


@pytest.fixture
def deep(start: Callable[[str], psutil.Process]) -> Iterator[list[psutil.Process]]:
    """A process, its child and its child's child."""
    top = start(DEEP)
    (middle,) = top.children()
    (bottom,) = middle.children()
    yield [top, middle, bottom]
    processes.kill([middle, bottom])


@pytest.fixture
def no_proc(monkeypatch: pytest.MonkeyPatch) -> None:
    """A system without `/proc`."""
    monkeypatch.setattr(processes, "Path", lambda path: Path(f"/gone{path}"))


@pytest.mark.parametrize("skipped", [0, 2, 3])
def test_generations_are_told_oldest_first_without_so_many_at_the_beginning(
    deep: list[psutil.Process], skipped: int
) -> None:
    assert processes.generations(deep[0].pid, skipped=skipped) == [process.pid for process in deep][skipped:]


@pytest.mark.usefixtures("no_proc")
def test_generations_are_told_without_proc_too(deep: list[psutil.Process]) -> None:
    assert processes.generations(deep[0].pid) == [process.pid for process in deep]


def test_each_generation_is_whole_before_the_next(start: Callable[[str], psutil.Process]) -> None:
    top = start(f"import subprocess, sys; {STARTING}; {STARTING}; print(flush=True); {SLEEP}")
    children = top.children()

    assert processes.generations(top.pid) == [top.pid, *sorted(child.pid for child in children)]
    processes.kill(children)


def test_a_child_of_a_thread_is_a_child(start: Callable[[str], psutil.Process]) -> None:
    threaded = f"def run(): {STARTING}; print(flush=True); {SLEEP}"
    top = start(f"import subprocess, sys, threading\n{threaded}\nthreading.Thread(target=run).start()")
    children = top.children()

    assert processes.generations(top.pid) == [top.pid, *(child.pid for child in children)]
    assert len(children) == 1
    processes.kill(children)


def test_what_has_ended_has_one_generation_and_no_memory(start: Callable[[str], psutil.Process]) -> None:
    process = start("print()")
    process.wait(PATIENT)

    assert processes.generations(process.pid) == [process.pid]
    assert (processes.resident(process.pid), processes.proportional(process.pid), processes.highest(process.pid)) == (
        0,
        0,
        0,
    )


@pytest.mark.usefixtures("no_proc")
def test_without_proc_the_system_is_asked_for_memory(start: Callable[[str], psutil.Process]) -> None:
    process = start(HOLDING)

    told = [measure(process.pid) for measure in (processes.resident, processes.proportional, processes.highest)]

    assert told == pytest.approx([process.memory_info().rss] * 3, rel=0.05)
    assert told[0] > HELD


@pytest.mark.usefixtures("no_proc")
def test_without_proc_what_has_ended_has_no_memory_either(start: Callable[[str], psutil.Process]) -> None:
    process = start("print()")
    process.wait(PATIENT)

    assert (processes.generations(process.pid), processes.highest(process.pid)) == ([process.pid], 0)


def test_resident_memory_is_what_a_process_holds(start: Callable[[str], psutil.Process]) -> None:
    process = start(HOLDING)

    assert processes.resident(process.pid) == pytest.approx(process.memory_info().rss, rel=0.05)
    assert HELD < processes.resident(process.pid) < 2 * HELD


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not tell it of another process")
def test_the_highest_memory_is_what_a_process_has_held(start: Callable[[str], psutil.Process]) -> None:
    process = start(f"held = bytearray({HELD}); del held; print(flush=True); {SLEEP}")

    assert processes.resident(process.pid) < HELD < processes.highest(process.pid) < 2 * HELD


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not tell shares")
def test_of_memory_that_is_shared_each_has_its_share(start: Callable[[str], psutil.Process]) -> None:
    process = start(f"import os; held = bytearray({HELD}); pid = os.fork(); pid and print(flush=True); {SLEEP}")
    (child,) = process.children()

    shares = [processes.proportional(pid) for pid in (process.pid, child.pid)]

    assert all(HELD / 2 < share < HELD for share in shares)
    assert processes.resident(process.pid) > HELD
    processes.kill([child])
