from __future__ import annotations

import threading
from pathlib import Path

import pytest

from serverless_pipeline.local.functions import place
from serverless_pipeline.local.functions.place import Place
from serverless_pipeline.local.sandbox import kind
from serverless_pipeline.local.sandbox.kind import Kind, Unavailable
from serverless_pipeline.local.sandbox.namespaces import Namespaces
from tests.support.frozen import changeable

WORKS = Namespaces("python", Path("root"))
BROKEN = Unavailable("no rights")
Search = list[tuple[Path, str, bool]]


def search(monkeypatch: pytest.MonkeyPatch, found: Kind) -> Search:
    """Let a kind be found; what is asked for is kept, with whether others wait meanwhile."""
    asked: Search = []

    def find(folder: Path, wanted: str) -> Kind:
        asked.append((folder, wanted, place._lock.locked()))
        return found

    monkeypatch.setattr(kind, "find", find)
    return asked


def test_where_functions_run_does_not_change_while_they_do() -> None:
    here = Place(Path("scratch"), "http://aws", "required")

    assert changeable(here) == []
    assert (here.scratch, here.url, here.wanted) == (Path("scratch"), "http://aws", "required")
    assert Place(Path("scratch"), "http://aws").wanted == "automatic"


def test_the_sandbox_is_looked_for_once_and_by_one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = search(monkeypatch, WORKS)
    here = Place(Path("scratch"), "http://aws", "namespaces")

    found = [here.sandbox, here.sandbox]

    assert found == [WORKS, WORKS]
    assert asked == [(Path("scratch/sandbox"), "namespaces", True)]
    assert not place._lock.locked()


@pytest.mark.parametrize("wanted", ["required", "bubblewrap", "namespaces"])
def test_a_sandbox_that_is_demanded_and_not_there_is_lacking(monkeypatch: pytest.MonkeyPatch, wanted: str) -> None:
    search(monkeypatch, BROKEN)

    assert Place(Path("scratch"), "http://aws", wanted).lacks == "no rights"


@pytest.mark.parametrize("wanted", ["required", "bubblewrap", "namespaces"])
def test_a_sandbox_that_is_demanded_and_there_is_not_lacking(monkeypatch: pytest.MonkeyPatch, wanted: str) -> None:
    search(monkeypatch, WORKS)

    assert Place(Path("scratch"), "http://aws", wanted).lacks == ""


@pytest.mark.parametrize("wanted", ["automatic", "none"])
def test_where_it_may_be_missing_nothing_is_lacking_and_nothing_is_looked_for(
    monkeypatch: pytest.MonkeyPatch, wanted: str
) -> None:
    asked = search(monkeypatch, BROKEN)

    assert Place(Path("scratch"), "http://aws", wanted).lacks == ""
    assert asked == []


def test_its_folders_lie_below_scratch(tmp_path: Path) -> None:
    here = Place(tmp_path, "http://aws")

    assert (here.files, here.runtimes) == (tmp_path / "sandbox", tmp_path / "runtimes")
    assert here.empty == tmp_path / "sandbox" / "empty"
    assert list(here.empty.iterdir()) == []


def test_two_threads_find_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = search(monkeypatch, WORKS)
    here = Place(Path("scratch"), "http://aws")
    found: list[Kind] = []
    threads = [threading.Thread(target=lambda: found.append(here.sandbox)) for _ in range(2)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found == [WORKS, WORKS]
    assert len(asked) == 1
