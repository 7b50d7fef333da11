from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from serverless_pipeline.local.sandbox import tools

if TYPE_CHECKING:
    from pathlib import Path

NOT_IN_THE_IMAGE = {"git", "node", "make", "docker", "gcc", "npm", "perl", "ssh", "sudo", "tar", "unzip", "uv", "pip"}


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A system that has three programs, one of which is a link and one of which the image lacks."""
    folder = tmp_path / "system"
    folder.mkdir()
    for name in ("busybox", "git", "cat"):
        (folder / name).write_text(f"#!/bin/sh\necho {name}\n")
        (folder / name).chmod(0o755)
    (folder / "sh").symlink_to("busybox")
    (folder / "sed").write_text("not a program")
    monkeypatch.setattr(tools, "PLACES", str(folder))
    return folder


def test_those_of_the_image_that_the_system_has_are_copied(system: Path, tmp_path: Path) -> None:
    folder = tools.copy(tmp_path / "deep" / "bin")

    assert folder == tmp_path / "deep" / "bin"
    assert {path.name: path.read_text() for path in folder.iterdir()} == {
        "cat": (system / "cat").read_text(),
        "sh": (system / "busybox").read_text(),
    }


def test_a_copy_can_be_executed_and_is_a_program_of_its_own(system: Path, tmp_path: Path) -> None:
    folder = tools.copy(tmp_path / "bin")
    shutil.rmtree(system)

    output = subprocess.run([folder / "sh"], check=True, capture_output=True, text=True).stdout

    assert output == "busybox\n"
    assert [path for path in folder.iterdir() if path.is_symlink()] == []


@pytest.mark.usefixtures("system")
def test_they_are_copied_once(tmp_path: Path) -> None:
    folder = tools.copy(tmp_path / "bin")
    (folder / "cat").write_text("as it was")

    again = tools.copy(tmp_path / "bin")

    assert again == folder
    assert (folder / "cat").read_text() == "as it was"


@pytest.mark.usefixtures("system")
def test_what_an_interrupted_copy_left_is_made_anew(tmp_path: Path) -> None:
    half = tmp_path / f"bin.{os.getpid()}"
    half.mkdir()
    (half / "half").touch()

    folder = tools.copy(tmp_path / "bin")

    assert sorted(path.name for path in folder.iterdir()) == ["cat", "sh"]
    assert not half.exists()


@pytest.mark.usefixtures("system")
def test_the_folder_is_there_only_when_it_is_complete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(program: str, _target: Path) -> None:
        raise OSError(program)

    monkeypatch.setattr(shutil, "copy", fail)

    with pytest.raises(OSError, match="cat"):
        tools.copy(tmp_path / "bin")

    assert not (tmp_path / "bin").exists()


def test_what_a_user_put_on_the_path_is_not_asked(
    system: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tools, "PLACES", str(tmp_path))
    monkeypatch.setenv("PATH", str(system))

    assert list(tools.copy(tmp_path / "bin").iterdir()) == []


def test_the_image_has_a_shell_and_no_tools_of_developers() -> None:
    assert {"sh", "bash", "cat", "curl", "true"} <= set(tools.NAMES)
    assert NOT_IN_THE_IMAGE.isdisjoint(tools.NAMES)
    assert len(set(tools.NAMES)) == len(tools.NAMES)
