"""A process that must not outlive the job: what it says is shown as it comes, and nothing it started stays behind."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from lambdas.execution import traces
from lambdas.job.ending import JobError
from lambdas.tasks import descendants
from lambdas.tasks.mask import Mask
from lambdas.tasks.output import Tail, blocks, conceal

if TYPE_CHECKING:
    import io
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from lambdas.tasks.descendants import Watch

_GRACE = 1.0
_KILLED = (128 + signal.SIGKILL, 256 - signal.SIGKILL)


@dataclass(frozen=True)
class Result:
    """How a process ended: its code (negative: the signal that ended it), its last lines, its time in seconds.

    `is_late` says that its time was up, and that it was stopped.
    """

    code: int
    lines: tuple[str, ...]
    seconds: float
    is_late: bool = False

    @property
    def is_success(self) -> bool:
        return self.code == 0 and not self.is_late

    @property
    def ending(self) -> str:
        """The way it ended, in words that follow the name of what ran."""
        if self.is_late:
            return f"ran longer than {self.seconds:.0f} s, all the time the function has, and was stopped"
        if self.code == -signal.SIGKILL:
            return "was killed (SIGKILL), most likely for want of memory"
        if self.code in _KILLED:
            return f"ended with exit code {self.code}: what it ran was killed (SIGKILL), most likely for want of memory"
        if self.code < 0:
            return f"was ended by signal {-self.code}"
        return f"ended with exit code {self.code}"


def run(  # noqa: PLR0913 - each is one thing that is known of the command
    command: Sequence[str | Path],
    *,
    cwd: Path,
    env: Mapping[str, str],
    deadline: float,
    secrets: Collection[str] = (),
    runs_code: bool = True,
) -> Result:
    """Run a command to its end, or until `deadline` on the clock of `time.monotonic`.

    Whatever it started, in its session or out of it, is ended with it. `secrets` and what in its environment is named
    like one are not shown, and it cannot look into the environment of this process.
    Unless it `runs_code` of the source or of its dependencies, what it wrote can be trusted.

    Raises:
        JobError: it cannot be started.
    """
    descendants.hide_environment()
    traces.HERE.code_ran |= runs_code
    start = time.monotonic()
    tail = Tail(mask := Mask.of(env, secrets))
    with descendants.watch() as leftovers:
        process = _start(command, cwd, env)
        try:
            with _listen(process, tail, mask):
                waiter = threading.Thread(target=process.wait, daemon=True)
                waiter.start()
                waiter.join(max(deadline - start, 0))
                is_late, seconds = waiter.is_alive(), time.monotonic() - start
                _end(leftovers, process, runs_code=runs_code)
                waiter.join(_GRACE)
        except BaseException:
            _end(leftovers, process, runs_code=runs_code)
            raise
    code = -signal.SIGKILL if process.returncode is None else process.returncode
    return Result(code, tail.lines, seconds, is_late)


def _end(leftovers: Watch, process: subprocess.Popen[bytes], *, runs_code: bool) -> None:
    """End all that is left of a process, and put on record where something may live on."""
    is_over = descendants.end(leftovers, child=process.pid)
    _kill_group(process.pid)
    if runs_code and not is_over:
        traces.HERE.faults.append("it cannot be proved that nothing lives of what the job started")


def _start(command: Sequence[str | Path], cwd: Path, env: Mapping[str, str]) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(  # noqa: S603 - the caller's words, no shell
            command,
            cwd=cwd,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        raise JobError(f"{Path(command[0]).name} cannot be started: {error}") from error


@contextlib.contextmanager
def _listen(process: subprocess.Popen[bytes], tail: Tail, mask: Mask) -> Iterator[None]:
    """Show and keep what a process says; at the end wait for the rest of it.

    Where descendants cannot be seen, one that left the session may hold the output open: it is heard no longer.
    """
    output = cast("io.BufferedReader", process.stdout)
    over = threading.Event()

    def read() -> None:
        with output:
            for block in blocks(output, mask):
                if over.is_set():
                    return
                print(conceal(block, mask), flush=True)
                tail.add(block)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    yield
    reader.join(_GRACE)
    over.set()


def _kill_group(group: int) -> None:
    """Where descendants cannot be seen, at least those that stayed in the session are killed."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)
