"""A chain of forks, in a PID namespace of its own and in one that others live in; the machine's processes live on."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.support import ROOT

if TYPE_CHECKING:
    from pathlib import Path

CHAIN = """
import os, signal, sys, time
print("begun", flush=True)
if os.fork() == 0:
    os.setsid()
    for number in (0, 1, 2):
        os.close(number)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    end = time.monotonic() + float(sys.argv[2])
    while time.monotonic() < end:
        if os.fork():
            os._exit(0)
        with open(sys.argv[1], "w") as mark:
            mark.write(str(time.monotonic()))
    os._exit(0)
time.sleep(0.2)
"""
JOB = """
import json, os, pathlib, sys, time
from lambdas.execution import namespace, traces
from lambdas.tasks import process

command = [sys.executable, "-c", sys.argv[1], sys.argv[2], sys.argv[3]]
result = process.run(command, cwd=pathlib.Path("/"), env={}, deadline=time.monotonic() + 30)
ended = time.monotonic()
time.sleep(1)
last = float(pathlib.Path(sys.argv[2]).read_text() or 0)
print(json.dumps([namespace.OWN, result.code, traces.HERE.faults, last > ended + 0.1]))
"""


def unshared(*command: str) -> list[str]:
    program = shutil.which("unshare")
    words = [program or "", "--user", "--map-root-user", "--pid", "--fork", "--kill-child", "--mount-proc"]
    if not program or subprocess.run([*words, "true"], check=False, capture_output=True).returncode:
        (pytest.fail if "CI" in os.environ else pytest.skip)("this machine gives nobody a namespace of its own")
    return [*words, *command]


def outcome(command: list[str], tmp_path: Path, seconds: float) -> tuple[bool, int, list[str], bool]:
    mark = tmp_path / "mark"
    mark.touch()
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [*command, CHAIN, str(mark), str(seconds)],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    own, code, faults, lives = json.loads(done.stdout.splitlines()[-1])
    return own, code, faults, lives


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there are no namespaces")
def test_where_the_function_is_alone_a_chain_of_forks_is_ended_and_nobody_else(tmp_path: Path) -> None:
    neighbour = subprocess.Popen(["sleep", "600"])
    shell = 'exec 3>&1; "$@" & wait $!'

    own, code, faults, lives = outcome(
        unshared("sh", "-c", shell, "sh", sys.executable, "-P", "-c", JOB), tmp_path, seconds=20
    )

    assert (own, code, faults, lives) == (True, 0, [], False)
    assert neighbour.poll() is None
    neighbour.kill()
    neighbour.wait()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there are no namespaces")
def test_where_others_live_it_is_ended_or_the_environment_is_and_nobody_else(tmp_path: Path) -> None:
    neighbour = subprocess.Popen(["sleep", "600"])

    own, code, faults, lives = outcome([sys.executable, "-P", "-c", JOB], tmp_path, seconds=8)
    time.sleep(3)

    assert (own, code) == (False, 0)
    assert faults == (["it cannot be proved that nothing lives of what the job started"] if lives else faults)
    assert neighbour.poll() is None
    neighbour.kill()
    neighbour.wait()
