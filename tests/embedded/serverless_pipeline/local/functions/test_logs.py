from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.patience import Patience
from tests.support.gates import Gate
from tests.support.waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Callable

    from serverless_pipeline.aws import Clients


def messages(clients: Clients, name: str) -> list[str]:
    try:
        events = clients.logs.filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
    except clients.logs.exceptions.ResourceNotFoundException:
        return []
    return [event["message"] for event in events]


def words(clients: Clients, name: str) -> list[str]:
    """The lines, Lambda's own ones by their first word."""
    own = ("START ", "END ", "REPORT ")
    return [line.split()[0] if line.startswith(own) else line for line in messages(clients, name)]


def test_lines_stand_between_start_and_report_each_once(
    clients: Clients, make: Callable[..., str], invoke: Callable[..., Any]
) -> None:
    name = make(
        "import os, sys\n"
        "def handler(e, c):\n"
        "    print('one')\n"
        "    sys.stderr.write('two\\n')\n"
        "    sys.stdout.flush()\n"
        "    os.system('echo three')\n"
        "    os.write(1, b'\\xff four\\r\\n')\n"
        "    os.write(2, b'five')\n"
    )

    invoke(name)

    assert sorted(words(clients, name)[1:6]) == sorted(["one", "two", "three", "\ufffd four", "five"])
    assert [words(clients, name)[0], *words(clients, name)[6:]] == ["START", "END", "REPORT"]


def test_a_line_is_there_while_the_function_still_runs(
    clients: Clients, make: Callable[..., str], invoke: Callable[..., Any]
) -> None:
    with Gate() as gate:
        name = make(f"def handler(e, c):\n    print('live')\n    {gate.passing}\n", Timeout=60)
        running = threading.Thread(target=invoke, args=(name,))
        running.start()

        while_running = Patience(timeout=PATIENCE).until(lambda: words(clients, name), lambda said: "live" in said)
        gate.open()
        running.join(PATIENCE)

    assert while_running == ["START", "live"]
    assert words(clients, name) == ["START", "live", "END", "REPORT"]


def test_two_invocations_share_the_stream_of_their_environment(
    clients: Clients, make: Callable[..., str], invoke: Callable[..., Any]
) -> None:
    name = make("import os\ndef handler(e, c): return [c.log_group_name, c.log_stream_name]\n")

    first, second = invoke(name), invoke(name)

    streams = clients.logs.describe_log_streams(logGroupName=f"/aws/lambda/{name}")["logStreams"]
    assert first == second == [f"/aws/lambda/{name}", streams[0]["logStreamName"]]
    assert len(streams) == 1
    assert words(clients, name) == ["START", "END", "REPORT"] * 2


def test_the_traceback_of_an_error_is_logged_once(
    clients: Clients, make: Callable[..., str], invoke: Callable[..., Any]
) -> None:
    name = make("def handler(e, c):\n    raise ValueError('boom')\n")

    invoke(name)

    assert [line.splitlines() for line in messages(clients, name) if "boom" in line] == [
        [
            "[ERROR] ValueError: boom",
            "Traceback (most recent call last):",
            '\u00a0\u00a0File "/var/task/index.py", line 2, in handler',
            "\u00a0\u00a0\u00a0\u00a0raise ValueError('boom')",
        ]
    ]


def test_a_timeout_is_said_before_the_end(
    clients: Clients, make: Callable[..., str], invoke: Callable[..., Any]
) -> None:
    name = make("import time\ndef handler(e, c):\n    print('before', flush=True)\n    time.sleep(300)\n", Timeout=1)

    invoke(name)

    assert "Task timed out after 1.00 seconds" in messages(clients, name)[2]
    assert [words(clients, name)[i] for i in (0, 1, 3, 4)] == ["START", "before", "END", "REPORT"]


@pytest.mark.parametrize(("lines", "width"), [(40_000, 10), (400, 100_000)])
def test_the_memory_for_a_stream_is_bounded(
    clients: Clients, make: Callable[..., str], invoke: Callable[..., Any], lines: int, width: int
) -> None:
    source = f"for i in range({lines}): print(f'{{i:0{width}d}}')"
    name = make(f"def handler(e, c):\n    {source}\n    print('last')\n", Timeout=60)

    invoke(name)

    kept = messages(clients, name)
    assert sum(map(len, kept)) <= 16 * 1024 * 1024
    assert len(kept) <= 10_000
    assert kept[-3] == "last"
