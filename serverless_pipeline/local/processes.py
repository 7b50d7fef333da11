"""Finding a process by what it was started with, and ending one with all that it started.

psutil tells a process from a later one that was given its number, and collects the children of this process that ended.
"""

import contextlib
from collections.abc import Iterable, Sequence

import psutil


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
