from __future__ import annotations

import importlib.util
import sys
import time
from typing import TYPE_CHECKING, Any

from lambdas.dependencies import bytecode, uv
from lambdas.tasks import process
from lambdas.tasks.process import Result

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

UNCHECKED_HASH = (0b01).to_bytes(4, "little")


def make_tree(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "greeting.py").write_text("def greet():\n    raise ValueError\n")
    (folder / "template.py").write_text("print 'of another Python'\n")
    return folder


def compiled(folder: Path) -> bytes:
    return (folder / "__pycache__" / f"greeting.{sys.implementation.cache_tag}.pyc").read_bytes()


def test_bytecode_is_valid_whatever_the_time_of_its_source_and_names_no_path_of_this_machine(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = make_tree(tmp_path / "a")

    seconds = bytecode.add(folder, time.monotonic() + 60)

    content = compiled(folder)
    assert content[:4] == importlib.util.MAGIC_NUMBER
    assert content[4:8] == UNCHECKED_HASH
    assert b"greeting.py" in content
    assert str(tmp_path).encode() not in content
    assert capfd.readouterr().out == ""
    assert 0 < seconds < 60


def test_no_module_of_the_tree_stands_in_for_one_of_pythons_own(tmp_path: Path) -> None:
    folder = make_tree(tmp_path / "a")
    for name in ("compileall", "argparse", "struct"):
        (folder / f"{name}.py").write_text(f"open('{tmp_path}/ran', 'w')\n")

    bytecode.add(folder, time.monotonic() + 60)

    assert compiled(folder)
    assert not (tmp_path / "ran").exists()


def test_compiling_has_half_of_the_time_that_is_left_and_uvs_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs: list[dict[str, Any]] = []

    def run(_command: list[str], **options: Any) -> Result:
        runs.append(options)
        return Result(1, (), 3.2)

    monkeypatch.setattr(process, "run", run)
    monkeypatch.setattr(uv, "environment", lambda: {"UV_NO_INDEX": "1"})
    monkeypatch.setattr(time, "monotonic", lambda: 1000.0)

    seconds = bytecode.add(tmp_path, 1100.0)

    assert seconds == 3.2
    assert runs == [{"cwd": tmp_path, "env": {"UV_NO_INDEX": "1"}, "deadline": 1050.0, "runs_code": False}]
