from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.local import seams
from serverless_pipeline.local.functions import programs, report
from serverless_pipeline.local.functions.place import Place
from serverless_pipeline.local.sandbox import kind
from serverless_pipeline.local.sandbox.bubblewrap import Bubblewrap
from serverless_pipeline.local.sandbox.kind import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from serverless_pipeline.local.sandbox.kind import Kind

SECONDS = 10


@pytest.fixture(autouse=True)
def differences(empty_ministack: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The runtimes that were asked for; those of Node.js differ. Lambda has no function."""
    del empty_ministack
    asked: list[str] = []

    def difference(name: str) -> str:
        asked.append(name)
        return f"{name} runs on Node.js 20" if name.startswith("nodejs") else ""

    monkeypatch.setattr(programs, "difference", difference)
    seams.LAMBDA_FUNCTIONS.replace({})
    yield asked
    report._places.clear()


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[Kind], list[str]]:
    """Install it on a laptop with this kind of sandbox; in which threads that was looked for is returned."""
    threads: list[str] = []

    def on(sandbox: Kind) -> list[str]:
        looked = threading.Event()

        def find(_folder: Path, _wanted: str) -> Kind:
            threads.append(threading.current_thread().name)
            looked.set()
            return sandbox

        monkeypatch.setattr(kind, "find", find)
        report.install(Place(tmp_path, "http://127.0.0.1:4600"))
        assert looked.wait(SECONDS)
        return threads

    return on


def functions(*runtimes: str | None) -> None:
    """Lambda has functions of these runtimes."""
    held: dict[str, Any] = {
        f"function-{number}": {"config": {"Runtime": runtime} if runtime is not None else {}}
        for number, runtime in enumerate(runtimes)
    }
    seams.LAMBDA_FUNCTIONS.replace(held)


def test_it_tells_the_kind_of_the_sandbox(install: Callable[[Kind], list[str]]) -> None:
    install(Bubblewrap("/usr/bin/bwrap"))

    assert json.loads(report.document()) == {"sandbox": "bubblewrap", "reason": "", "differences": []}


def test_it_tells_why_there_is_none(install: Callable[[Kind], list[str]]) -> None:
    install(Unavailable("this is darwin"))

    assert json.loads(report.document()) == {"sandbox": "none", "reason": "this is darwin", "differences": []}


def test_it_tells_each_runtime_in_use_that_differs_once_in_their_order(install: Callable[[Kind], list[str]]) -> None:
    install(Bubblewrap("/usr/bin/bwrap"))
    functions("nodejs24.x", "python3.13", "nodejs22.x", "nodejs24.x", None, "")

    document = json.loads(report.document())

    assert document["differences"] == ["nodejs22.x runs on Node.js 20", "nodejs24.x runs on Node.js 20"]


def test_the_sandbox_is_looked_for_once_while_nobody_waits(install: Callable[[Kind], list[str]]) -> None:
    threads = install(Bubblewrap("/usr/bin/bwrap"))

    report.document()
    report.document()

    assert threads == ["sandbox"]


def test_a_second_place_takes_the_place_of_the_first(install: Callable[[Kind], list[str]]) -> None:
    install(Unavailable("of the first"))
    install(Unavailable("of the second"))

    assert json.loads(report.document())["reason"] == "of the second"


@pytest.mark.parametrize(
    ("runtime", "sentence"), [("nodejs22.x", "nodejs22.x runs on Node.js 20"), ("python3.13", ""), (None, "")]
)
def test_of_a_function_it_tells_how_its_runtime_differs(runtime: str | None, sentence: str) -> None:
    functions(runtime)

    assert report.difference_of_function("function-0") == sentence


def test_of_a_function_that_is_not_there_nothing_is_told(differences: list[str]) -> None:
    assert report.difference_of_function("nobody") == ""
    assert differences == []
