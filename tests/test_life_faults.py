"""`up` and `down` are killed, throttled, broken, cut off and refused at every call to AWS; the same command ends well.

A client keeps nothing of what it learnt, so one that is killed before a call is one that was killed after the call
before it: each call is reached twice, with AWS as it was and as it was made.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import pytest

from serverless_pipeline import change_set, stack, teardown
from serverless_pipeline.aws import Endpoint
from serverless_pipeline.settings import Settings
from tests import client
from tests import relay as faults
from tests.client import Command
from tests.relay import Call, Relay, relay_to

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from serverless_pipeline.aws import Clients

pytestmark = pytest.mark.embedded

Scene = Literal["create", "update", "delete"]
SCENES: tuple[Scene, ...] = ("create", "update", "delete")
PASSING = [faults.throttled, faults.broken, faults.reset]
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
        self.settings = Settings(stack_name=name, source="s3", environments="Prod", memory=1024)
        there = Endpoint(wire.url, clients.endpoint.access_key_id, clients.endpoint.secret_access_key)
        self.command = Command("down" if scene == "delete" else "up", self.settings, there, folder)
        wire.expect()
        if scene != "create":
            before = replace(self.command, word="up")
            assert replace(before, settings=replace(self.settings, memory=512)).run() == 0
        if scene == "delete":
            held = teardown.survey(self.settings, clients).buckets
            clients.s3.put_object(Bucket=held[0], Key="index.html", Body=b"one")
        wire.expect()

    def check(self) -> None:
        """It stands as the command meant it, and nothing of a change set is left."""
        if self.scene == "delete":
            assert teardown.is_empty(self.clients, teardown.survey(self.settings, self.clients))
            return
        root = stack.demand(self.clients, self.settings.stack_name)
        (nested,) = stack.nested(self.clients, root.id)
        assert root.status.ended_well
        assert root.parameters["Memory"] == nested.parameters["Memory"] == "1024"
        planned = self.clients.cloudformation.list_change_sets(StackName=root.id)["Summaries"]
        ours = [item for item in planned if item["ChangeSetName"].startswith(change_set.PREFIX)]
        assert [item for item in ours if item["ExecutionStatus"] != "EXECUTE_COMPLETE"] == []

    def clear(self) -> None:
        self.wire.expect()
        replace(self.command, word="down").run()


def calls_of(scene: Scene, world: World) -> list[Call]:
    """The calls of a command that nothing befalls."""
    stage = Stage(scene, world)
    assert stage.command.run() == 0
    asked = list(world.wire.calls)
    stage.check()
    stage.clear()
    return asked


@pytest.mark.parametrize("scene", SCENES)
def test_a_client_that_is_killed_at_any_call_is_followed_by_one_that_ends_well(scene: Scene, world: World) -> None:
    asked = calls_of(scene, world)
    struck: list[str] = []

    for number in range(1, len(asked) + 1):
        stage = Stage(scene, world)
        world.wire.chosen = lambda reached, _, at=number: _kill if reached == at else None  # type: ignore[misc]
        process = client.start(stage.command)

        def _kill(call: Call) -> None:
            struck.append(str(call))
            process.kill()  # noqa: B023 - the process of this turn
            process.join()  # noqa: B023

        process.join(60)
        world.wire.expect()
        assert stage.command.run() == 0, f"after kill -9 at call {number}, {struck[-1:]}"
        stage.check()
        stage.clear()

    assert {str(call) for call in asked} <= set(struck)


@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("fault", [*PASSING, "lost"])
def test_a_fault_that_passes_is_not_noticed(
    scene: Scene, fault: faults.Fault | str, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = calls_of(scene, world)

    for name in dict.fromkeys(map(str, asked)):
        stage = Stage(scene, world)
        if callable(fault):
            world.wire.expect(fault, name)
        else:
            once = iter([True])
            world.wire.lost = lambda call, at=name: str(call) == at and next(once, False)  # type: ignore[misc] # noqa: B023
        capsys.readouterr()
        assert stage.command.run() == 0, f"{name}: {capsys.readouterr().err}"
        stage.check()
        stage.clear()


@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("fault", [*PASSING, faults.denied])
def test_a_fault_that_lasts_is_told_and_the_same_command_ends_well_after_it(
    scene: Scene, fault: faults.Fault, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = calls_of(scene, world)

    for name in dict.fromkeys(map(str, asked)):
        stage = Stage(scene, world)
        world.wire.expect(fault, name, times=FOREVER)
        capsys.readouterr()
        code = stage.command.run()
        said = capsys.readouterr().err
        if code == 0:
            stage.check()
        else:
            assert "Next: " in said, name
        world.wire.expect()
        assert stage.command.run() == 0, name
        stage.check()
        stage.clear()
