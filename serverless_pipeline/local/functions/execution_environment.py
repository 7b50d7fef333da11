"""One execution environment of a function: a process on the bare interpreter that answers one event at a time.

MiniStack hands its own environment and libraries to a function's process, reads answers from the stream that a child
may print to, and ends the process without its children when the time is up. Here the process sees what Lambda gives,
and what it started ends with it. Errors have the names Lambda gives them.

An invocation goes from `invoke` through the pipe of channel.py to bootstrap.py, which calls the handler, and back;
what is printed meanwhile goes by output.py to logs.py.
"""

import shutil
import threading
import uuid
from pathlib import Path
from typing import Any

from serverless_pipeline.local.functions import layers, task_root
from serverless_pipeline.local.functions.channel import SILENT, Channel, Unanswered
from serverless_pipeline.local.functions.logs import LogStream
from serverless_pipeline.local.functions.output import Output
from serverless_pipeline.local.functions.place import Place
from serverless_pipeline.local.functions.variables import variables

TIMEOUT = 3
"""Lambda's default, in seconds."""

INIT_SECONDS = 60
LOG_SECONDS = 10
BOOTSTRAP = Path(__file__).with_name("bootstrap.py")


class ExecutionEnvironment:
    """A member of MiniStack's pool of workers, which uses `config`, `in_use` and `last_used`."""

    def __init__(self, name: str, config: dict[str, Any], code: bytes, place: Place) -> None:
        self.config, self.in_use, self.last_used = config, False, 0.0
        self.retired = False
        """No invocation comes after the one that may be running."""

        self._code, self._place = code, place
        self._folder = place.scratch / "functions" / f"{name}-{uuid.uuid4().hex[:8]}"
        self._log = LogStream(config)
        self._channel: Channel | None = None
        self._output: Output | None = None
        self._ending = threading.Lock()

    def invoke(self, event: Any, request_id: str) -> dict[str, Any]:  # noqa: ANN401 - any JSON
        """Run one invocation, after a cold start where there is no process; MiniStack's shape of the result."""
        seconds = float(self.config.get("Timeout", TIMEOUT))
        self._log.start(request_id)
        try:
            answer = self._start() or self._ask(event, request_id, seconds)
        except task_root.Unusable as error:
            answer = self._fail("Runtime.InvalidEntrypoint", f"{request_id} Error: {error}")
        except TimeoutError:
            answer = self._fail("Sandbox.Timedout", f"{request_id} Task timed out after {seconds:.2f} seconds")
        except Unanswered as error:
            answer = self._fail("Runtime.ExitError", f"RequestId: {request_id} Error: {error}")
        self._log.peak = answer.get("peak", 0)
        result = {"log": "\n".join(self._log.tail)}
        if "error" in answer:
            return result | {"body": answer["error"], "error": True}
        return result | {"body": answer["result"]}

    def _start(self) -> dict[str, Any] | None:
        """Start the process if there is none; the failure if the function's code cannot be loaded."""
        if self._channel and self._channel.alive:
            return None
        self.end()
        (self._folder / "tmp").mkdir(parents=True)
        code = task_root.unpack(self._code, self._place.scratch / "code")
        opt = layers.lay(self.config, self._place.scratch / "layers")
        command = [str(self._place.python), "-P", str(BOOTSTRAP)]
        environment = variables(self.config, self._log, self._place, code, self._folder)
        if opt:
            environment |= layers.variables(opt, environment)
        self._channel = Channel(command, code, environment)
        self._output = Output(self._channel.output, self._log)
        self._output.start()
        answer: dict[str, Any] = self._channel.answer(INIT_SECONDS)
        if "error" not in answer:
            return None
        self._end_and_log()
        return answer

    def _ask(self, event: Any, request_id: str, seconds: float) -> dict[str, Any]:  # noqa: ANN401 - any JSON
        channel, output, marker = self._channel, self._output, f"\x1e{uuid.uuid4().hex}"
        if channel is None or output is None:
            raise Unanswered(SILENT)
        output.expect(marker)
        request = {"request_id": request_id, "arn": self.config["FunctionArn"], "seconds": seconds, "marker": marker}
        answer: dict[str, Any] = channel.ask(request | {"event": event}, seconds)
        output.wait(LOG_SECONDS)
        return answer

    def _fail(self, kind: str, message: str) -> dict[str, Any]:
        """The process has no answer to give; the next invocation starts another one."""
        self._end_and_log()
        self._log.write([message])
        return {"error": {"errorType": kind, "errorMessage": message}}

    def _end_and_log(self) -> None:
        self.end()
        if self._output:
            self._output.wait(LOG_SECONDS)

    def end(self) -> None:
        """Kill the process and what it started, and remove its files."""
        with self._ending:
            channel, self._channel = self._channel, None
        if channel:
            channel.kill()
        shutil.rmtree(self._folder, ignore_errors=True)
