"""Real processes, what they leave behind and the memory that listening to them takes; it takes seconds."""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lambdas.tasks import descendants, process
from tests.support import ROOT

ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin"}
STAY = "import subprocess, time; print(subprocess.Popen(['sleep', '600']).pid)"
NEW_SESSION = "import subprocess, time; print(subprocess.Popen(['sleep', '600'], start_new_session=True).pid)"
DAEMON = """
import os, time
if not (child := os.fork()):
    os.setsid()
    if daemon := os.fork():
        print(daemon)
        os._exit(0)
    time.sleep(600)
os.waitpid(child, 0)
"""
STUBBORN = """
import signal, subprocess, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print(subprocess.Popen(['sleep', '600'], start_new_session=True).pid)
"""
ASKED = """
import signal
def wait(name):
    signal.sigwait([signal.Signals[name]])
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
"""
MEASURE = """
import re, sys, time
from lambdas.tasks import process

def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())[1])

before = peak()
result = process.run(sys.argv[1:], cwd="/", env={"API_TOKEN": "a-secret"}, deadline=time.monotonic() + 60)
print(result.is_success, result.lines[-1][-8:], peak() - before, file=sys.stderr)
"""


def run(code: str, tmp_path: Path, seconds: float = 60) -> process.Result:
    command = [sys.executable, "-u", "-c", code]
    return process.run(command, cwd=tmp_path, env=ENVIRONMENT, deadline=time.monotonic() + seconds)


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and is not collected yet counts as ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


def until(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 10
    while not condition() and time.monotonic() < deadline:
        os.sched_yield()
    return condition()


def ends(pid: int) -> bool:
    return until(lambda: not is_alive(pid))


def shouting_late(folder: Path) -> Path:
    """A folder with a program that says something when there is a file `go`."""
    program = folder / "late"
    program.write_text("#!/bin/sh\nwhile [ ! -e go ]; do sleep 0.05; done\necho late\n")
    program.chmod(0o755)
    return folder


def test_both_streams_are_shown_and_kept_in_order(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result = run("import sys; print('out'); print('err', file=sys.stderr); print('end')", tmp_path)

    assert result.lines == ("out", "err", "end")
    assert capsys.readouterr().out == "out\nerr\nend\n"
    assert result.is_success


def test_a_line_is_shown_before_the_process_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go = tmp_path / "go"
    monkeypatch.setattr("builtins.print", lambda *_words, **_options: go.touch())

    result = run(
        "import os, time\nprint('first')\nend = time.time() + 30\n"
        "while not os.path.exists('go') and time.time() < end: pass\n"
        "raise SystemExit(0 if os.path.exists('go') else 1)",
        tmp_path,
    )

    assert result.code == 0


@pytest.mark.parametrize(
    ("code", "ending"),
    [
        ("raise SystemExit(7)", "ended with exit code 7"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", f"was ended by signal {signal.SIGTERM.value}"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "was killed (SIGKILL), most likely for want of"),
        (
            "raise SystemExit(137)",
            "ended with exit code 137: what it ran was killed (SIGKILL), most likely for want of",
        ),
        ("raise SystemExit(-9)", "ended with exit code 247: what it ran was killed (SIGKILL), most likely for want of"),
    ],
)
def test_an_ending_is_told_in_words(tmp_path: Path, code: str, ending: str) -> None:
    result = run(code, tmp_path)

    assert not result.is_success
    assert result.ending.startswith(ending)


def test_when_the_time_is_up_everything_it_started_is_ended(tmp_path: Path) -> None:
    result = run(
        "import subprocess, time\nchild = subprocess.Popen(['sleep', '600'])\nprint(child.pid)\ntime.sleep(600)",
        tmp_path,
        seconds=2,
    )

    assert result.is_late
    assert result.ending.startswith("ran longer than 2 s")
    assert not is_alive(int(result.lines[0]))


def test_a_time_that_is_up_already_ends_the_process_at_once(tmp_path: Path) -> None:
    assert run("import time; time.sleep(600)", tmp_path, seconds=-5).is_late


def test_a_process_that_ends_well_when_it_is_asked_to_has_not_succeeded(tmp_path: Path) -> None:
    result = run(f"{ASKED}\nwait('SIGTERM')\nprint('asked', flush=True); raise SystemExit", tmp_path, seconds=2)

    assert result.code == 0
    assert result.lines[-1] == "asked"
    assert not result.is_success


def test_what_does_not_end_when_it_is_asked_to_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(descendants, "GRACE", 0.2)

    result = run(f"{ASKED}\nwhile True: wait('SIGTERM'); print('asked')", tmp_path, seconds=2)

    assert result.lines[-1] == "asked"
    assert result.ending.startswith("ran longer than 2 s")


@pytest.mark.parametrize("leave", [STAY, NEW_SESSION, DAEMON, STUBBORN])
@pytest.mark.parametrize("then", ["", "time.sleep(600)"])
def test_nothing_stays_behind_wherever_it_went(
    tmp_path: Path, leave: str, then: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(descendants, "GRACE", 0.2)

    result = run(f"{leave}\n{then}", tmp_path, seconds=2 if then else 60)

    assert result.is_late is bool(then)
    assert result.is_success is not result.is_late
    assert not is_alive(int(result.lines[0]))


def test_a_process_that_closes_its_output_is_still_waited_for(tmp_path: Path) -> None:
    result = run("import os\nprint('last')\nos.close(1); os.close(2)\nopen('made', 'w')", tmp_path)

    assert result.lines == ("last",)
    assert result.is_success
    assert (tmp_path / "made").exists()


def test_what_the_function_itself_started_lives_on_and_is_not_collected(tmp_path: Path) -> None:
    with subprocess.Popen(["sleep", "600"], start_new_session=True) as before, ThreadPoolExecutor() as pool:
        running = pool.submit(run, "import time\nwhile not __import__('os').path.exists('go'): pass", tmp_path)
        with subprocess.Popen(["true"]) as ended, subprocess.Popen(["sleep", "600"]) as meanwhile:
            assert ends(ended.pid)
            (tmp_path / "go").touch()
            result = running.result()
            alive = [is_alive(before.pid), is_alive(meanwhile.pid)]
            before.kill()
            meanwhile.kill()

    assert result.is_success
    assert alive == [True, True]
    assert ended.returncode == 0


def test_where_descendants_cannot_be_seen_the_session_is_killed_and_the_rest_is_heard_no_longer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(descendants, "_processes", list)
    monkeypatch.setattr(process, "_GRACE", 0.2)
    threads = set(threading.enumerate())

    result = run(f"{STAY}\n{NEW_SESSION.replace('sleep', './late')}", shouting_late(tmp_path))
    shown = capsys.readouterr().out
    (tmp_path / "go").touch()

    stayed, left = map(int, shown.split())
    assert result.is_success
    assert ends(stayed)
    assert ends(left)
    assert until(lambda: set(threading.enumerate()) <= threads)
    assert capsys.readouterr().out == ""


def test_a_process_finds_nothing_on_its_input_and_only_the_given_environment(tmp_path: Path) -> None:
    result = run("import os, sys; print(repr(sys.stdin.read()), sorted(set(os.environ) - {'LC_CTYPE'}))", tmp_path)

    assert result.lines == ("'' ['PATH']",)


def test_a_secret_of_the_environment_is_neither_shown_nor_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["sh", "-c", "echo the token is $API_TOKEN"]
    environment = ENVIRONMENT | {"API_TOKEN": "f00dcafe"}

    result = process.run(command, cwd=tmp_path, env=environment, deadline=time.monotonic() + 60)

    assert result.lines == ("the token is ***",)
    assert capsys.readouterr().out == "the token is ***\n"


@pytest.mark.parametrize(
    "says",
    [
        pytest.param("yes 'a line of the log of a long test run, as they are' | head -c 1000000000; echo", id="1 GB"),
        pytest.param("head -c 200000000 /dev/zero | tr '\\0' x", id="a line of 200 MB"),
    ],
)
def test_memory_is_bounded_whatever_is_said(says: str) -> None:
    command = [sys.executable, "-c", MEASURE, "sh", "-c", f"{says}; printf '\\na-secret\\n'"]

    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=True)

    succeeded, last, kilobytes = done.stderr.decode().split()
    assert (succeeded, last) == ("True", "***")
    assert int(kilobytes) < 20_000


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nobody looks into another process by a file")
def test_the_environment_of_the_function_is_hidden_from_what_it_runs(tmp_path: Path) -> None:
    get_dumpable, set_dumpable = 3, 4
    libc = ctypes.CDLL(None)
    libc.prctl(set_dumpable, 1, 0, 0, 0)

    result = run(f"import ctypes; print(ctypes.CDLL(None).prctl({get_dumpable}))", tmp_path)

    assert libc.prctl(get_dumpable) == 0
    assert list(result.lines) == ["1"], "the command itself is as any other"
