import os
import signal
import sys
import time
from pathlib import Path

import process
import pytest

ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin"}


def run(code: str, tmp_path: Path, seconds: float = 60) -> process.Finished:
    command = [sys.executable, "-u", "-c", code]
    return process.run(command, cwd=tmp_path, env=ENVIRONMENT, deadline=time.monotonic() + seconds)


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and is not collected yet counts as ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


def ends(pid: int) -> bool:
    deadline = time.monotonic() + 10
    while is_alive(pid) and time.monotonic() < deadline:
        os.sched_yield()
    return not is_alive(pid)


def test_both_streams_are_shown_and_kept_in_order(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    finished = run("import sys; print('out'); print('err', file=sys.stderr); print('end')", tmp_path)

    assert finished.lines == ("out", "err", "end")
    assert capsys.readouterr().out == "out\nerr\nend\n"
    assert finished.succeeded


def test_a_line_is_shown_before_the_process_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go = tmp_path / "go"
    monkeypatch.setattr("builtins.print", lambda *_words, **_options: go.touch())

    finished = run(
        "import os, time\nprint('first')\nend = time.time() + 30\n"
        "while not os.path.exists('go') and time.time() < end: pass\n"
        "raise SystemExit(0 if os.path.exists('go') else 1)",
        tmp_path,
    )

    assert finished.code == 0


def test_bytes_that_are_no_text_are_replaced_and_colours_are_not_kept(tmp_path: Path) -> None:
    finished = run(r"import sys; sys.stdout.buffer.write(b'\x1b[1;31mred\x1b[0m \xff\x07end\r\n')", tmp_path)

    assert finished.lines == ("red \N{REPLACEMENT CHARACTER}end",)


def test_only_the_last_lines_are_kept(tmp_path: Path) -> None:
    finished = run("for number in range(1000): print(number)", tmp_path)

    assert finished.lines == tuple(str(number) for number in range(800, 1000))


def test_a_line_without_an_end_does_not_fill_the_memory(tmp_path: Path) -> None:
    finished = run("import sys; sys.stdout.write('x' * 1_000_000)", tmp_path)

    assert max(map(len, finished.lines)) <= 64 * 1024
    assert sum(map(len, finished.lines)) == 1_000_000


@pytest.mark.parametrize(
    ("code", "ending"),
    [
        ("raise SystemExit(7)", "ended with exit code 7"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", f"was ended by signal {signal.SIGTERM.value}"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "was killed (SIGKILL), most likely for want of"),
    ],
)
def test_an_ending_is_told_in_words(tmp_path: Path, code: str, ending: str) -> None:
    finished = run(code, tmp_path)

    assert not finished.succeeded
    assert finished.ending.startswith(ending)


def test_when_the_time_is_up_everything_it_started_is_killed(tmp_path: Path) -> None:
    finished = run(
        "import subprocess, time\nchild = subprocess.Popen(['sleep', '600'])\nprint(child.pid)\ntime.sleep(600)",
        tmp_path,
        seconds=3,
    )

    assert finished.expired
    assert finished.ending.startswith("ran longer than")
    assert ends(int(finished.lines[0]))


def test_a_time_that_is_up_already_ends_the_process_at_once(tmp_path: Path) -> None:
    assert run("import time; time.sleep(600)", tmp_path, seconds=-5).expired


def test_what_is_left_in_the_background_is_killed_and_not_waited_for(tmp_path: Path) -> None:
    finished = run("import subprocess; print(subprocess.Popen(['sleep', '600']).pid)", tmp_path)

    assert finished.succeeded
    assert ends(int(finished.lines[0]))


def test_what_left_the_session_does_not_hold_the_job_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "_GRACE", 0.2)
    finished = run("import subprocess; print(subprocess.Popen(['sleep', '600'], start_new_session=True).pid)", tmp_path)
    os.kill(int(finished.lines[0]), signal.SIGKILL)

    assert finished.succeeded


def test_a_process_finds_nothing_on_its_input_and_only_the_given_environment(tmp_path: Path) -> None:
    finished = run("import os, sys; print(repr(sys.stdin.read()), sorted(set(os.environ) - {'LC_CTYPE'}))", tmp_path)

    assert finished.lines == ("'' ['PATH']",)
