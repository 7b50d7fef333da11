"""One execution environment of a function: a process that takes one event at a time, over Lambda's Runtime API.

MiniStack hands its own environment and libraries to a function's process, reads answers from the stream that a child
may print to, and ends the process without its children when the time is up. Here the process sees what Lambda gives,
and what it started ends with it. Errors have the names Lambda gives them.

An event goes from `invoke` by runtime_api.py to the runtime client in the process, which calls the handler, and back;
what is printed meanwhile goes by output.py to logs.py.
"""

from __future__ import annotations

import json
import shutil
import threading
import time
import uuid
from typing import TYPE_CHECKING, Any

from serverless_pipeline.local.functions import launch, programs, task_root
from serverless_pipeline.local.functions.instance import TIMED_OUT, Instance, Unanswered
from serverless_pipeline.local.functions.logs import LogStream
from serverless_pipeline.local.functions.runtime_events import Failure, Invocation, Response

if TYPE_CHECKING:
    from collections.abc import Mapping

    from serverless_pipeline.local.functions.place import Place

TIMEOUT = 3
"""Lambda's default, in seconds."""


class ExecutionEnvironment:
    """A member of MiniStack's pool of workers, which uses `config`, `in_use` and `last_used`."""

    def __init__(self, name: str, config: dict[str, Any], code: bytes, place: Place) -> None:
        self.config, self.in_use, self.last_used = config, False, 0.0
        self.retired = False
        """No invocation comes after the one that may be running."""

        self._code, self._place = code, place
        self._folder = place.scratch / "functions" / f"{name}-{uuid.uuid4().hex[:8]}"
        self._log = LogStream(config)
        self._instance: Instance | None = None
        self._ending = threading.Lock()
        self._busy = threading.Lock()

    @property
    def alive(self) -> bool:
        """Whether there is a process."""
        return self._instance is not None and self._instance.alive

    def rest(self) -> None:
        """End the process, unless an invocation runs; the next one starts another."""
        if self._busy.acquire(blocking=False):
            try:
                self.end()
            finally:
                self._busy.release()

    def invoke(self, event: Any, request_id: str) -> dict[str, Any]:  # noqa: ANN401 - any JSON
        """Run one invocation, after a cold start where there is no process; MiniStack's shape of the result."""
        with self._busy:
            return self._invoke(event, request_id)

    def _invoke(self, event: Any, request_id: str) -> dict[str, Any]:  # noqa: ANN401 - any JSON
        self._log.start(request_id)
        try:
            answer = self._start() or self._ask(event, request_id)
        except Unanswered as error:
            answer = self._explain(error, request_id)
        result = {"log": "\n".join(self._log.tail)}
        if isinstance(answer, Failure):
            return result | {"body": answer.document, "error": True}
        return result | {"body": _read(answer.body)}

    def end(self) -> None:
        """Kill the process and what it started, and remove its files."""
        with self._ending:
            instance, self._instance = self._instance, None
        if instance:
            self._log.peak = instance.meter.peak
            instance.end()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _start(self) -> Failure | None:
        """Start a process if there is none; the failure if the function's code cannot be loaded.

        Raises:
            Unanswered: the code cannot be laid out, or the process ends.
        """
        if self.alive:
            return None
        self.end()
        try:
            prepared = launch.prepare(self.config, self._code, self._place, self._folder)
        except (task_root.Unusable, programs.NotRun) as error:
            raise Unanswered("Runtime.InvalidEntrypoint", f"Error: {error}") from error
        if prepared.difference:
            self._log.write([f"[WARNING] {prepared.difference}"])
        self._instance = Instance(self.config, prepared, self._log, self._place.url)
        if failure := self._instance.begin():
            self.end()
        return failure

    def _ask(self, event: Any, request_id: str) -> Response | Failure:  # noqa: ANN401 - any JSON
        instance = self._instance
        if instance is None:
            raise Unanswered("Runtime.ExitError", "Error: Runtime exited without providing a reason")
        seconds = float(self.config.get("Timeout", TIMEOUT))
        answer = instance.ask(_invocation(self.config, event, request_id, seconds), seconds)
        self._log.peak = instance.meter.peak
        return answer

    def _explain(self, error: Unanswered, request_id: str) -> Failure:
        """The process has no answer to give; the next invocation starts another one."""
        self.end()
        message = f"{request_id} {error}" if error.kind == TIMED_OUT else f"RequestId: {request_id} {error}"
        self._log.write([message])
        return Failure({"errorType": error.kind, "errorMessage": message})


def _invocation(
    config: Mapping[str, Any],
    event: Any,  # noqa: ANN401 - any JSON
    request_id: str,
    seconds: float,
) -> Invocation:
    now = time.time()
    headers = {
        "Lambda-Runtime-Aws-Request-Id": request_id,
        "Lambda-Runtime-Deadline-Ms": str(int((now + seconds) * 1000)),
        "Lambda-Runtime-Invoked-Function-Arn": config["FunctionArn"],
        "Lambda-Runtime-Trace-Id": f"Root=1-{int(now):08x}-{uuid.uuid4().hex[:24]};Sampled=0",
    }
    return Invocation(request_id, json.dumps(event).encode(), headers)


def _read(body: bytes) -> Any:  # noqa: ANN401 - any JSON
    """What a function returned; a bootstrap may answer with a text that is no JSON."""
    try:
        return json.loads(body)
    except ValueError:
        return body.decode(errors="replace")
