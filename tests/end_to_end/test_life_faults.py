"""`up` and `down` are killed, throttled, broken, cut off and refused at every call to AWS; the same command ends well.

A client keeps nothing of what it learnt. So it is killed before and after each call that changes something, and once at
each kind of call that only reads: between two of these AWS is as it was.
"""

from __future__ import annotations

import signal
import uuid
from dataclasses import dataclass, replace
from itertools import cycle
from typing import TYPE_CHECKING, Any, Literal

import pytest
from botocore.retries import standard

from serverless_pipeline.cloudformation import stack
from serverless_pipeline.project import estate
from serverless_pipeline.settings import S3, Settings
from tests.support import client, stacks
from tests.support import relay as faults
from tests.support.client import Command
from tests.support.embedded import asked_for
from tests.support.relay import REFILL, Call, Relay, relay_to
from tests.support.waiting import PATIENCE, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from serverless_pipeline.aws import Clients

Scene = Literal["create", "update", "delete"]

SCENES: tuple[Scene, ...] = ("create", "update", "delete")

PASSING = [faults.throttled, faults.broken, faults.reset]

DELETING = ("DELETE_PENDING", "DELETE_IN_PROGRESS")

READING = ("Describe", "List", "Get", "Head")

FOREVER = 6

"""Calls in a row that fail: more than a client tries, and few enough for one that goes on asking how it stands."""


@dataclass(frozen=True)
class World:
    """The embedded AWS, a relay before it, and the folder of a project."""

    clients: Clients
    wire: Relay
    folder: Path


@pytest.fixture(scope="module")
def world(clients: Clients, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    assert clients.endpoint
    with relay_to(clients.endpoint.url) as wire:
        yield World(clients, wire, client.project(tmp_path_factory.mktemp("project")))


class Stage:
    """One scene on a stack of its own: what was there before, the command, and how it must stand in the end."""

    def __init__(self, scene: Scene, world: World) -> None:
        clients, wire, folder = self.clients, self.wire, _ = world.clients, world.wire, world.folder
        assert clients.endpoint
        self.scene = scene
        name = f"life-{uuid.uuid4().hex[:8]}"
        self.settings = Settings(stack_name=name, source=S3(), environments=("Prod",), memory=1024)
        there = replace(clients.endpoint, url=wire.url)
        self.command = Command("down" if scene == "delete" else "up", self.settings, there, folder)
        wire.expect()
        if scene != "create":
            before = replace(self.command, word="up")
            assert replace(before, settings=replace(self.settings, memory=512)).run() == 0
        if scene == "delete":
            held = estate.survey(self.settings, clients).buckets
            clients.s3.put_object(Bucket=held[0], Key="index.html", Body=b"one")
        wire.expect()

    def check(self) -> None:
        """It stands as the command meant it, and nothing of a change set is left."""
        if self.scene == "delete":
            assert estate.is_empty(self.clients, estate.survey(self.settings, self.clients))
            return
        root = stack.demand(self.clients, self.settings.stack_name)
        (nested,) = stacks.nested(self.clients, root)
        assert root.status.ended_well
        assert root.parameters["Memory"] == nested.parameters["Memory"] == "1024"
        until(lambda: not self._leftover(root.id), "the deletion of change sets")

    def _leftover(self, stack_id: str) -> list[Any]:
        """The change sets of ours that nobody executed; one that is being deleted only until it is."""
        planned = self.clients.cloudformation.list_change_sets(StackName=stack_id)["Summaries"]
        ours = [item for item in planned if item["ChangeSetName"].startswith(stack.CHANGE_SET)]
        left = [item for item in ours if item["ExecutionStatus"] != "EXECUTE_COMPLETE"]
        assert [item for item in left if item["Status"] not in DELETING] == []
        return left


def calls_of(scene: Scene, world: World) -> list[Call]:
    """The calls of a command that nothing befalls."""
    stage = Stage(scene, world)
    assert stage.command.run() == 0
    stage.check()
    return list(world.wire.calls)


def moments(asked: list[Call]) -> list[tuple[str, int, bool]]:
    """When to kill: at the how-manieth call of a name, and whether after AWS has acted on it."""
    names = [str(call) for call in asked]
    changing = sorted({(name, names[: at + 1].count(name)) for at, name in enumerate(names) if is_changing(name)})
    reading = [(name, 1, False) for name in dict.fromkeys(names) if not is_changing(name)]
    return reading + [(name, count, acted) for name, count in changing for acted in (False, True)]


def is_changing(name: str) -> bool:
    return not name.partition(":")[2].startswith(READING)


@pytest.fixture(autouse=True)
def _short_backoff(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault that is made here passes with the next try; who rations calls in earnest needs a while to let one in."""
    monkeypatch.setattr(standard.ExponentialBackoff, "delay_amount", lambda *_: REFILL if asked_for() else 0)


@pytest.mark.parametrize("scene", SCENES)
def test_a_client_that_is_killed_at_any_call_is_followed_by_one_that_ends_well(scene: Scene, world: World) -> None:
    for name, count, acted in moments(calls_of(scene, world)):
        stage = Stage(scene, world)
        process = client.start(stage.command)
        countdown = iter(range(count - 1, -1, -1))

        def kill(call: Call, name: str = name, process: Any = process, countdown: Iterator[int] = countdown) -> bool:
            """Kill the client if it has come that far."""
            if str(call) != name or next(countdown, None) != 0:
                return False
            process.kill()
            return True

        if acted:
            world.wire.lost = kill
        else:
            world.wire.chosen = lambda _, call, kill=kill: faults.reset if kill(call) else None  # type: ignore[misc]
        process.join(PATIENCE)

        moment = f"killed {'after' if acted else 'before'} {name}, number {count}"
        assert process.exitcode == -signal.SIGKILL, f"was not {moment}"
        world.wire.expect()
        assert stage.command.run() == 0, moment
        stage.check()


@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("fault", [*PASSING, "lost"])
def test_a_fault_that_passes_is_not_noticed_whatever_call_it_befalls(
    scene: Scene, fault: faults.Fault | str, world: World
) -> None:
    asked = {str(call) for call in calls_of(scene, world)}
    stage = Stage(scene, world)
    befallen: set[str] = set()

    def befalls(call: Call) -> bool:
        """Whether it is the first call of its name."""
        first = str(call) not in befallen
        befallen.add(str(call))
        return first

    if callable(fault):
        world.wire.chosen = lambda _, call: fault if befalls(call) else None
    else:
        world.wire.lost = befalls

    assert stage.command.run() == 0, f"{world.wire.calls[-3:]}"
    assert {name for name in asked if callable(fault) or is_changing(name)} <= befallen
    world.wire.expect()
    stage.check()


@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("lasting", [PASSING, [faults.denied]], ids=["unavailable", "denied"])
def test_a_fault_that_lasts_is_told_and_the_same_command_ends_well_after_it(
    scene: Scene, lasting: list[faults.Fault], world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    names = list(dict.fromkeys(map(str, calls_of(scene, world))))
    silent = []

    for name, fault in zip(names, cycle(lasting)):
        stage = Stage(scene, world)
        world.wire.expect(fault, name, times=FOREVER)
        capsys.readouterr()
        code, stderr = stage.command.run(), capsys.readouterr().err
        if code == 0:
            stage.check()
        elif "Next: " not in stderr:
            silent.append((name, stderr))
        world.wire.expect()
        assert stage.command.run() == 0, name
        stage.check()

    assert silent == []
