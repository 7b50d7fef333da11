from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from serverless_pipeline.local.home import Home

if TYPE_CHECKING:
    from pathlib import Path


def test_it_lies_in_the_project_by_its_absolute_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path.parent)

    assert Home.of(tmp_path / "here" / "..") == Home(tmp_path / ".local")
    assert Home.of(tmp_path.relative_to(tmp_path.parent)) == Home(tmp_path / ".local")


def test_the_project_is_the_working_directory_if_none_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    assert Home.of() == Home(tmp_path / ".local")


def test_each_file_has_its_place(tmp_path: Path) -> None:
    home = Home(tmp_path)

    assert {path.name for path in (home.record, home.log, home.lock, home.scratch)} == {
        *("aws.json", "aws.log", "lock", "tmp")
    }
    assert {path.parent for path in (home.record, home.log, home.lock, home.scratch)} == {tmp_path}


@pytest.mark.parametrize("is_there", [False, True])
def test_nobody_else_looks_into_it(tmp_path: Path, *, is_there: bool) -> None:
    home = Home(tmp_path / "deep" / ".local")
    if is_there:
        home.path.mkdir(parents=True, mode=0o755)

    home.open()
    home.open()

    assert stat.S_IMODE(home.path.stat().st_mode) == 0o700


def test_clearing_keeps_the_log_and_the_lock(tmp_path: Path) -> None:
    home = Home(tmp_path)
    for file in (home.record, home.log, home.lock):
        file.touch()
    (home.scratch / "deep").mkdir(parents=True)

    home.clear()

    assert sorted(path.name for path in tmp_path.iterdir()) == ["aws.log", "lock"]


def test_there_may_be_nothing_to_clear(tmp_path: Path) -> None:
    Home(tmp_path).clear()

    assert list(tmp_path.iterdir()) == []
