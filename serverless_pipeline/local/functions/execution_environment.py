"""One execution environment of a function: a process on the bare interpreter that answers one event at a time.

MiniStack hands its own environment and libraries to a function's process, reads answers from the stream that a child
may print to, ends the process without its children when the time is up, and ends it in the middle of an invocation
when the function is updated. Here the process sees what Lambda gives, what it started ends with it, and an update
lets the invocation finish. Errors have the names Lambda gives them.
"""

import os
import shutil
import threading
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from serverless_pipeline.local import environment, seams
from serverless_pipeline.local.functions import task_root
from serverless_pipeline.local.functions.channel import Channel, Ended
from serverless_pipeline.local.functions.logs import LogStream, Reader
from serverless_pipeline.local.iam import sessions

INIT_SECONDS = 60
LOG_SECONDS = 10
BOOTSTRAP = Path(__file__).with_name("bootstrap.py")

_environments: set["ExecutionEnvironment"] = set()
_lock = threading.Lock()


def install(python: Path, scratch: Path, url: str) -> None:
    """Run Lambda's functions on `python`, with their files below `scratch`; `url` is this AWS."""

    def make(name: str, config: dict[str, Any], code: bytes) -> ExecutionEnvironment:
        return ExecutionEnvironment(name, config, code, Place(python, scratch, url))

    seams.WORKER_CLASS_FOR.replace(lambda _config: make)
    seams.KILL_WORKERS.replace(retire)
    seams.EXECUTE_FUNCTION_WARM.replace(execute)


def execute(function: dict[str, Any], event: Any, request_id: str) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    """Run one invocation on a free environment of the function, or a new one; MiniStack's shape of the result."""
    config, code = function.get("config") or function, function.get("code_zip") or b""
    version = config.get("Version", "$LATEST")
    seams.ENSURE_REAPER_THREAD()
    place, _ = seams.ACQUIRE_WORKER(config["FunctionName"], config, code, qualifier=version)
    try:
        return place.invoke(event, request_id)  # type: ignore[no-any-return]
    finally:
        seams.RELEASE_WORKER(place)
        place.leave()


def retire(environments: Iterable["ExecutionEnvironment"]) -> None:
    """End environments that were taken out of the pool, each as soon as it is free."""
    for place in list(environments):
        place.retire()


def end_all() -> None:
    """End every environment, whatever it does; the server is about to end."""
    with _lock:
        everything = list(_environments)
    for place in everything:
        place.end()


@dataclass(frozen=True)
class Place:
    """Where functions run: the interpreter, the folder for their files, and the endpoint they call."""

    python: Path
    scratch: Path
    url: str


class ExecutionEnvironment:
    """A member of MiniStack's pool of workers, which uses `config`, `in_use` and `last_used`."""

    def __init__(self, name: str, config: dict[str, Any], code: bytes, place: Place) -> None:
        self.config, self.in_use, self.last_used = config, False, 0.0
        self._code, self._place = code, place
        self._folder = place.scratch / "functions" / f"{name}-{uuid.uuid4().hex[:8]}"
        self._channel: Channel | None = None
        self._log = LogStream(config)
        self._reader: Reader | None = None
        self._retired = False

    def invoke(self, event: Any, request_id: str) -> dict[str, Any]:  # noqa: ANN401 - any JSON
        """Run one invocation, after a cold start where there is no process."""
        seconds = float(self.config.get("Timeout", 3))
        self._log.start(request_id)
        try:
            answer = self._started() or self._ask(event, request_id, seconds)
        except task_root.Unusable as error:
            answer = self._lost("Runtime.InvalidEntrypoint", f"{request_id} Error: {error}")
        except TimeoutError:
            answer = self._lost("Sandbox.Timedout", f"{request_id} Task timed out after {seconds:.2f} seconds")
        except Ended as error:
            answer = self._lost("Runtime.ExitError", f"RequestId: {request_id} Error: {error}")
        self._log.peak = answer.get("peak", 0)
        result = {"log": "\n".join(self._log.tail)}
        if "error" in answer:
            return result | {"body": answer["error"], "error": True}
        return result | {"body": answer["result"]}

    def retire(self) -> None:
        """No invocation comes after the one that may be running."""
        with _lock:
            self._retired = True
            running = self.in_use
        if not running:
            self.end()

    def leave(self) -> None:
        """An invocation is over."""
        with _lock:
            retired = self._retired
        if retired:
            self.end()

    def end(self) -> None:
        """Kill the process and what it started, and remove its files."""
        with _lock:
            channel, self._channel = self._channel, None
            _environments.discard(self)
        if channel:
            channel.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _started(self) -> dict[str, Any] | None:
        """Start the process if there is none; the failure if the function's code cannot be loaded."""
        if self._channel and self._channel.alive:
            return None
        self.end()
        (self._folder / "tmp").mkdir(parents=True)
        code = task_root.unpack(self._code, self._place.scratch / "code")
        channel = Channel([str(self._place.python), "-P", str(BOOTSTRAP)], code, self._variables(code))
        with _lock:
            self._channel = channel
            _environments.add(self)
        self._reader = Reader(channel.output, self._log)
        self._reader.start()
        answer: dict[str, Any] = channel.answer(INIT_SECONDS)
        if "error" not in answer:
            return None
        self.end()
        self._reader.wait(LOG_SECONDS)
        return answer

    def _ask(self, event: Any, request_id: str, seconds: float) -> dict[str, Any]:  # noqa: ANN401 - any JSON
        channel, reader, marker = self._channel, self._reader, f"\x1e{uuid.uuid4().hex}"
        if channel is None or reader is None:
            raise Ended("Runtime exited without providing a reason")
        reader.expect(marker)
        request = {"request_id": request_id, "arn": self.config["FunctionArn"], "seconds": seconds, "marker": marker}
        answer: dict[str, Any] = channel.ask(request | {"event": event}, seconds)
        reader.wait(LOG_SECONDS)
        return answer

    def _lost(self, kind: str, message: str) -> dict[str, Any]:
        """The process has no answer to give; the next invocation starts another one."""
        self.end()
        if self._reader:
            self._reader.wait(LOG_SECONDS)
        self._log.write([message])
        return {"error": {"errorType": kind, "errorMessage": message}}

    def _variables(self, code: Path) -> dict[str, str]:
        """What Lambda gives: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html.

        Beside it the way to this AWS, and the network's configuration of the laptop.
        """
        chosen = (self.config.get("Environment") or {}).get("Variables") or {}
        region = self.config["FunctionArn"].split(":")[3]
        return (
            environment.network(os.environ)
            | {"AWS_ENDPOINT_URL": self._place.url}
            | {name: value for name, value in chosen.items() if name not in seams.RESERVED_VARIABLES.value}
            | sessions.credentials(self.config)
            | {
                "PATH": f"{self._place.python.parent}:/usr/local/bin:/usr/bin:/bin",
                "HOME": str(self._folder),
                "TMPDIR": str(self._folder / "tmp"),
                "LANG": "C.UTF-8",
                "TZ": ":UTC",
                "AWS_REGION": region,
                "AWS_DEFAULT_REGION": region,
                "AWS_EXECUTION_ENV": f"AWS_Lambda_{self.config.get('Runtime', '')}",
                "AWS_LAMBDA_FUNCTION_NAME": self.config["FunctionName"],
                "AWS_LAMBDA_FUNCTION_VERSION": self.config.get("Version", "$LATEST"),
                "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(self.config.get("MemorySize", 128)),
                "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
                "AWS_LAMBDA_LOG_GROUP_NAME": self._log.group,
                "AWS_LAMBDA_LOG_STREAM_NAME": self._log.name,
                "LAMBDA_TASK_ROOT": str(code),
                "_HANDLER": self.config.get("Handler", "index.handler"),
            }
        )
