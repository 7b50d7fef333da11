from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.local.functions import programs
from serverless_pipeline.local.functions.runtime_api import RuntimeApi
from serverless_pipeline.local.functions.runtime_events import Failure, Invocation, Ready, Response

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

NODE = shutil.which("node")
pytestmark = pytest.mark.skipif(NODE is None, reason="Node.js is not installed")

SECONDS = 20
VARIABLES = {
    "AWS_LAMBDA_FUNCTION_NAME": "shop",
    "AWS_LAMBDA_FUNCTION_VERSION": "7",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
    "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/shop",
    "AWS_LAMBDA_LOG_STREAM_NAME": "stream",
}


@dataclass(frozen=True)
class Run:
    """What a function answered to each event, what it printed, and how it ended."""

    answers: list[Any]
    log: list[str]
    code: int


@pytest.fixture
def api() -> Iterator[RuntimeApi]:
    api = RuntimeApi(os.getuid())
    yield api
    api.end()


@pytest.fixture
def run(api: RuntimeApi, tmp_path: Path) -> Callable[..., Run]:
    """Run the client with these files, and send it these events."""

    def serve(files: dict[str, str], *events: Any, handler: str = "index.handler") -> Run:
        for name, source in files.items():
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(source)
        variables = VARIABLES | {"AWS_LAMBDA_RUNTIME_API": api.address, "LAMBDA_TASK_ROOT": str(tmp_path)}
        process = subprocess.Popen(
            [str(NODE), str(programs.NODE_CLIENT), handler],
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        answers = [_answer(api, event, number) for number, event in enumerate(events)]
        if not events:
            answers = [_document(api)]
        elif api.events.get(timeout=SECONDS) == Ready():
            process.kill()
        output, _ = process.communicate(timeout=SECONDS)
        return Run(answers, output.decode().removesuffix("\n").split("\n"), process.returncode)

    return serve


def _answer(api: RuntimeApi, event: Any, number: int) -> Any:
    assert api.events.get(timeout=SECONDS) == Ready()
    headers = {
        "Lambda-Runtime-Aws-Request-Id": f"id-{number}",
        "Lambda-Runtime-Deadline-Ms": str(int((time.time() + 100) * 1000)),
        "Lambda-Runtime-Invoked-Function-Arn": "arn:shop",
        "Lambda-Runtime-Trace-Id": f"Root=1-{number}",
    }
    api.send(Invocation(f"id-{number}", json.dumps(event).encode(), headers))
    return _document(api)


def _document(api: RuntimeApi) -> Any:
    """What a handler returned; of an error, the document without the lines of its trace."""
    answer = api.events.get(timeout=SECONDS)
    if isinstance(answer, Failure):
        assert answer.document.keys() == {"errorType", "errorMessage", "trace"}
        return answer.document["errorType"], answer.document["errorMessage"]
    assert isinstance(answer, Response), answer
    return json.loads(answer.body)


@pytest.mark.parametrize(
    "files",
    [
        {"index.js": "exports.handler = async (event) => [event];"},
        {"index.cjs": "exports.handler = async (event) => [event];"},
        {"index.mjs": "import { listed } from './list.mjs'; export const handler = async (event) => listed(event);"},
        {"index.js": "export const handler = async (event) => [event];", "package.json": '{"type": "module"}'},
    ],
    ids=["CommonJS", "cjs", "mjs", "module"],
)
def test_a_handler_answers_each_event(run: Callable[..., Run], files: dict[str, str]) -> None:
    files |= {"list.mjs": "export const listed = (event) => [event];"}

    assert run(files, 1, {"a": "ü\n"}, None).answers == [[1], [{"a": "ü\n"}], [None]]


def test_a_handler_is_named_by_folders_and_members(run: Callable[..., Run]) -> None:
    source = "exports.deep = { handler: async () => 'inner' };"

    assert run({"package/inner.js": source}, 1, handler="package/inner.deep.handler").answers == ["inner"]


def test_a_handler_answers_by_its_result_a_promise_a_callback_or_the_context(run: Callable[..., Run]) -> None:
    source = """
        const ways = [
            async () => "async",
            () => new Promise((done) => setTimeout(done, 1, "promise")),
            async () => {},
            (context, callback) => { callback(null, "at once"); },
            (context, callback) => { setTimeout(callback, 1, null, "later"); },
            (context) => { context.succeed("succeed"); },
            (context) => { context.done(null, "done"); },
        ];
        exports.handler = (event, context, callback) => ways[event](context, callback);
    """

    answers = run({"index.js": source}, *range(7)).answers

    assert answers == ["async", "promise", None, "at once", "later", "succeed", "done"]


def test_a_handler_sees_what_lambda_gives(run: Callable[..., Run]) -> None:
    source = """
        exports.handler = async (event, context) => [
            Object.fromEntries(Object.entries(context).filter(([, value]) => typeof value !== "function")),
            context.getRemainingTimeInMillis(),
            process.env._X_AMZN_TRACE_ID,
        ];
    """

    ((values, remaining, trace),) = run({"index.js": source}, 1).answers

    assert values == {
        "awsRequestId": "id-0",
        "invokedFunctionArn": "arn:shop",
        "functionName": "shop",
        "functionVersion": "7",
        "memoryLimitInMB": "512",
        "logGroupName": "/aws/lambda/shop",
        "logStreamName": "stream",
        "callbackWaitsForEmptyEventLoop": True,
    }
    assert 90_000 < remaining <= 100_000
    assert trace == "Root=1-0"


def test_what_a_handler_throws_is_the_answer_and_the_next_event_comes(run: Callable[..., Run]) -> None:
    source = """
        const ways = [
            async () => { throw new TypeError("rejected"); },
            () => { throw new TypeError("thrown"); },
            (context, callback) => { callback(new RangeError("callback")); },
            (context) => { context.fail(new Error("fail")); },
            async () => { throw "words"; },
            async () => 1n,
        ];
        exports.handler = (event, context, callback) => ways[event](context, callback);
    """

    served = run({"index.js": source}, *range(6))

    assert served.answers == [
        ("TypeError", "rejected"),
        ("TypeError", "thrown"),
        ("RangeError", "callback"),
        ("Error", "fail"),
        ("string", "words"),
        ("TypeError", "Do not know how to serialize a BigInt"),
    ]
    assert [line.partition("\t")[2].partition(',"trace"')[0] for line in served.log] == [
        f'id-{number}\tERROR\tInvoke Error \t{{"errorType":"{kind}","errorMessage":"{message}"'
        for number, (kind, message) in enumerate(served.answers)
    ]


@pytest.mark.parametrize(
    ("source", "kind", "message"),
    [
        (None, "Runtime.ImportModuleError", "Error: Cannot find module 'index'"),
        ("", "Runtime.HandlerNotFound", "index.handler is undefined or not exported"),
        ("exports.handler = 1;", "Runtime.HandlerNotFound", "index.handler is undefined or not exported"),
        ("require('none');", "Runtime.ImportModuleError", "Error: Cannot find module 'none'"),
        ("throw new TypeError('no');", "TypeError", "no"),
        ("exports.handler = (", "SyntaxError", "Unexpected"),
    ],
    ids=["module", "handler", "function", "require", "thrown", "syntax"],
)
def test_code_that_cannot_be_loaded_says_why_and_the_process_ends(
    run: Callable[..., Run], source: str | None, kind: str, message: str
) -> None:
    served = run({} if source is None else {"index.js": source})

    ((told, words),) = served.answers
    assert (told, words[: len(message)], served.code) == (kind, message, 1)
    assert re.fullmatch(r"\S+Z\tundefined\tERROR\tUncaught Exception \t\{.*\}", served.log[0])
    assert f'"errorType":"{kind}"' in served.log[0]


def test_a_line_of_the_log_has_the_time_the_request_and_the_level(run: Callable[..., Run]) -> None:
    source = """
        console.log("start %s", "x");
        exports.handler = async () => {
            for (const level of ["debug", "info", "log", "warn", "error"]) console[level](level, { a: 1 });
            console.log("two\\nlines");
            process.stdout.write("plain\\n");
        };
    """

    *lines, last = run({"index.js": source}, 1).log

    times, texts = zip(*[line.split("\t", 1) for line in lines], strict=True)
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", time) for time in times)
    assert list(texts) == [
        "undefined\tINFO\tstart x",
        "id-0\tDEBUG\tdebug { a: 1 }",
        "id-0\tINFO\tinfo { a: 1 }",
        "id-0\tINFO\tlog { a: 1 }",
        "id-0\tWARN\twarn { a: 1 }",
        "id-0\tERROR\terror { a: 1 }",
        "id-0\tINFO\ttwo\rlines",
    ]
    assert last == "plain"
