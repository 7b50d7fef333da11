"""A started process of a function, with its Runtime API, what it prints, and the memory it takes."""

from __future__ import annotations

import os
import queue
import threading
import time
import uuid
from typing import TYPE_CHECKING, Any

from serverless_pipeline.local.functions.memory import Meter
from serverless_pipeline.local.functions.output import Output
from serverless_pipeline.local.functions.process import Process
from serverless_pipeline.local.functions.runtime_api import Exited, Failure, Ready, Response, RuntimeApi
from serverless_pipeline.local.functions.variables import variables

if TYPE_CHECKING:
    from collections.abc import Mapping

    from serverless_pipeline.local.functions.launch import Launch
    from serverless_pipeline.local.functions.logs import LogStream
    from serverless_pipeline.local.functions.runtime_api import Event, Invocation

MEMORY = 128
"""Lambda's default, in megabytes."""

INIT_SECONDS = 60
LOG_SECONDS = 10
PATHS = ("PYTHONPATH", "NODE_PATH")
TIMED_OUT, EXITED = "Sandbox.Timedout", "Runtime.ExitError"


class Unanswered(Exception):
    """No answer came: `kind` is the type of the error, and the message is the rest, both in Lambda's words."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class Instance:
    """The process, from its start to its end."""

    def __init__(self, config: dict[str, Any], launch: Launch, log: LogStream, url: str) -> None:
        self._api = RuntimeApi(launch.uid, launch.host)
        environment = variables(config, log, launch.layout, url=url, runtime_api=self._api.address)
        try:
            self._process = Process(
                launch.words,
                _joined(environment, launch.variables),
                folder=launch.folder,
                is_sandboxed=launch.generations > 0,
            )
        except BaseException:
            self._api.end()
            raise
        self._writing, self._is_closed = threading.Lock(), False
        self._output = Output(self._process.output, log)
        self._output.start()
        memory = int(config.get("MemorySize") or MEMORY)
        self.meter = Meter(self._process.pid, memory, self._process.kill, hidden=launch.generations)
        threading.Thread(target=self._await_end, name="end of a function's process", daemon=True).start()

    @property
    def alive(self) -> bool:
        return self._process.alive

    def begin(self) -> Failure | None:
        """Wait until the client asks for an event; the failure, if the function's code cannot be loaded.

        Raises:
            Unanswered: the process ends, or says nothing for a minute.
        """
        with self.meter:
            event = self._next(time.monotonic() + INIT_SECONDS, INIT_SECONDS)
        return event if isinstance(event, Failure) else None

    def ask(self, invocation: Invocation, seconds: float) -> Response | Failure:
        """Send an event, and wait for the answer and for the client to come back for the next one.

        Raises:
            Unanswered: the time is up, or the process ended before it answered.
        """
        deadline = time.monotonic() + seconds
        answer: Response | Failure | None = None
        with self.meter:
            self._api.send(invocation)
            while True:
                try:
                    event = self._next(deadline, seconds)
                except Unanswered as error:
                    if answer is None or error.kind == TIMED_OUT:
                        raise
                    return answer
                if isinstance(event, Ready):
                    break
                answer = event
        self._finish_log()
        return answer or Failure({"errorType": EXITED, "errorMessage": "the client gave no answer"})

    def end(self) -> None:
        """End everything that runs, and store what it printed."""
        self._api.end()
        self._process.kill()
        with self._writing:
            if not self._is_closed:
                os.close(self._process.writing)
            self._is_closed = True
        self._output.wait(LOG_SECONDS)

    def _next(self, deadline: float, seconds: float) -> Ready | Response | Failure:
        try:
            event: Event = self._api.events.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            raise Unanswered(TIMED_OUT, f"Task timed out after {seconds:.2f} seconds") from None
        if isinstance(event, Exited):
            raise Unanswered(EXITED, f"Error: {event.reason}")
        return event

    def _await_end(self) -> None:
        self._api.events.put(Exited(self._process.wait()))

    def _finish_log(self) -> None:
        """What was printed so far is in the pipe; a line of ours behind it tells when all of it is stored."""
        marker = f"\x1e{uuid.uuid4().hex}"
        with self._writing:
            if self._is_closed:
                return
            self._output.expect(marker)
            os.write(self._process.writing, f"{marker}\n".encode())
        self._output.wait(LOG_SECONDS)


def _joined(environment: Mapping[str, str], own: Mapping[str, str]) -> dict[str, str]:
    """Where a function says itself where its modules lie, that comes before what the runtime says."""
    paths = {name: ":".join(filter(None, [environment.get(name), own[name]])) for name in PATHS if name in own}
    return {**environment, **own, **paths}
