from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.local.functions import execution_environment, layers, task_root
from serverless_pipeline.local.functions.channel import Unanswered
from serverless_pipeline.local.functions.execution_environment import ExecutionEnvironment
from serverless_pipeline.local.functions.place import Place
from serverless_pipeline.local.functions.task_root import Unusable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CONFIG = {"FunctionName": "shop", "FunctionArn": "arn:shop", "Timeout": 5}


@dataclass
class World:
    """What an environment uses; `steps` is what it did, in order."""

    steps: list[Any] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    alive: bool = True
    ready: Any = field(default_factory=lambda: {"ready": True})
    reply: Callable[[Any], Any] = lambda request: {"result": request["event"], "peak": 33}
    unpack: Callable[[], None] = lambda: None
    channels: list[Channel] = field(default_factory=list)


class Log:
    def __init__(self, world: World) -> None:
        self.world, self.peak, self.tail = world, 99, ["one", "two"]

    def start(self, request_id: str) -> None:
        self.world.steps.append(("start", request_id))

    def write(self, lines: list[str]) -> None:
        self.world.steps.append("write")
        self.world.lines += lines


class Channel:
    output = 7

    def __init__(self, world: World, command: list[str], folder: Path, variables: dict[str, str]) -> None:
        self.world, self.command, self.folder, self.variables = world, command, folder, variables
        self.requests: list[tuple[Any, float]] = []
        self.kills = 0

    @property
    def alive(self) -> bool:
        return self.world.alive

    def answer(self, seconds: float) -> Any:
        self.world.steps.append(("init", seconds))
        if isinstance(self.world.ready, Exception):
            raise self.world.ready
        return self.world.ready

    def ask(self, request: Any, seconds: float) -> Any:
        self.world.steps.append("ask")
        self.requests.append((request, seconds))
        return self.world.reply(request)

    def kill(self) -> None:
        self.world.steps.append("kill")
        self.kills += 1


class Output:
    def __init__(self, world: World, pipe: int, log: Log) -> None:
        self.world, self.arguments, self.marker = world, (pipe, log), ""

    def start(self) -> None:
        self.world.steps.append("read")

    def expect(self, marker: str) -> None:
        self.world.steps.append("expect")
        self.marker = marker

    def wait(self, seconds: float) -> bool:
        self.world.steps.append(("wait", seconds))
        return True


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    world = World()

    def open_channel(*arguments: Any) -> Channel:
        world.channels.append(Channel(world, *arguments))
        return world.channels[-1]

    def unpack(code: bytes, folder: Path) -> Path:
        world.unpack()
        return folder / code.decode()

    def variables(config: dict[str, Any], log: Log, place: Place, code: Path, home: Path) -> dict[str, str]:
        return {"seen": str((config, log.tail, place.url, code.name, home.parent.name))}

    monkeypatch.setattr(execution_environment, "LogStream", lambda _config: Log(world))
    monkeypatch.setattr(execution_environment, "Channel", open_channel)
    monkeypatch.setattr(execution_environment, "Output", lambda *arguments: Output(world, *arguments))
    monkeypatch.setattr(task_root, "unpack", unpack)
    monkeypatch.setattr(execution_environment, "variables", variables)
    return world


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "python", tmp_path / "scratch", "http://127.0.0.1:4600")


@pytest.fixture
def environment(world: World, place: Place) -> ExecutionEnvironment:
    assert world.steps == []
    return ExecutionEnvironment("shop", CONFIG, b"digest", place)


COLD = [("init", 60)]
ASKED = ["expect", "ask", ("wait", 10)]


def test_a_first_invocation_starts_the_process_and_asks_it(environment: ExecutionEnvironment, world: World) -> None:
    result = environment.invoke({"word": 1}, "id")

    assert result == {"log": "one\ntwo", "body": {"word": 1}}
    assert world.steps == [("start", "id"), "read", *COLD, *ASKED]
    assert environment._log.peak == 33


def test_the_process_sees_its_layers_where_it_has_some(
    environment: ExecutionEnvironment, world: World, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layers, "lay", lambda config, folder: folder / config["FunctionName"])
    monkeypatch.setattr(layers, "variables", lambda folder, others: {"LAYERS": f"{folder} {sorted(others)}"})

    environment.invoke({"word": 1}, "id")

    (channel,) = world.channels
    assert channel.variables["LAYERS"] == f"{place.scratch}/layers/shop ['seen']"


def test_a_second_one_asks_the_same_process(environment: ExecutionEnvironment, world: World) -> None:
    environment.invoke(1, "first")
    world.steps.clear()

    environment.invoke(2, "second")

    assert world.steps == [("start", "second"), *ASKED]
    assert len(world.channels) == 1


def test_the_process_runs_the_bootstrap_on_the_runtimes_interpreter(
    environment: ExecutionEnvironment, world: World, place: Place
) -> None:
    environment.invoke(1, "id")

    (channel,) = world.channels
    bootstrap = str(execution_environment.BOOTSTRAP)
    assert channel.command == [str(place.python), "-P", bootstrap]
    assert bootstrap.endswith("functions/bootstrap.py")
    assert execution_environment.BOOTSTRAP.is_file()
    assert channel.folder == place.scratch / "code" / "digest"
    assert channel.variables["seen"] == str((CONFIG, ["one", "two"], place.url, "digest", "functions"))
    assert environment._output.arguments == (7, environment._log)  # type: ignore[union-attr]


def test_the_request_holds_what_the_bootstrap_needs(environment: ExecutionEnvironment, world: World) -> None:
    environment.invoke({"word": 1}, "id")
    environment.invoke({"word": 2}, "other")

    (first, seconds), (second, _) = world.channels[0].requests
    assert first | {"marker": ""} == {
        "request_id": "id",
        "arn": "arn:shop",
        "seconds": 5.0,
        "marker": "",
        "event": {"word": 1},
    }
    assert seconds == 5
    assert first["marker"].startswith("\x1e")
    assert first["marker"] != second["marker"] == environment._output.marker  # type: ignore[union-attr]


def test_a_function_has_three_seconds_if_it_does_not_say(world: World, place: Place) -> None:
    environment = ExecutionEnvironment("shop", {"FunctionArn": "arn:shop"}, b"digest", place)

    environment.invoke(1, "id")

    assert world.channels[0].requests[0][1] == 3


def test_each_environment_has_a_folder_of_its_own(world: World, place: Place) -> None:
    for _ in range(2):
        ExecutionEnvironment("shop", CONFIG, b"digest", place).invoke(1, "id")

    folders = sorted((place.scratch / "functions").iterdir())
    assert len(folders) == 2
    assert all(folder.name.startswith("shop-") and (folder / "tmp").is_dir() for folder in folders)
    assert len(world.channels) == 2


def test_a_failure_of_the_handler_is_the_result(environment: ExecutionEnvironment, world: World) -> None:
    world.reply = lambda _request: {"error": {"errorType": "KeyError"}, "peak": 12}

    assert environment.invoke(1, "id") == {"log": "one\ntwo", "body": {"errorType": "KeyError"}, "error": True}
    assert environment._log.peak == 12
    assert "kill" not in world.steps


def test_code_that_cannot_be_loaded_ends_the_process_and_says_so_each_time(
    environment: ExecutionEnvironment, world: World
) -> None:
    world.ready = {"error": {"errorType": "Runtime.ImportModuleError"}}

    results = [environment.invoke(1, "first"), environment.invoke(1, "second")]

    assert [result["body"] for result in results] == [world.ready["error"]] * 2
    assert [result["error"] for result in results] == [True, True]
    assert world.steps[:5] == [("start", "first"), "read", *COLD, "kill", ("wait", 10)]
    assert len(world.channels) == 2
    assert environment._log.peak == 0


def fail(error: Exception) -> Callable[[Any], Any]:
    def reply(_request: Any) -> Any:
        raise error

    return reply


@pytest.mark.parametrize(
    ("error", "kind", "message"),
    [
        (TimeoutError(), "Sandbox.Timedout", "id Task timed out after 5.00 seconds"),
        (Unanswered("it exited"), "Runtime.ExitError", "RequestId: id Error: it exited"),
    ],
)
def test_a_process_that_does_not_answer_is_ended_and_told_of(
    environment: ExecutionEnvironment, world: World, error: Exception, kind: str, message: str
) -> None:
    world.reply = fail(error)

    result = environment.invoke(1, "id")

    assert result == {
        "log": "one\ntwo",
        "body": {"errorType": kind, "errorMessage": message},
        "error": True,
    }
    assert world.steps[-4:] == ["ask", "kill", ("wait", 10), "write"]
    assert world.lines == [message]


def test_a_process_that_does_not_get_ready_in_time_is_ended(environment: ExecutionEnvironment, world: World) -> None:
    world.ready = TimeoutError()

    assert environment.invoke(1, "id")["body"]["errorType"] == "Sandbox.Timedout"
    assert world.channels[0].kills == 1


def test_code_that_is_no_archive_is_told_of_without_a_process(environment: ExecutionEnvironment, world: World) -> None:
    def unpack() -> None:
        raise Unusable("it is no zip")

    world.unpack = unpack

    result = environment.invoke(1, "id")

    assert result["body"] == {"errorType": "Runtime.InvalidEntrypoint", "errorMessage": "id Error: it is no zip"}
    assert world.steps == [("start", "id"), "write"]
    assert world.channels == []


def test_after_a_failure_the_next_invocation_starts_another_process(
    environment: ExecutionEnvironment, world: World
) -> None:
    world.reply = fail(TimeoutError())
    environment.invoke(1, "first")
    world.reply = lambda request: {"result": request["event"]}

    assert environment.invoke(2, "second")["body"] == 2
    assert len(world.channels) == 2
    assert environment._log.peak == 0


def test_a_process_that_ended_between_two_invocations_is_replaced(
    environment: ExecutionEnvironment, world: World
) -> None:
    environment.invoke(1, "first")
    world.alive = False

    environment.invoke(2, "second")

    assert [channel.kills for channel in world.channels] == [1, 0]
    assert [len(channel.requests) for channel in world.channels] == [1, 1]


def test_one_that_was_ended_before_it_could_be_asked_has_no_answer(
    environment: ExecutionEnvironment, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "_start", lambda: None)

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

    assert world.channels[0].kills == 1
    assert list((place.scratch / "functions").iterdir()) == []


def test_two_that_end_it_at_once_kill_the_process_once(
    environment: ExecutionEnvironment, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment.invoke(1, "id")
    locked: list[bool] = []

    class Lock:
        def __enter__(self) -> None:
            locked.append(environment._channel is not None)

        def __exit__(self, *_: object) -> None:
            locked.append(environment._channel is not None)

    monkeypatch.setattr(environment, "_ending", Lock())
    threads = [threading.Thread(target=environment.end) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert world.channels[0].kills == 1
    assert locked == [True, False, False, False]


def test_ministack_sees_a_worker(environment: ExecutionEnvironment) -> None:
    assert (environment.config, environment.in_use, environment.last_used, environment.retired) == (
        *(CONFIG, False, 0.0, False),
    )
