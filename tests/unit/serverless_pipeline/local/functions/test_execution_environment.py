from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.local.functions import execution_environment, launch, programs, task_root
from serverless_pipeline.local.functions.execution_environment import ExecutionEnvironment
from serverless_pipeline.local.functions.instance import Unanswered
from serverless_pipeline.local.functions.launch import Launch
from serverless_pipeline.local.functions.layout import LAMBDA
from serverless_pipeline.local.functions.place import Place
from serverless_pipeline.local.functions.runtime_events import Failure, Response

if TYPE_CHECKING:
    from collections.abc import Callable

    from serverless_pipeline.local.functions.runtime_events import Invocation

CONFIG = {"FunctionName": "shop", "FunctionArn": "arn:shop", "Timeout": 5}
NOW = 1_800_000_000.25
URL = "http://127.0.0.1:4600"
LAUNCH = Launch(["python"], Path("/code"), LAMBDA, {}, "", 2, 993)


@dataclass
class World:
    """What an environment uses; `steps` is what it did, in order."""

    steps: list[Any] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    launch: Launch = LAUNCH
    prepare: Callable[[], None] = lambda: None
    begin: Callable[[], Failure | None] = lambda: None
    reply: Callable[[Invocation], Response | Failure] = lambda invocation: Response(invocation.event)
    instances: list[Instance] = field(default_factory=list)


class Log:
    def __init__(self, world: World) -> None:
        self.world, self.peak, self.tail = world, 99, ["one", "two"]

    def start(self, request_id: str) -> None:
        self.world.steps.append(("start", request_id))

    def write(self, lines: list[str]) -> None:
        self.world.steps.append("write")
        self.world.lines += lines


class Instance:
    def __init__(self, world: World, *arguments: Any) -> None:
        self.world, self.arguments = world, arguments
        self.alive, self.ends = True, 0
        self.meter = SimpleNamespace(peak=33)
        self.asked: list[tuple[Invocation, float]] = []
        world.steps.append("instance")

    def begin(self) -> Failure | None:
        self.world.steps.append("begin")
        return self.world.begin()

    def ask(self, invocation: Invocation, seconds: float) -> Response | Failure:
        self.world.steps.append("ask")
        self.asked.append((invocation, seconds))
        return self.world.reply(invocation)

    def end(self) -> None:
        self.world.steps.append("end")
        self.ends += 1
        self.alive = False


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    world = World()

    def start(*arguments: Any) -> Instance:
        world.instances.append(Instance(world, *arguments))
        return world.instances[-1]

    def prepare(config: dict[str, Any], code: bytes, place: Place, own: Path) -> Launch:
        world.steps.append(("prepare", config, code, place, own.parent, own.name[:5]))
        own.mkdir(parents=True)
        world.prepare()
        return world.launch

    monkeypatch.setattr(execution_environment, "LogStream", lambda _config: Log(world))
    monkeypatch.setattr(execution_environment, "Instance", start)
    monkeypatch.setattr(launch, "prepare", prepare)
    return world


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "scratch", URL)


@pytest.fixture
def environment(world: World, place: Place) -> ExecutionEnvironment:
    assert world.steps == []
    return ExecutionEnvironment("shop", CONFIG, b"zip", place)


def fail(error: Exception) -> Callable[..., Any]:
    def raise_it(*_: Any) -> Any:
        raise error

    return raise_it


def test_a_first_invocation_starts_the_process_and_asks_it(
    environment: ExecutionEnvironment, world: World, place: Place
) -> None:
    result = environment.invoke({"word": 1}, "id")

    prepared = ("prepare", CONFIG, b"zip", place, place.scratch / "functions", "shop-")
    assert result == {"log": "one\ntwo", "body": {"word": 1}}
    assert world.steps == [("start", "id"), prepared, "instance", "begin", "ask"]
    assert world.instances[0].arguments == (CONFIG, LAUNCH, environment._log, URL)
    assert (environment.alive, environment._log.peak) == (True, 33)


def test_a_second_one_asks_the_same_process(environment: ExecutionEnvironment, world: World) -> None:
    environment.invoke(1, "first")
    world.steps.clear()

    environment.invoke(2, "second")

    assert world.steps == [("start", "second"), "ask"]


def test_the_client_gets_the_event_and_what_lambda_says_of_it(
    environment: ExecutionEnvironment, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "time", lambda: NOW)

    environment.invoke({"word": "ü"}, "id")

    ((invocation, seconds),) = world.instances[0].asked
    trace = invocation.headers["Lambda-Runtime-Trace-Id"]
    assert (invocation.request_id, invocation.event, seconds) == ("id", b'{"word": "\\u00fc"}', 5)
    assert invocation.headers == {
        "Lambda-Runtime-Aws-Request-Id": "id",
        "Lambda-Runtime-Deadline-Ms": "1800000005250",
        "Lambda-Runtime-Invoked-Function-Arn": "arn:shop",
        "Lambda-Runtime-Trace-Id": trace,
    }
    assert (trace[:16], len(trace), trace[-10:]) == ("Root=1-6b49d200-", 50, ";Sampled=0")


def test_each_invocation_has_a_trace_of_its_own(environment: ExecutionEnvironment, world: World) -> None:
    for request_id in ("first", "second"):
        environment.invoke(1, request_id)

    traces = {invocation.headers["Lambda-Runtime-Trace-Id"] for invocation, _ in world.instances[0].asked}
    assert len(traces) == 2


def test_a_function_has_three_seconds_if_it_does_not_say(world: World, place: Place) -> None:
    environment = ExecutionEnvironment("shop", {"FunctionArn": "arn:shop"}, b"zip", place)

    environment.invoke(1, "id")

    assert world.instances[0].asked[0][1] == 3


def test_each_environment_has_a_folder_of_its_own(world: World, place: Place) -> None:
    for _ in range(2):
        ExecutionEnvironment("shop", CONFIG, b"zip", place).invoke(1, "id")

    assert len(list((place.scratch / "functions").iterdir())) == 2
    assert len(world.instances) == 2


@pytest.mark.parametrize(
    ("body", "result"), [(b'{"a": [1]}', {"a": [1]}), (b"null", None), (b"plain", "plain"), (b"\xff", "\ufffd")]
)
def test_what_a_function_returns_is_read_as_far_as_it_can_be(
    environment: ExecutionEnvironment, world: World, body: bytes, result: Any
) -> None:
    world.reply = lambda _invocation: Response(body)

    assert environment.invoke(1, "id") == {"log": "one\ntwo", "body": result}


def test_a_failure_of_the_handler_is_the_result_and_the_process_stays(
    environment: ExecutionEnvironment, world: World
) -> None:
    world.reply = lambda _invocation: Failure({"errorType": "KeyError"})

    assert environment.invoke(1, "id") == {"log": "one\ntwo", "body": {"errorType": "KeyError"}, "error": True}
    assert (environment.alive, environment._log.peak, world.lines) == (True, 33, [])


def test_code_that_cannot_be_loaded_ends_the_process_and_says_so_each_time(
    environment: ExecutionEnvironment, world: World
) -> None:
    document = {"errorType": "Runtime.ImportModuleError"}
    world.begin = lambda: Failure(document)

    results = [environment.invoke(1, "first"), environment.invoke(1, "second")]

    assert results == [{"log": "one\ntwo", "body": document, "error": True}] * 2
    assert [step for step in world.steps if isinstance(step, str)] == ["instance", "begin", "end"] * 2
    assert (environment.alive, environment._log.peak) == (False, 33)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            Unanswered("Sandbox.Timedout", "Task timed out after 5.00 seconds"),
            "id Task timed out after 5.00 seconds",
        ),
        (Unanswered("Runtime.ExitError", "Error: it exited"), "RequestId: id Error: it exited"),
    ],
)
@pytest.mark.parametrize("step", ["begin", "reply"])
def test_a_process_that_does_not_answer_is_ended_and_told_of(
    environment: ExecutionEnvironment, world: World, step: str, error: Unanswered, words: str
) -> None:
    setattr(world, step, fail(error))

    result = environment.invoke(1, "id")

    assert result == {"log": "one\ntwo", "body": {"errorType": error.kind, "errorMessage": words}, "error": True}
    assert world.steps[-2:] == ["end", "write"]
    assert world.lines == [words]


@pytest.mark.parametrize("error", [task_root.Unusable("it is no zip"), programs.NotRun("it is no zip")])
def test_code_that_cannot_be_started_is_told_of_without_a_process(
    environment: ExecutionEnvironment, world: World, place: Place, error: Exception
) -> None:
    def prepare() -> None:
        raise error

    world.prepare = prepare

    result = environment.invoke(1, "id")

    words = "RequestId: id Error: it is no zip"
    assert result["body"] == {"errorType": "Runtime.InvalidEntrypoint", "errorMessage": words}
    assert (world.lines, world.instances) == ([words], [])
    assert list((place.scratch / "functions").iterdir()) == []


def test_how_the_runtime_differs_is_told_at_each_start_and_no_more(
    environment: ExecutionEnvironment, world: World
) -> None:
    world.launch = Launch(["python"], Path("/code"), LAMBDA, {}, "nodejs22.x runs on Node.js 20", 2, 993)

    environment.invoke(1, "first")
    environment.invoke(1, "second")

    assert world.lines == ["[WARNING] nodejs22.x runs on Node.js 20"]
    assert [step for step in world.steps if isinstance(step, str)] == ["write", "instance", "begin", "ask", "ask"]


def test_after_a_failure_the_next_invocation_starts_another_process(
    environment: ExecutionEnvironment, world: World
) -> None:
    world.reply = fail(Unanswered("Sandbox.Timedout", "Task timed out"))
    environment.invoke(1, "first")
    world.reply = lambda invocation: Response(invocation.event)

    assert environment.invoke(2, "second")["body"] == 2
    assert [instance.ends for instance in world.instances] == [1, 0]


def test_a_process_that_ended_between_two_invocations_is_replaced(
    environment: ExecutionEnvironment, world: World
) -> None:
    environment.invoke(1, "first")
    world.instances[0].alive = False

    environment.invoke(2, "second")

    assert [instance.ends for instance in world.instances] == [1, 0]
    assert [len(instance.asked) for instance in world.instances] == [1, 1]


def test_one_that_was_ended_before_it_could_be_asked_has_no_answer(
    environment: ExecutionEnvironment, world: World
) -> None:
    world.begin = environment.end

    result = environment.invoke(1, "id")

    words = "RequestId: id Error: Runtime exited without providing a reason"
    assert result["body"] == {"errorType": "Runtime.ExitError", "errorMessage": words}
    assert world.lines == [words]


def test_ending_kills_the_process_once_and_removes_its_files(
    environment: ExecutionEnvironment, world: World, place: Place
) -> None:
    environment.invoke(1, "id")

    environment.end()
    environment.end()

    assert world.instances[0].ends == 1
    assert list((place.scratch / "functions").iterdir()) == []


def test_two_that_end_it_at_once_kill_the_process_once(
    environment: ExecutionEnvironment, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment.invoke(1, "id")
    there: list[bool] = []

    class Lock:
        def __enter__(self) -> None:
            there.append(environment._instance is not None)

        def __exit__(self, *_: object) -> None:
            there.append(environment._instance is not None)

    monkeypatch.setattr(environment, "_ending", Lock())
    threads = [threading.Thread(target=environment.end) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert world.instances[0].ends == 1
    assert there == [True, False, False, False]


def test_one_that_rests_has_no_process_and_the_next_invocation_starts_another(
    environment: ExecutionEnvironment, world: World
) -> None:
    environment.invoke(1, "first")

    environment.rest()
    alive = environment.alive
    environment.rest()
    environment.invoke(2, "second")

    assert (alive, environment.alive) == (False, True)
    assert [instance.ends for instance in world.instances] == [1, 0]


def test_one_that_runs_an_invocation_does_not_rest(environment: ExecutionEnvironment, world: World) -> None:
    def reply(invocation: Invocation) -> Response:
        environment.rest()
        return Response(invocation.event)

    world.reply = reply

    assert environment.invoke(1, "id")["body"] == 1
    assert world.instances[0].ends == 0


def test_while_it_comes_to_rest_an_invocation_waits(environment: ExecutionEnvironment, world: World) -> None:
    environment.invoke(1, "first")
    second = threading.Thread(target=environment.invoke, args=(2, "second"))
    waited: list[bool] = []

    def end() -> None:
        second.start()
        second.join(0.05)
        waited.append(second.is_alive())
        world.instances[0].alive = False

    world.instances[0].end = end  # type: ignore[method-assign]
    environment.rest()
    second.join(5)

    assert waited == [True]
    assert [len(instance.asked) for instance in world.instances] == [1, 1]


def test_ministack_sees_a_worker(environment: ExecutionEnvironment) -> None:
    assert (environment.config, environment.in_use, environment.last_used, environment.retired) == (
        *(CONFIG, False, 0.0, False),
    )
    assert not environment.alive
