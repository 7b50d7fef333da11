"""Two clients at once, in two processes: one deploys, the other attaches or says why not, and nothing is lost."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from serverless_pipeline.cloudformation import stack
from serverless_pipeline.project import estate
from serverless_pipeline.settings import S3, Settings
from tests.support import client, stacks
from tests.support.client import Command
from tests.support.waiting import PATIENCE

if TYPE_CHECKING:
    from pathlib import Path

    from serverless_pipeline.aws import Clients

ROUNDS = 3


@pytest.fixture
def command(clients: Clients, tmp_path: Path) -> Command:
    assert clients.endpoint
    settings = Settings(stack_name=f"twice-{uuid.uuid4().hex[:8]}", source=S3(), environments=("Prod",), memory=1024)
    return Command("up", settings, clients.endpoint, client.project(tmp_path))


def at_once(folder: Path, *commands: Command) -> list[tuple[int | None, str]]:
    """Run commands at the same time; answers exit code and words of each."""
    outputs = [folder / f"{number}.txt" for number, _ in enumerate(commands)]
    processes = [client.start(command, output) for command, output in zip(commands, outputs, strict=True)]
    for process in processes:
        process.join(PATIENCE)
    ends = [(process.exitcode, path.read_text()) for process, path in zip(processes, outputs, strict=True)]
    assert [words for _, words in ends if "Traceback" in words] == []
    assert [words for code, words in ends if code != 0 and "Next: " not in words] == []
    return ends


def sized(command: Command, memory: int) -> Command:
    return replace(command, settings=replace(command.settings, memory=memory))


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_two_that_want_the_same_both_end_well(clients: Clients, command: Command, tmp_path: Path, _round: int) -> None:
    ends = at_once(tmp_path, command, command)

    assert [code for code, _ in ends] == [0, 0], ends
    assert stack.demand(clients, command.settings.stack_name).status.ended_well
    assert replace(command, word="down").run() == 0


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_two_updates_follow_each_other(clients: Clients, command: Command, tmp_path: Path, _round: int) -> None:
    assert command.run() == 0

    ends = at_once(tmp_path, sized(command, 2048), sized(command, 4096))

    root = stack.demand(clients, command.settings.stack_name)
    (nested,) = stacks.nested(clients, root)
    assert 0 in [code for code, _ in ends], ends
    assert root.status.ended_well
    assert root.parameters["Memory"] == nested.parameters["Memory"]
    assert root.parameters["Memory"] in {"2048", "4096"}
    assert sized(command, 2048).run() == 0
    assert stack.demand(clients, root.name).parameters["Memory"] == "2048"
    assert replace(command, word="down").run() == 0


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_one_that_goes_up_while_another_goes_down_leaves_no_half(
    clients: Clients, command: Command, tmp_path: Path, _round: int
) -> None:
    assert command.run() == 0
    down = replace(command, word="down")

    ends = at_once(tmp_path, sized(command, 2048), down)

    now = stack.find(clients, command.settings.stack_name)
    assert now is None or now.status.ended_well or now.status.is_dead_end, ends
    assert down.run() == 0
    assert estate.is_empty(clients, estate.survey(command.settings, clients))
