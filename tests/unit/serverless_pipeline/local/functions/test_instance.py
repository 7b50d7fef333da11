from __future__ import annotations

import os
import queue
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, cast

import pytest

from serverless_pipeline.local.functions import instance as instance_module
from serverless_pipeline.local.functions.instance import Instance, Unanswered
from serverless_pipeline.local.functions.launch import Launch
from serverless_pipeline.local.functions.layout import LAMBDA
from serverless_pipeline.local.functions.runtime_api import Exited, Failure, Invocation, Ready, Response

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from serverless_pipeline.local.functions.logs import LogStream
    from serverless_pipeline.local.functions.runtime_api import Event

SECONDS = 10
CONFIG = {"FunctionName": "shop", "MemorySize": 256}
INVOCATION = Invocation("id", b"1", {})
LAUNCH = Launch(
    words=["/var/lang/bin/python3.13", "-m", "awslambdaric", "index.handler"],
    folder=Path("/scratch/code"),
    layout=LAMBDA,
    variables={"PYTHONPATH": "/var/runtime", "SHARED": "of the launch"},
    difference="",
    generations=2,
    uid=993,
    host="name.localhost",
)


@dataclass
class World:
    """What an instance uses; `steps` is what it did, in order, and `reply` what the client does with an event."""

    steps: list[Any] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    events: queue.SimpleQueue[Event] = field(default_factory=queue.SimpleQueue)
    reply: Callable[[], None] = lambda: None
    ended: threading.Event = field(default_factory=threading.Event)
    reason: str = "Runtime exited with error: exit status 3"
    output: int = -1
    writing: int = -1
    broken: bool = False

    def say(self, text: str) -> None:
        """Print this, as the function's process does."""
        os.write(self.writing, text.encode())

    def happen(self, *events: Event) -> None:
        for event in events:
            self.events.put(event)


class Log:
    group = "/aws/lambda/shop"

    def __init__(self, world: World) -> None:
        self.world = world

    def write(self, lines: list[str]) -> None:
        self.world.lines += lines


class Api:
    address = "127.0.0.1:9001"

    def __init__(self, world: World, uid: int, host: str) -> None:
        self.world, self.events = world, world.events
        world.steps.append(("api", uid, host))

    def send(self, invocation: Invocation) -> None:
        self.world.steps.append(("send", invocation.request_id))
        self.world.reply()

    def end(self) -> None:
        self.world.steps.append("api ended")


class Process:
    pid = 42

    def __init__(self, world: World, words: list[str], variables: dict[str, str], **options: Any) -> None:
        if world.broken:
            raise FileNotFoundError
        self.world = world
        world.steps.append(("process", words, variables, options))
        self.output, self.writing = world.output, world.writing

    @property
    def alive(self) -> bool:
        return not self.world.ended.is_set()

    def wait(self) -> str:
        assert self.world.ended.wait(SECONDS)
        return self.world.reason

    def kill(self) -> None:
        self.world.steps.append("killed")
        self.world.ended.set()


class Meter:
    peak = 33

    def __init__(self, world: World, pid: int, megabytes: int, exceed: Callable[[], None], *, hidden: int) -> None:
        self.world, self.exceed = world, exceed
        world.steps.append(("meter", pid, megabytes, hidden))

    def __enter__(self) -> Self:
        self.world.steps.append("look")
        return self

    def __exit__(self, *_: object) -> None:
        self.world.steps.append("looked")


def variables(config: dict[str, Any], log: Log, layout: object, *, url: str, runtime_api: str) -> dict[str, str]:
    return {"SEEN": f"{config['FunctionName']} {log.group} {layout == LAMBDA} {url} {runtime_api}", "SHARED": "of all"}


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    world = World()
    world.output, world.writing = os.pipe()
    monkeypatch.setattr(instance_module, "RuntimeApi", lambda uid, host: Api(world, uid, host))
    monkeypatch.setattr(instance_module, "Process", lambda *words, **options: Process(world, *words, **options))
    monkeypatch.setattr(instance_module, "Meter", lambda *words, **options: Meter(world, *words, **options))
    monkeypatch.setattr(instance_module, "variables", variables)
    yield world
    world.ended.set()


@pytest.fixture
def make(world: World) -> Iterator[Callable[..., Instance]]:
    """An instance of this configuration, which ends with the test."""
    instances: list[Instance] = []

    def start(config: dict[str, Any] | None = None, launch: Launch = LAUNCH) -> Instance:
        log = cast("LogStream", Log(world))
        instances.append(Instance(CONFIG if config is None else config, launch, log, "http://127.0.0.1:4600"))
        return instances[-1]

    yield start
    for one in instances:
        if "api ended" not in world.steps:
            one.end()
        one._output.join(SECONDS)


@pytest.fixture
def instance(make: Callable[..., Instance], world: World) -> Instance:
    """One that is started; what was done for that is forgotten."""
    instance = make()
    world.steps.clear()
    return instance


def test_it_is_started_with_what_the_function_sees(make: Callable[..., Instance], world: World) -> None:
    make()

    variables = {
        "SEEN": "shop /aws/lambda/shop True http://127.0.0.1:4600 127.0.0.1:9001",
        "PYTHONPATH": "/var/runtime",
        "SHARED": "of the launch",
    }
    options = {"folder": Path("/scratch/code"), "is_sandboxed": True}
    assert world.steps == [
        ("api", 993, "name.localhost"),
        ("process", LAUNCH.words, variables, options),
        ("meter", 42, 256, 2),
    ]


def test_without_a_sandbox_all_processes_are_the_functions(make: Callable[..., Instance], world: World) -> None:
    make(launch=Launch([], Path("/code"), LAMBDA, {}, "", 0, 1000))

    (_, (_, _, _, options), (*_, hidden)) = world.steps
    assert (options["is_sandboxed"], hidden) == (False, 0)


@pytest.mark.parametrize("memory", [{}, {"MemorySize": None}])
def test_a_function_has_128_megabytes_if_it_does_not_say(
    make: Callable[..., Instance], world: World, memory: dict[str, Any]
) -> None:
    make({"FunctionName": "shop"} | memory)

    assert world.steps[-1] == ("meter", 42, 128, 2)


def test_what_takes_too_much_memory_is_killed(make: Callable[..., Instance], world: World) -> None:
    cast("Meter", make().meter).exceed()

    assert world.steps[-1] == "killed"


def test_a_program_that_cannot_be_started_leaves_no_api(make: Callable[..., Instance], world: World) -> None:
    world.broken = True

    with pytest.raises(FileNotFoundError):
        make()

    os.close(world.output)
    os.close(world.writing)
    assert world.steps == [("api", 993, "name.localhost"), "api ended"]


def test_it_has_begun_when_the_client_asks_for_an_event(instance: Instance, world: World) -> None:
    world.happen(Ready())

    assert instance.begin() is None
    assert world.steps == ["look", "looked"]


def test_code_that_cannot_be_loaded_is_the_outcome_of_its_beginning(instance: Instance, world: World) -> None:
    failure = Failure({"errorType": "Runtime.ImportModuleError"})
    world.happen(failure)

    assert instance.begin() == failure


def test_a_process_that_ends_before_it_asks_is_told_with_its_reason(instance: Instance, world: World) -> None:
    world.ended.set()

    with pytest.raises(Unanswered, match=r"^Error: Runtime exited with error: exit status 3$") as caught:
        instance.begin()

    assert caught.value.kind == "Runtime.ExitError"
    assert world.steps == ["look", "looked"]
    assert not instance.alive


def test_a_process_that_does_not_begin_is_not_waited_for_without_an_end(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    minute = instance_module.INIT_SECONDS
    monkeypatch.setattr(instance_module, "INIT_SECONDS", 0.01)

    with pytest.raises(Unanswered, match=r"^Task timed out after 0\.01 seconds$") as caught:
        instance.begin()

    assert (caught.value.kind, minute) == ("Sandbox.Timedout", 60)


@pytest.mark.parametrize("answer", [Response(b"[1]"), Failure({"errorType": "KeyError"})])
def test_what_the_function_answers_is_the_answer(instance: Instance, world: World, answer: Response | Failure) -> None:
    world.reply = lambda: world.happen(answer, Ready())

    assert instance.ask(INVOCATION, SECONDS) == answer
    assert world.steps == ["look", ("send", "id"), "looked"]


def test_each_event_gets_its_own_answer(instance: Instance, world: World) -> None:
    answers = [Response(b"1"), Response(b"2")]
    left = iter(answers)
    world.reply = lambda: world.happen(next(left), Ready())

    assert [instance.ask(INVOCATION, SECONDS) for _ in answers] == answers


def test_what_was_printed_before_the_answer_is_stored_and_nothing_of_ours(instance: Instance, world: World) -> None:
    def reply() -> None:
        world.say("one\nhalf")
        world.happen(Response(b"1"), Ready())

    world.reply = reply

    instance.ask(INVOCATION, SECONDS)
    first = list(world.lines)
    instance.ask(INVOCATION, SECONDS)

    assert first == ["one", "half"]
    assert world.lines == ["one", "half"] * 2


def test_lines_that_are_not_stored_in_time_hold_nothing_up(
    instance: Instance, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = instance_module.LOG_SECONDS
    monkeypatch.setattr(instance_module, "LOG_SECONDS", 0.01)
    monkeypatch.setattr(instance._output, "_store", lambda _lines: None)
    world.reply = lambda: world.happen(Response(b"1"), Ready())

    assert instance.ask(INVOCATION, SECONDS) == Response(b"1")
    assert seconds == 10


def test_an_answer_that_does_not_come_in_time_is_a_timeout(instance: Instance, world: World) -> None:
    with pytest.raises(Unanswered, match=r"^Task timed out after 0\.05 seconds$") as caught:
        instance.ask(INVOCATION, 0.05)

    assert caught.value.kind == "Sandbox.Timedout"
    assert world.steps == ["look", ("send", "id"), "looked"]


def test_a_client_that_answers_and_does_not_come_back_has_no_more_time(instance: Instance, world: World) -> None:
    world.reply = lambda: world.happen(Response(b"1"))

    with pytest.raises(Unanswered, match=r"^Task timed out after 0\.01 seconds$"):
        instance.ask(INVOCATION, 0.01)


def test_a_process_that_ends_before_it_answers_is_told_with_its_reason(instance: Instance, world: World) -> None:
    world.reply = world.ended.set

    with pytest.raises(Unanswered, match=r"^Error: Runtime exited with error: exit status 3$") as caught:
        instance.ask(INVOCATION, SECONDS)

    assert caught.value.kind == "Runtime.ExitError"


def test_the_answer_of_a_process_that_ended_after_it_counts(instance: Instance, world: World) -> None:
    world.reply = lambda: world.happen(Response(b"1"), Exited("Runtime exited without providing a reason"))

    assert instance.ask(INVOCATION, SECONDS) == Response(b"1")


def test_a_client_that_comes_back_without_an_answer_gave_none(instance: Instance, world: World) -> None:
    world.reply = lambda: world.happen(Ready())

    document = {"errorType": "Runtime.ExitError", "errorMessage": "the client gave no answer"}
    assert instance.ask(INVOCATION, SECONDS) == Failure(document)


def test_ending_kills_the_process_and_stores_what_it_printed(instance: Instance, world: World) -> None:
    world.say("last words")

    instance.end()

    assert world.steps == ["api ended", "killed"]
    assert world.lines == ["last words"]
    assert not instance.alive


def test_ending_closes_both_ends_of_the_output(instance: Instance, world: World) -> None:
    instance.end()
    instance._output.join(SECONDS)

    for descriptor in (world.output, world.writing):
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(descriptor)


def test_an_instance_that_ended_meanwhile_is_no_failure_and_is_ended_once(instance: Instance, world: World) -> None:
    def reply() -> None:
        world.happen(Response(b"1"), Ready())
        instance.end()

    world.reply = reply

    assert instance.ask(INVOCATION, SECONDS) == Response(b"1")
    instance.end()


def test_the_threads_do_not_keep_the_server_alive(instance: Instance) -> None:
    names = {one.name: one.daemon for one in threading.enumerate()}

    assert names["end of a function's process"]
    assert names["log of /aws/lambda/shop"]
    assert instance.alive
