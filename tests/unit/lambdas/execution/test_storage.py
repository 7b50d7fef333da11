from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from lambdas.execution import storage


def test_a_work_folder_is_the_functions_alone_and_goes(scratch: Path) -> None:
    with storage.work("task-") as folder:
        (folder / "deep").mkdir()
        (folder / "deep" / "file").touch()

        assert folder.parent == scratch
        assert folder.name.startswith("task-")
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700

    assert list(scratch.iterdir()) == []


def test_a_work_folder_goes_when_the_work_breaks_off(scratch: Path) -> None:
    with pytest.raises(ZeroDivisionError), storage.work("task-"):
        raise ZeroDivisionError

    assert list(scratch.iterdir()) == []


def test_postponed_work_folders_go_together_also_when_the_work_breaks_off(scratch: Path) -> None:
    def work() -> None:
        with storage.work("task-"), storage.work("lists-"):
            pass
        assert sorted(path.name.partition("-")[0] for path in scratch.iterdir()) == ["lists", "task"]
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), storage.postponed():
        work()

    assert list(scratch.iterdir()) == []
    with storage.work("task-"):
        pass
    assert list(scratch.iterdir()) == []


def test_that_a_folder_was_taken_away_or_cannot_be_does_not_hide_how_the_work_ended(
    scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with storage.work("task-") as folder:
        folder.rename(scratch / "moved")

    def refuse(_path: Path) -> None:
        raise PermissionError

    monkeypatch.setattr(storage, "remove", refuse)
    with pytest.raises(ZeroDivisionError), storage.work("task-"):
        raise ZeroDivisionError


def test_a_folder_may_be_deeper_than_a_path_or_a_stack_reaches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "task"
    folder.mkdir()
    monkeypatch.chdir(folder)
    for _ in range(3000):
        os.mkdir("d" * 10)  # noqa: PTH102 - the path is longer than any may be
        os.chdir("d" * 10)
    monkeypatch.chdir(tmp_path)

    storage.remove(folder)

    assert list(tmp_path.iterdir()) == []


def test_folders_and_files_that_are_closed_go_as_well(tmp_path: Path) -> None:
    inner = tmp_path / "task" / "closed" / "inner"
    inner.mkdir(parents=True)
    (inner / "file").touch(0o000)
    for path in (inner, inner.parent, inner.parent.parent):
        path.chmod(0o000)

    storage.remove(tmp_path / "task")

    assert list(tmp_path.iterdir()) == []


def test_a_folder_may_hold_more_than_is_looked_at_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "_AT_A_TIME", 3)
    for name in range(10):
        (tmp_path / "task" / "folders" / str(name)).mkdir(parents=True)
        (tmp_path / "task" / str(name)).touch()

    storage.remove(tmp_path / "task")

    assert list(tmp_path.iterdir()) == []


def test_links_and_pipes_are_removed_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "file").touch()
    (tmp_path / "task").mkdir()
    (tmp_path / "task" / "link").symlink_to(tmp_path / "kept")
    (tmp_path / "task" / "dangling").symlink_to("nowhere")
    os.mkfifo(tmp_path / "task" / "pipe")
    (tmp_path / "link").symlink_to(tmp_path / "kept")

    storage.remove(tmp_path / "task")
    storage.remove(tmp_path / "link")
    storage.remove(tmp_path / "none")

    assert [path.name for path in tmp_path.iterdir()] == ["kept"]
    assert (tmp_path / "kept" / "file").exists()


def test_all_but_what_is_kept_goes(scratch: Path) -> None:
    for name in ("uv-cache", "task-1", "removed-2"):
        (scratch / name).mkdir()
        (scratch / name / "file").touch()
    (scratch / "uv").touch()
    (scratch / "uv.toml").touch()

    assert storage.sweep(("uv", "uv-cache")) == []
    assert sorted(path.name for path in scratch.iterdir()) == ["uv", "uv-cache"]
    assert (scratch / "uv-cache" / "file").exists()

    assert storage.sweep() == []
    assert list(scratch.iterdir()) == []


def test_what_cannot_be_removed_is_named(scratch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> None:
        raise PermissionError(path)

    (scratch / "b").touch()
    (scratch / "a").touch()
    monkeypatch.setattr(storage, "remove", refuse)

    assert storage.sweep() == ["a", "b"]


@pytest.mark.parametrize(
    ("own", "mode", "is_private"),
    [
        ({"LAMBDA_TASK_ROOT": "/var/task"}, 0o1777, True),
        ({"LAMBDA_TASK_ROOT": "/elsewhere"}, 0o755, True),
        ({"LAMBDA_TASK_ROOT": "/elsewhere"}, 0o700, True),
        ({"LAMBDA_TASK_ROOT": "/elsewhere"}, 0o1777, False),
        ({"LAMBDA_TASK_ROOT": "/elsewhere"}, 0o770, False),
        ({}, 0o700, False),
    ],
)
def test_the_folder_is_private_where_it_is_lambdas_or_nobody_else_may_write(
    scratch: Path, own: dict[str, str], mode: int, *, is_private: bool
) -> None:
    scratch.chmod(mode)

    assert storage.is_private(own) is is_private


def test_a_folder_of_somebody_else_is_not_private(scratch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = scratch.stat().st_uid
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)

    assert storage.is_private({"LAMBDA_TASK_ROOT": "/elsewhere"}) is False


def test_a_folder_for_scratch_is_where_python_puts_it(scratch: Path) -> None:
    with storage.work("x-") as folder:
        assert folder.parent == Path(scratch)
