"""Runs the agent with a plan to its end, to a deadline or until it is stopped, and hands on what it tells."""

from __future__ import annotations

import json
import os
import secrets
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from serverless_pipeline.local.functions.process import Process

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from serverless_pipeline.local.codebuild.buildspec import Buildspec
    from serverless_pipeline.local.codebuild.workshop import Workshop

CHUNK_BYTES = 64 * 1024
LINE_BYTES = 256 * 1024
Event = dict[str, Any]

_alive: dict[int, Run] = {}
"""Those whose processes run."""


def plan(spec: Buildspec, workshop: Workshop, artifacts: Mapping[str, str]) -> dict[str, Any]:
    """What the agent has to know; `artifacts` maps the identifier of each that is wanted to the name of its file."""
    return {
        "marker": f"\x1e{secrets.token_hex(16)} ",
        "shell": spec.shell,
        "state": workshop.inside("state"),
        "source": workshop.source,
        "phases": [
            {
                "name": phase.name.upper(),
                "commands": phase.commands,
                "finally": phase.finally_,
                "on_failure": phase.on_failure,
            }
            for phase in spec.phases
        ],
        "exported": spec.exported,
        "artifacts": [
            {
                "id": one.id,
                "files": one.files,
                "base": one.base,
                "name": one.name,
                "exclude": one.exclude,
                "flat": one.is_flat,
                "target": workshop.inside("artifacts", artifacts[one.id]),
            }
            for one in spec.artifacts
            if one.id in artifacts
        ],
    }


@dataclass(frozen=True)
class Task:
    """The plan of the agent, the variables that it finds, and the seconds that it has."""

    document: dict[str, Any]
    variables: Mapping[str, str]
    seconds: float


@dataclass
class Run:
    """One run of the agent; whoever holds it may stop it."""

    _process: Process | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)
    ended_by: str = ""
    """`STOPPED` or `TIMED_OUT`, where it did not end by itself."""

    def stop(self, status: str = "STOPPED") -> None:
        """End it and everything that it started."""
        with self._lock:
            self.ended_by = self.ended_by or status
            process = self._process
        if process:
            process.kill()

    def perform(
        self,
        workshop: Workshop,
        task: Task,
        *,
        say: Callable[[str], None],
        tell: Callable[[Event], None],
    ) -> None:
        """Run to the end; lines of the output go to `say`, what the agent tells to `tell`."""
        workshop.outside("state", "plan.json").write_text(json.dumps(task.document))
        workshop.hand_over()
        with self._lock:
            if self.ended_by:
                return
            command = workshop.command(workshop.inside("state", "plan.json"))
            process = self._process = Process(
                command, task.variables, folder=workshop.folder, is_sandboxed=workshop.is_sandboxed
            )
        _alive[id(self)] = self
        timer = threading.Timer(max(task.seconds, 0), lambda: self.stop("TIMED_OUT"))
        timer.daemon = True
        timer.start()
        reader = threading.Thread(target=read, args=(process.output, task.document["marker"], say, tell), daemon=True)
        reader.start()
        process.wait()
        os.close(process.writing)
        reader.join()
        timer.cancel()
        del _alive[id(self)]


def end_all() -> None:
    """End every build that runs; where there is no sandbox, nothing else would."""
    for run in list(_alive.values()):
        run.stop()


def read(descriptor: int, marker: str, say: Callable[[str], None], tell: Callable[[Event], None]) -> None:
    """Read an output to its end; an event may follow a line that has no end of its own."""
    rest = b""
    with open(descriptor, "rb", buffering=0) as output:
        while chunk := output.read(CHUNK_BYTES):
            *lines, rest = (rest + chunk).split(b"\n")
            if len(rest) > LINE_BYTES:
                lines, rest = [*lines, rest], b""
            for line in lines:
                _hand_on(line.decode(errors="replace"), marker, say, tell)
    if rest:
        _hand_on(rest.decode(errors="replace"), marker, say, tell)


def _hand_on(line: str, marker: str, say: Callable[[str], None], tell: Callable[[Event], None]) -> None:
    text, found, event = line.partition(marker)
    if text or not found:
        say(text.rstrip("\r"))
    if found:
        tell(json.loads(event))
