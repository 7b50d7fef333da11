"""A mutant before real tests: pytest is started, and killed with all that it started where it hangs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psutil
import pytest

from benchmarks.mutants import Copy
from tests.support import waiting

if TYPE_CHECKING:
    from pathlib import Path

TESTS = {
    "test_passes.py": "def test_it(): assert True\n",
    "test_fails.py": "def test_it(): assert False\n",
    "test_breaks.py": "import nowhere\n",
}
HANGS = """
import pathlib, subprocess, time

def test_it():
    child = subprocess.Popen(["sleep", "600"])
    pathlib.Path("child").write_text(str(child.pid))
    time.sleep(600)
"""


@pytest.mark.parametrize(
    ("name", "noticed"), [("test_passes.py", False), ("test_fails.py", True), ("test_breaks.py", True)]
)
def test_tests_that_fail_or_cannot_be_collected_notice(tmp_path: Path, name: str, *, noticed: bool) -> None:
    (tmp_path / name).write_text(TESTS[name])

    assert Copy(tmp_path).passes(tmp_path / name) is not noticed


def test_tests_that_hang_end_with_what_they_started(tmp_path: Path) -> None:
    (tmp_path / "test_hangs.py").write_text(HANGS)

    assert Copy(tmp_path).passes(tmp_path / "test_hangs.py", timeout=20) is False
    assert waiting.until(lambda: has_ended(int((tmp_path / "child").read_text())))


def has_ended(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
