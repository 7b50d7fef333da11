from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest

from lambdas.execution import namespace

if TYPE_CHECKING:
    from pathlib import Path

OWN = 7


class Proc:
    """A /proc of a few processes, as pid_namespaces(7) and proc_pid_stat(5) describe it."""

    def __init__(self, folder: Path, numbers: str = str(OWN)) -> None:
        self.folder = folder
        (folder / "self" / "ns").mkdir(parents=True)
        (folder / "self" / "ns" / "pid").touch()
        (folder / "self" / "status").write_text(f"Name:\tpython\nPid:\t{OWN}\nNSpid:\t{numbers}\n")
        (folder / "sys").mkdir()
        self.put(1, 0)
        self.put(OWN, 1)

    def put(self, number: int, parent: int, name: str = "sh") -> None:
        (self.folder / str(number)).mkdir()
        (self.folder / str(number) / "stat").write_text(f"{number} ({name}) S {parent} 1 1 0\n")


@pytest.fixture(autouse=True)
def kills(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """The signals that were sent; none is, really."""
    sent: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "kill", lambda *arguments: sent.append(arguments))
    monkeypatch.setattr(os, "getpid", lambda: OWN)
    return sent


@pytest.fixture
def proc(tmp_path: Path) -> Proc:
    return Proc(tmp_path)


def test_a_function_with_nobody_but_pid_1_has_its_own_namespace(proc: Proc) -> None:
    assert namespace.is_own(proc.folder) is True


def test_whoever_else_is_visible_is_a_neighbour(proc: Proc) -> None:
    proc.put(8, 1)

    assert namespace.is_own(proc.folder) is False


@pytest.mark.parametrize("numbers", ["4711 7", "7 1", "8", ""])
def test_where_proc_shows_another_namespace_nothing_is_known(tmp_path: Path, numbers: str) -> None:
    assert namespace.is_own(Proc(tmp_path, numbers).folder) is False


def test_the_namespace_of_the_machine_itself_is_nobodys_own(proc: Proc, monkeypatch: pytest.MonkeyPatch) -> None:
    inode = (proc.folder / "self" / "ns" / "pid").stat().st_ino
    monkeypatch.setattr(namespace, "_INITIAL", inode)

    assert namespace.is_own(proc.folder) is False


def test_the_machines_own_namespace_has_the_number_that_linux_gives_it() -> None:
    assert namespace._INITIAL == 4026531836


def test_without_proc_nothing_is_known(tmp_path: Path) -> None:
    assert namespace.is_own(tmp_path / "none") is False


def test_here_where_tests_run_nothing_is_ever_killed(kills: list[tuple[int, int]]) -> None:
    assert namespace.OWN is False
    assert namespace.kill_all() is False
    assert kills == []


def test_all_that_the_function_started_is_killed_at_once(proc: Proc, kills: list[tuple[int, int]]) -> None:
    proc.put(20, OWN)
    proc.put(21, 20, name="a) S 1 (")

    assert namespace.kill_all(proc.folder, own=True) is True
    assert kills == [(-1, signal.SIGKILL)]


@pytest.mark.parametrize("parent", [0, 1])
def test_nothing_is_killed_where_somebody_has_come_whom_the_function_did_not_start(
    proc: Proc, kills: list[tuple[int, int]], parent: int
) -> None:
    proc.put(20, parent)

    assert namespace.kill_all(proc.folder, own=True) is False
    assert kills == []


def test_nothing_is_killed_where_the_namespace_was_not_its_own_at_the_start(
    proc: Proc, kills: list[tuple[int, int]]
) -> None:
    assert namespace.kill_all(proc.folder, own=False) is False
    assert kills == []


def test_nothing_is_killed_where_nothing_can_be_seen(tmp_path: Path, kills: list[tuple[int, int]]) -> None:
    assert namespace.kill_all(tmp_path / "none", own=True) is False
    assert kills == []


def test_what_has_just_gone_is_no_stranger(proc: Proc) -> None:
    (proc.folder / "20").mkdir()

    assert namespace.kill_all(proc.folder, own=True) is True


def test_a_function_that_is_pid_1_itself_started_its_children(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    proc = Proc(tmp_path)
    monkeypatch.setattr(os, "getpid", lambda: 1)

    assert namespace.kill_all(proc.folder, own=True) is True
