"""Finding a process by what it was started with, and ending one with all that it started.

psutil tells a process from a later one that was given its number, and collects the children of this process that ended.
"""

import contextlib
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import psutil

PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def find(pid: int, last_words: Sequence[str]) -> psutil.Process | None:
    """The process of a number, if these are the last words of its command line."""
    try:
        process = psutil.Process(pid)
        return process if process.cmdline()[-len(last_words) :] == list(last_words) else None
    except (psutil.Error, ValueError):  # no such process, not ours to see, or no number of a process
        return None


def descendants(process: psutil.Process) -> list[psutil.Process]:
    """Everything that a process started, directly or not, and that still has a parent to tell."""
    try:
        return process.children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def end(process: psutil.Process, seconds: float) -> None:
    """Let a process end by itself, for so many seconds; after that it is killed, as is what it left of its own."""
    started = descendants(process)
    with contextlib.suppress(psutil.NoSuchProcess):
        process.terminate()
    _, alive = psutil.wait_procs([process], seconds)
    if alive:
        started += [*descendants(process), process]
    kill(started)
    psutil.wait_procs(alive, seconds)


def kill(processes: Iterable[psutil.Process]) -> None:
    """Kill those that are still there; one that has become another user's is out of reach."""
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            process.kill()


def generations(pid: int, *, skipped: int = 0) -> list[int]:
    """A process and all that descend from it, oldest first, without so many generations at the beginning."""
    generation, found = [pid], []
    while generation:
        if skipped:
            skipped -= 1
        else:
            found += generation
        generation = [child for parent in generation for child in _children(parent)]
    return found


def _children(pid: int) -> list[int]:
    """The kernel's own list, for each thread of a process; psutil looks through all processes for it."""
    threads = Path(f"/proc/{pid}/task")
    with contextlib.suppress(OSError):
        return [int(word) for thread in threads.iterdir() for word in (thread / "children").read_text().split()]
    with contextlib.suppress(psutil.Error):
        return [child.pid for child in psutil.Process(pid).children()]
    return []


def resident(pid: int) -> int:
    """The bytes of memory that a process holds, shared ones included; 0 where it has ended."""
    with contextlib.suppress(OSError, IndexError):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE_BYTES
    with contextlib.suppress(psutil.Error):
        return int(psutil.Process(pid).memory_info().rss)
    return 0


def proportional(pid: int) -> int:
    """The bytes of memory that a process holds, shared ones by their share."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return resident(pid)


def highest(pid: int) -> int:
    """The most bytes of memory that a process has held so far."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return resident(pid)
