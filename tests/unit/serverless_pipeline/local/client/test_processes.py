from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from serverless_pipeline.local.client import processes

if TYPE_CHECKING:
    from collections.abc import Iterator

SLEEP = "import time; time.sleep(300)"
TREE = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {SLEEP!r}]); print(flush=True); {SLEEP}"


@pytest.fixture(params=["proc", "ps"])
def seen_by(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """Both ways to look at processes, where the machine has them."""
    import shutil

    if request.param == "ps":
        if not shutil.which("ps"):
            pytest.skip("there is no ps")
        monkeypatch.setattr(processes, "PROC", tmp_path)
    elif not Path("/proc/self").exists():
        pytest.skip("there is no /proc")
    return str(request.param)


@pytest.fixture
def tree() -> Iterator[subprocess.Popen[bytes]]:
    """A process with a child."""
    with subprocess.Popen([sys.executable, "-c", TREE], stdout=subprocess.PIPE, process_group=0) as parent:
        assert parent.stdout
        parent.stdout.readline()
        yield parent
        os.killpg(parent.pid, 9)


@pytest.mark.usefixtures("seen_by")
def test_a_child_of_a_child_is_a_descendant(tree: subprocess.Popen[bytes]) -> None:
    found = processes.descendants(os.getpid())

    (child,) = processes.descendants(tree.pid)
    assert {tree.pid, child.pid} <= {process.pid for process in found}
    assert SLEEP in processes.command(child.pid)


@pytest.mark.usefixtures("seen_by")
def test_only_a_process_that_is_still_the_same_is_ended(tree: subprocess.Popen[bytes]) -> None:
    (child,) = processes.descendants(tree.pid)
    later = processes.Process(child.pid, child.parent, "another time")

    processes.end([later])
    survived = processes.command(child.pid) != ""

    def ended() -> bool:
        # Seen by `ps` of Linux, the start of a process may move by a second between two looks.
        processes.end(processes.descendants(tree.pid))
        return processes.command(child.pid) in {"", "[python] <defunct>"}

    assert survived
    assert processes.wait(ended, 10)


@pytest.mark.usefixtures("seen_by")
def test_a_process_that_is_not_there_has_no_command() -> None:
    assert processes.command(2**22 + 1) == ""


def test_waiting_ends_with_the_time() -> None:
    assert not processes.wait(lambda: False, 0)
    assert processes.wait(lambda: True, 0)
