"""The program in a function's process: loads the handler, then answers one event after another.

It runs on the bare interpreter and imports the standard library only. Events and answers go through two pipes, one JSON
document a line; standard output and standard error are the log, also for what the handler starts. See
https://docs.aws.amazon.com/lambda/latest/dg/python-context.html and python-exceptions.html.
"""

import contextlib
import importlib
import json
import os
import resource
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any

LOG = 2


class Context:
    """What Lambda hands to a handler beside the event."""

    identity = None
    client_context = None

    def __init__(self, request: dict[str, Any]) -> None:
        self.aws_request_id = request["request_id"]
        self.invoked_function_arn = request["arn"]
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self._deadline = time.monotonic() + request["seconds"]

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the invocation is timed out."""
        return max(0, int((self._deadline - time.monotonic()) * 1000))


def main(requests: int, answers: int) -> None:
    """Serve until the pipe of requests ends."""
    for pipe in (requests, answers):
        os.set_inheritable(pipe, False)  # noqa: FBT003 - positional only
    os.dup2(LOG, 1)
    with open(requests, "rb") as incoming, open(answers, "wb") as outgoing:
        try:
            handler = _load(os.environ["_HANDLER"], os.environ["LAMBDA_TASK_ROOT"])
        except BaseException as error:  # noqa: BLE001 - whatever the module raises is the function's own failure
            _answer(outgoing, {"error": _failure(error, "Runtime.ImportModuleError")})
            return
        _answer(outgoing, {"ready": True})
        for line in incoming:
            request = json.loads(line)
            answer = _invoke(handler, request)
            _finish_log(request["marker"])
            _answer(outgoing, answer | {"peak": _peak_megabytes()})


def _load(handler: str, task_root: str) -> Callable[[Any, Context], Any]:
    """`folder/module.function` or `package.module.function`."""
    sys.path.insert(0, task_root)
    module, _, function = handler.replace("/", ".").rpartition(".")
    return getattr(importlib.import_module(module), function)  # type: ignore[no-any-return]


def _invoke(handler: Callable[[Any, Context], Any], request: dict[str, Any]) -> dict[str, Any]:
    try:
        result = handler(request["event"], Context(request))
    except Exception as error:  # noqa: BLE001 - an error of the handler is its answer
        return {"error": _failure(error, type(error).__name__)}
    try:
        return {"result": json.loads(json.dumps(result))}
    except (TypeError, ValueError) as error:
        return {"error": _failure(error, "Runtime.MarshalError")}


def _failure(error: BaseException, kind: str) -> dict[str, Any]:
    """Lambda's shape of a failed invocation; the traceback goes to the log as well."""
    frames = traceback.format_tb(error.__traceback__ and error.__traceback__.tb_next)
    heading = ["Traceback (most recent call last):"] if frames else []
    lines = [f"[ERROR] {kind}: {error}", *heading, *frames]
    sys.stderr.write("".join(f"{line.rstrip()}\n" for line in lines))
    return {"errorMessage": str(error), "errorType": kind, "stackTrace": frames}


def _peak_megabytes() -> int:
    """The most memory this process has held. Linux's ru_maxrss begins with what the parent held; macOS says bytes."""
    with contextlib.suppress(OSError), open("/proc/self/status") as status:  # noqa: PTH123 - no pathlib for one line
        return next(int(line.split()[1]) // 1024 for line in status if line.startswith("VmHWM"))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1024 * 1024)


def _finish_log(marker: str) -> None:
    """Tell the reader of the log that all of this invocation was printed."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    with contextlib.suppress(OSError):
        os.write(LOG, f"{marker}\n".encode())


def _answer(outgoing: Any, document: dict[str, Any]) -> None:  # noqa: ANN401 - typing.BinaryIO would be its only use
    outgoing.write(json.dumps(document).encode() + b"\n")
    outgoing.flush()


if __name__ == "__main__":
    pipes = [int(word) for word in sys.argv[1:]]
    sys.argv = [""]
    main(*pipes)
