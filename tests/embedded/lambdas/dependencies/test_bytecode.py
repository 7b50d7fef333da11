"""Bytecode in the Python that it is for; each start of that takes a tenth of a second."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING

from lambdas.dependencies import bytecode

if TYPE_CHECKING:
    from pathlib import Path


def make_tree(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "greeting.py").write_text("def greet():\n    raise ValueError\n")
    return folder


def test_the_same_files_are_the_same_bytecode_at_any_path(tmp_path: Path) -> None:
    first, second = make_tree(tmp_path / "a"), make_tree(tmp_path / "b" / "c")

    for folder in (first, second):
        bytecode.add(folder, time.monotonic() + 60)

    name = f"__pycache__/greeting.{sys.implementation.cache_tag}.pyc"
    assert (first / name).read_bytes() == (second / name).read_bytes()


def test_a_traceback_names_the_file_where_it_lies(tmp_path: Path) -> None:
    folder = make_tree(tmp_path / "a")
    bytecode.add(folder, time.monotonic() + 60)
    moved = folder.rename(tmp_path / "moved")

    errors = subprocess.run(
        [sys.executable, "-c", "import greeting; greeting.greet()"],
        env={"PYTHONPATH": str(moved)},
        capture_output=True,
        text=True,
        check=False,
    ).stderr

    assert f'File "{moved / "greeting.py"}", line 2' in errors
