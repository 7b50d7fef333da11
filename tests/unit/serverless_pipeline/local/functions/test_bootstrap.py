from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.local.functions import bootstrap

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

VARIABLES = {
    "AWS_LAMBDA_FUNCTION_NAME": "shop",
    "AWS_LAMBDA_FUNCTION_VERSION": "7",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
    "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/shop",
    "AWS_LAMBDA_LOG_STREAM_NAME": "2026/01/01/[7]stream",
}


@dataclass(frozen=True)
class Run:
    """What a function's process answered, and what it printed."""

    answers: list[dict[str, Any]]
    log: list[str]


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Run]:
    """Run the program with a module of this source, and send it these events."""

    def serve(source: str, *events: Any, handler: str = "index.handler", seconds: float = 3) -> Run:
        (tmp_path / "index.py").write_text(source)
        requests, send = os.pipe()
        receive, answers = os.pipe()
        process = subprocess.Popen(
            [sys.executable, "-S", bootstrap.__file__, str(requests), str(answers)],
            env=VARIABLES | {"_HANDLER": handler, "LAMBDA_TASK_ROOT": str(tmp_path)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            pass_fds=[requests, answers],
        )
        os.close(requests)
        os.close(answers)
        with os.fdopen(send, "w") as incoming:
            for number, event in enumerate(events):
                request = {
                    "request_id": f"id-{number}",
                    "arn": "arn:shop",
                    "seconds": seconds,
                    "marker": f"end-{number}",
                }
                incoming.write(json.dumps(request | {"event": event}) + "\n")
        with os.fdopen(receive) as outgoing, process:
            assert process.stderr
            log = process.stderr.read().decode()
            return Run([json.loads(line) for line in outgoing], log.splitlines())

    return serve


@pytest.fixture
def context(monkeypatch: pytest.MonkeyPatch) -> Callable[..., bootstrap.Context]:
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)

    def make(seconds: float = 3) -> bootstrap.Context:
        return bootstrap.Context({"request_id": "id", "arn": "arn:shop", "seconds": seconds})

    return make


def test_it_says_that_it_is_ready_then_answers_each_event(run: Callable[..., Run]) -> None:
    served = run("def handler(event, context): return [event]\n", 1, {"a": "ü"}, None)

    assert served.answers[0] == {"ready": True}
    assert [answer["result"] for answer in served.answers[1:]] == [[1], [{"a": "ü"}], [None]]


def test_each_answer_tells_the_most_memory_that_was_held(run: Callable[..., Run]) -> None:
    served = run("def handler(event, context): bytearray(32 * 1024 * 1024)\n", None, None)

    assert all(32 <= answer["peak"] < 1024 for answer in served.answers[1:])


def test_where_there_is_no_proc_the_system_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "open", lambda _path: (_ for _ in ()).throw(OSError), raising=False)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    monkeypatch.setattr(resource, "getrusage", lambda who: usage if who == resource.RUSAGE_SELF else None)

    assert bootstrap._peak_megabytes() == usage.ru_maxrss // (1024 * 1024)


def test_all_that_is_printed_is_the_log_and_ends_with_the_marker(run: Callable[..., Run]) -> None:
    served = run(
        "import os, sys\n"
        "def handler(event, context):\n"
        "    print('out')\n"
        "    sys.stdout.flush()\n"
        "    os.system('echo child')\n"
        "    sys.stderr.write('err\\n')\n"
        "    print('late')\n",
        None,
    )

    assert served.log == ["out", "child", "err", "late", "end-0"]


def test_a_handler_that_closed_its_streams_is_answered_for(run: Callable[..., Run]) -> None:
    served = run("import sys\ndef handler(event, context):\n    sys.stdout.close()\n    return 1\n", None)

    assert served.answers[1]["result"] == 1
    assert served.log == ["end-0"]


def test_a_handler_sees_what_lambda_gives(run: Callable[..., Run]) -> None:
    served = run(
        "import sys\n"
        "def handler(event, context):\n"
        "    names = [name for name in dir(context) if not name.startswith('_')]\n"
        "    values = {name: getattr(context, name) for name in names if not callable(getattr(context, name))}\n"
        "    return [values, context.get_remaining_time_in_millis(), sys.argv, __name__]\n",
        None,
        seconds=100,
    )

    values, remaining, arguments, module = served.answers[1]["result"]
    assert values == {
        "identity": None,
        "client_context": None,
        "aws_request_id": "id-0",
        "invoked_function_arn": "arn:shop",
        "function_name": "shop",
        "function_version": "7",
        "memory_limit_in_mb": "512",
        "log_group_name": "/aws/lambda/shop",
        "log_stream_name": "2026/01/01/[7]stream",
    }
    assert 90_000 < remaining <= 100_000
    assert (arguments, module) == ([""], "index")


def test_the_time_that_is_left_is_never_less_than_nothing(context: Callable[..., bootstrap.Context]) -> None:
    assert context(-1).get_remaining_time_in_millis() == 0


def test_what_a_handler_starts_does_not_get_the_pipes(run: Callable[..., Run]) -> None:
    served = run(
        "import os\n"
        "def inheritable(fd):\n"
        "    try:\n"
        "        return [os.get_inheritable(fd)]\n"
        "    except OSError:\n"
        "        return []\n"
        "def handler(event, context): return sum(map(inheritable, range(3, 64)), [])\n",
        None,
    )

    assert served.answers[1]["result"] == [False, False]


@pytest.mark.parametrize("handler", ["index.handler", "package/inner.handler", "package.inner.handler"])
def test_a_handler_is_named_by_folders_or_packages(run: Callable[..., Run], tmp_path: Path, handler: str) -> None:
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "inner.py").write_text("def handler(event, context): return 'inner'\n")

    served = run("def handler(event, context): return 'index'\n", None, handler=handler)

    assert served.answers[1]["result"] == ("index" if handler.startswith("index") else "inner")


def test_the_functions_own_modules_come_first(run: Callable[..., Run], tmp_path: Path) -> None:
    (tmp_path / "antigravity.py").write_text("word = 'own'\n")

    served = run("import antigravity\ndef handler(event, context): return antigravity.word\n", None)

    assert served.answers[1]["result"] == "own"


@pytest.mark.parametrize(
    ("source", "handler", "message"),
    [
        ("import nothing_of_the_kind\n", "index.handler", "No module named 'nothing_of_the_kind'"),
        ("import sys\nsys.exit('no')\n", "index.handler", "no"),
        ("", "index.handler", "module 'index' has no attribute 'handler'"),
        ("", "elsewhere.handler", "No module named 'elsewhere'"),
    ],
)
def test_code_that_cannot_be_loaded_says_why_and_the_process_ends(
    run: Callable[..., Run], source: str, handler: str, message: str
) -> None:
    served = run(source, None, handler=handler)

    (answer,) = served.answers
    assert (answer["error"]["errorType"], answer["error"]["errorMessage"]) == ("Runtime.ImportModuleError", message)
    assert served.log[0] == f"[ERROR] Runtime.ImportModuleError: {message}"


def test_an_error_of_the_handler_is_its_answer_without_our_own_frames(run: Callable[..., Run], tmp_path: Path) -> None:
    served = run("def handler(event, context):\n    raise KeyError('word')\n", None, None)

    frame = f"  File \"{tmp_path / 'index.py'}\", line 2, in handler\n    raise KeyError('word')\n"
    assert [answer["error"] for answer in served.answers[1:]] == [
        {"errorMessage": "'word'", "errorType": "KeyError", "stackTrace": [frame]}
    ] * 2
    assert served.log[:5] == [
        "[ERROR] KeyError: 'word'",
        "Traceback (most recent call last):",
        *frame.splitlines(),
        "end-0",
    ]


def test_an_answer_that_is_no_json_is_an_error_of_the_function(run: Callable[..., Run]) -> None:
    served = run("def handler(event, context): return event or {1, 2}\n", None, "next")

    first, second = served.answers[1:]
    assert first["error"]["errorType"] == "Runtime.MarshalError"
    assert "set is not JSON serializable" in first["error"]["errorMessage"]
    assert second["result"] == "next"


def test_an_error_without_frames_is_told_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    failure = bootstrap._failure(ValueError("x"), "Kind")

    assert failure == {"errorMessage": "x", "errorType": "Kind", "stackTrace": []}
    assert capsys.readouterr().err == "[ERROR] Kind: x\n"


def test_a_handler_that_ends_the_process_is_not_answered_for(run: Callable[..., Run]) -> None:
    served = run("import sys\ndef handler(event, context): sys.exit(3)\n", None, None)

    assert served.answers == [{"ready": True}]


def test_an_answer_is_sent_at_once() -> None:
    receive, answers = os.pipe()
    sent: list[bytes] = []
    reader = threading.Thread(target=lambda: sent.append(os.read(receive, 100)))
    reader.start()

    with os.fdopen(answers, "wb") as outgoing:
        bootstrap._answer(outgoing, {"ready": True})
        reader.join(5)

    os.close(receive)
    assert sent == [b'{"ready": true}\n']
