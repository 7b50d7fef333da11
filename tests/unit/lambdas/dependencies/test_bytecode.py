from __future__ import annotations

import importlib.util
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from lambdas.dependencies import bytecode

if TYPE_CHECKING:
    from pathlib import Path

UNCHECKED_HASH = (0b01).to_bytes(4, "little")


def tree(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "greeting.py").write_text("def greet():\n    raise ValueError\n")
    (folder / "template.py").write_text("print 'of another Python'\n")
    return folder


def compiled(folder: Path) -> bytes:
    return (folder / "__pycache__" / f"greeting.{sys.implementation.cache_tag}.pyc").read_bytes()


def test_bytecode_is_valid_whatever_the_time_of_its_source_and_the_same_at_any_path(tmp_path: Path) -> None:
    first, second = tree(tmp_path / "a"), tree(tmp_path / "b" / "c")

    for folder in (first, second):
        bytecode.add(folder, time.monotonic() + 60)

    assert compiled(first) == compiled(second)
    assert compiled(first)[:4] == importlib.util.MAGIC_NUMBER
    assert compiled(first)[4:8] == UNCHECKED_HASH


def test_a_traceback_names_the_file_where_it_lies(tmp_path: Path) -> None:
    folder = tree(tmp_path / "a")
    bytecode.add(folder, time.monotonic() + 60)
    moved = folder.rename(tmp_path / "moved")

    said = subprocess.run(
        [sys.executable, "-c", "import greeting; greeting.greet()"],
        env={"PYTHONPATH": str(moved)},
        capture_output=True,
        text=True,
        check=False,
    ).stderr

    assert f'File "{moved / "greeting.py"}", line 2' in said


def test_compiling_takes_half_of_the_time_that_is_left_at_most(tmp_path: Path) -> None:
    folder = tree(tmp_path / "a")

    bytecode.add(folder, time.monotonic())

    assert not list(folder.rglob("*.pyc"))
