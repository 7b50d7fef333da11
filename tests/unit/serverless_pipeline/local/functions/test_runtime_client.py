from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from serverless_pipeline.local.functions import runtime_client
from serverless_pipeline.local.functions.runtime_api import Failure, Invocation, Ready, Response, RuntimeApi

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from serverless_pipeline.local.functions.runtime_api import Event

SECONDS = 20
HEADERS = {
    "Lambda-Runtime-Aws-Request-Id": "id",
    "Lambda-Runtime-Deadline-Ms": "1800000000000",
    "Lambda-Runtime-Invoked-Function-Arn": "arn:shop",
}


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[RuntimeApi]:
    """The API that the client of this process finds."""
    api = RuntimeApi(os.getuid())
    monkeypatch.setenv("AWS_LAMBDA_RUNTIME_API", api.address)
    monkeypatch.setattr(runtime_client, "_connections", [])
    monkeypatch.setattr(runtime_client, "_HEADERS", {})
    yield api
    for connection in runtime_client._connections:
        connection.close()
    api.end()


def run(api: RuntimeApi, request_id: str = "id") -> None:
    """Let the client get an event."""
    api.send(Invocation(request_id, b"1", HEADERS))
    runtime_client.next()


def events(api: RuntimeApi) -> list[Event]:
    seen = []
    while not api.events.empty():
        seen.append(api.events.get())
    return seen


def test_an_event_comes_with_its_headers_and_the_deadline_as_a_number(api: RuntimeApi) -> None:
    api.send(Invocation("id", b'{"word": 1}', HEADERS))

    body, headers = runtime_client.next()

    own = {name: value for name, value in headers.items() if name.startswith("Lambda-")}
    assert (body, own) == (b'{"word": 1}', HEADERS | {"Lambda-Runtime-Deadline-Ms": 1_800_000_000_000})
    assert events(api) == [Ready()]


@pytest.mark.parametrize("more", [(), ("invocation",)])
def test_what_the_handler_returned_is_sent(api: RuntimeApi, more: tuple[str, ...]) -> None:
    run(api)

    runtime_client.post_invocation_result("id", b"[1]", "application/json", *more)

    assert events(api) == [Ready(), Response(b"[1]")]


@pytest.mark.parametrize("more", [(), ("invocation",)])
def test_what_the_handler_raised_is_sent(api: RuntimeApi, more: tuple[str, ...]) -> None:
    run(api)
    document = {"errorType": "KeyError", "errorMessage": "'ü'"}

    runtime_client.post_error("id", json.dumps(document, ensure_ascii=False), "{}", *more)

    assert events(api) == [Ready(), Failure(document)]


def test_an_error_that_is_no_document_is_unhandled(api: RuntimeApi) -> None:
    run(api)

    runtime_client.post_error("id", "words", "{}")

    assert events(api) == [Ready(), Failure({"errorType": "Unhandled", "errorMessage": "words"})]


def test_the_connection_is_kept(api: RuntimeApi) -> None:
    ports = []
    for request_id in ("first", "second"):
        run(api, request_id)
        runtime_client.post_invocation_result(request_id, b"1", "application/json")
        ports.append([connection.sock.getsockname() for connection in runtime_client._connections])

    assert ports[0] == ports[1]
    assert len(ports[0]) == 1


def test_it_calls_itself_what_it_is_told_and_says_the_type_of_its_answers(
    api: RuntimeApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[dict[str, str]] = []
    run(api)
    (connection,) = runtime_client._connections
    request = connection.request

    def note(method: str, path: str, body: bytes, headers: dict[str, str]) -> None:
        seen.append(headers)
        request(method, path, body, headers)

    monkeypatch.setattr(connection, "request", note)

    runtime_client.initialize_client("aws-lambda-python/3.13-4.0")
    runtime_client.post_invocation_result("id", b"x", "text/plain")
    run(api)
    runtime_client.post_error("id", "{}", "{}")

    agent = {"User-Agent": "aws-lambda-python/3.13-4.0"}
    of_error = {"Content-Type": "application/json", "Lambda-Runtime-Function-Error-Type": "Unhandled"}
    assert seen == [agent | {"Content-Type": "text/plain"}, agent, agent | of_error]


def test_an_answer_that_is_not_taken_is_an_error(api: RuntimeApi) -> None:
    run(api)

    with pytest.raises(RuntimeError, match=r"^The Runtime API answered 400: b'.*Invalid request ID.*'$"):
        runtime_client.post_invocation_result("other", b"1", "application/json")

    runtime_client.post_invocation_result("id", b"2", "application/json")
    assert events(api) == [Ready(), Response(b"2")]


def test_an_answer_that_is_too_large_is_an_error_and_the_next_event_can_be_had(api: RuntimeApi) -> None:
    run(api)

    with pytest.raises(RuntimeError, match=r"^The Runtime API answered 413: "):
        runtime_client.post_invocation_result("id", b"x" * 7 * 1024 * 1024, "application/json")
    run(api)

    kinds = [type(event) for event in events(api)]
    assert kinds == [Ready, Failure, Ready]


HANDLER = """
import antigravity, os, sys

def seen(context):
    names = [name for name in dir(context) if not name.startswith("_")]
    values = {name: getattr(context, name) for name in names}
    return {name: value for name, value in values.items() if isinstance(value, str)}

def handler(event, context):
    if event == "raise":
        raise KeyError("word")
    if event == "set":
        return {1, 2}
    if event == "print":
        print("out")
        os.system("echo child")
        sys.stderr.write("err\\n")
    if event == "exit":
        os._exit(3)
    return [event, antigravity.word, 90_000 < context.get_remaining_time_in_millis() <= 100_000, seen(context)]
"""


@pytest.fixture
def start(api: RuntimeApi, tmp_path: Path) -> Callable[[str, dict[str, str]], subprocess.Popen[str]]:
    """AWS's client over this one, with these files of a function's."""

    def spawn(handler: str, files: dict[str, str]) -> subprocess.Popen[str]:
        task, beside = tmp_path / "task", tmp_path / "runtime"
        beside.mkdir()
        shutil.copy(runtime_client.__file__, beside / "runtime_client.py")
        for name, text in files.items():
            (task / name).parent.mkdir(parents=True, exist_ok=True)
            (task / name).write_text(text)
        variables = {
            "AWS_LAMBDA_RUNTIME_API": api.address,
            "LAMBDA_TASK_ROOT": str(task),
            "PYTHONPATH": str(beside),
            "PATH": os.environ["PATH"],
            "AWS_LAMBDA_FUNCTION_NAME": "shop",
            "AWS_LAMBDA_FUNCTION_VERSION": "7",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
            "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/shop",
            "AWS_LAMBDA_LOG_STREAM_NAME": "stream",
        }
        return subprocess.Popen(
            [sys.executable, "-m", "awslambdaric", handler],
            cwd=task,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    return spawn


def answers_to(api: RuntimeApi, *invocations: object) -> list[object]:
    """What comes back for each event: what the handler returned, or the document of an error."""
    answers: list[object] = []
    for number, event in enumerate(invocations):
        assert api.events.get(timeout=SECONDS) == Ready()
        deadline = {"Lambda-Runtime-Deadline-Ms": str(int((time.time() + 100) * 1000))}
        own = HEADERS | deadline | {"Lambda-Runtime-Aws-Request-Id": f"id-{number}"}
        api.send(Invocation(f"id-{number}", json.dumps(event).encode(), own))
        if event != "exit":
            answer = api.events.get(timeout=SECONDS)
            answers.append(json.loads(answer.body) if isinstance(answer, Response) else answer)
    return answers


def test_awss_client_runs_a_handler_over_it(
    api: RuntimeApi, start: Callable[[str, dict[str, str]], subprocess.Popen[str]]
) -> None:
    files = {"package/inner.py": HANDLER, "antigravity.py": "word = 'own'"}
    process = start("package/inner.handler", files)

    first, raised, no_json, printed = answers_to(api, {"a": "ü"}, "raise", "set", "print", "exit")
    output, _ = process.communicate(timeout=SECONDS)

    seen = {
        "aws_request_id": "id-0",
        "invoked_function_arn": "arn:shop",
        "function_name": "shop",
        "function_version": "7",
        "memory_limit_in_mb": "512",
        "log_group_name": "/aws/lambda/shop",
        "log_stream_name": "stream",
    }
    assert first == [{"a": "ü"}, "own", True, seen]
    assert isinstance(raised, Failure)
    assert raised.document | {"stackTrace": []} == {
        "errorMessage": "'word'",
        "errorType": "KeyError",
        "requestId": "id-1",
        "stackTrace": [],
    }
    assert [frame.splitlines()[-1].strip() for frame in raised.document["stackTrace"]] == ['raise KeyError("word")']
    assert isinstance(no_json, Failure)
    assert no_json.document["errorType"] == "Runtime.MarshalError"
    assert printed == ["print", "own", True, seen | {"aws_request_id": "id-3"}]
    assert output.splitlines()[-3:] == ["out", "child", "err"]
    assert output.startswith("[ERROR] KeyError: 'word'\nTraceback (most recent call last):\n")
    assert process.returncode == 3


def test_awss_client_says_that_a_handler_cannot_be_loaded(
    api: RuntimeApi, start: Callable[[str, dict[str, str]], subprocess.Popen[str]]
) -> None:
    process = start("index.handler", {"index.py": "import nothing_of_the_kind"})

    process.communicate(timeout=SECONDS)

    (told,) = events(api)
    assert isinstance(told, Failure)
    assert told.document["errorType"] == "Runtime.ImportModuleError"
    assert told.document["errorMessage"] == "Unable to import module 'index': No module named 'nothing_of_the_kind'"
