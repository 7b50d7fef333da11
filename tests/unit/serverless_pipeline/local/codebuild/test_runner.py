"""A run without a sandbox: the processes are this laptop's own."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline import interpreters
from serverless_pipeline.local.codebuild import runner
from serverless_pipeline.local.codebuild.buildspec import Artifact, Buildspec, Phase
from serverless_pipeline.local.codebuild.runner import Run, Task
from serverless_pipeline.local.codebuild.workshop import Workshop
from serverless_pipeline.local.functions.place import Place
from tests.support.frozen import changeable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from serverless_pipeline.local.codebuild.runner import Event

VARIABLES = {"PATH": os.environ["PATH"]}


@pytest.fixture
def shop(tmp_path: Path) -> Workshop:
    shop = Workshop(tmp_path / "build", Place(tmp_path, "url", "none"), interpreters.own())
    shop.lay_out()
    return shop


def perform(
    run: Run, shop: Workshop, *commands: str, seconds: float = 60, begun: Any = None
) -> tuple[list[str], list[Event]]:
    lines: list[str] = []
    events: list[Event] = []

    def tell(event: Event) -> None:
        events.append(event)
        if begun and event.get("begins"):
            begun.set()

    spec = Buildspec(phases=(Phase("build", commands),), artifacts=(Artifact("", ("*",)), Artifact("Other", ("*",))))
    document = runner.plan(spec, shop, {"": "0.zip"})
    run.perform(shop, Task(document, VARIABLES, seconds), say=lines.append, tell=tell)
    return [line for line in lines if not line.startswith("[Container]")], events


def test_what_is_printed_is_told_from_what_happens(shop: Workshop) -> None:
    run = Run()

    lines, events = perform(run, shop, "echo one", "echo x >file", "printf two")

    assert lines[0] == "one"
    assert lines[1].startswith("two[Container]")
    assert [event["phase"] for event in events if "code" in event] == ["BUILD"]
    assert [event["artifact"] for event in events if "artifact" in event] == [""]
    assert shop.outside("artifacts", "0.zip").is_file()
    assert run.ended_by == ""


def test_a_build_that_takes_too_long_is_ended(shop: Workshop) -> None:
    run = Run()

    perform(run, shop, "sleep 600", seconds=0.3)

    assert run.ended_by == "TIMED_OUT"


@pytest.mark.parametrize("end", [Run.stop, lambda _run: runner.end_all()])
def test_a_build_can_be_stopped_and_ends_with_the_server(shop: Workshop, end: Callable[[Run], None]) -> None:
    run, begun = Run(), threading.Event()
    thread = threading.Thread(target=perform, args=(run, shop, "sleep 600"), kwargs={"begun": begun})
    thread.start()
    assert begun.wait(60)

    end(run)
    thread.join(60)

    assert (run.ended_by, thread.is_alive()) == ("STOPPED", False)


def test_a_build_that_was_stopped_before_does_not_begin(shop: Workshop) -> None:
    run = Run()
    run.stop()

    assert perform(run, shop, "echo never") == ([], [])


def test_an_event_may_follow_a_line_without_an_end() -> None:
    reading, writing = os.pipe()
    os.write(writing, b'a\r\nb@@{"x": 1}\n@@{"x": 2}\n\nc')
    os.close(writing)
    lines: list[str] = []
    events: list[Event] = []

    runner.read(reading, "@@", lines.append, events.append)

    assert lines == ["a", "b", "", "c"]
    assert events == [{"x": 1}, {"x": 2}]


def test_a_task_does_not_change() -> None:
    assert changeable(Task({}, {}, 1)) == []
