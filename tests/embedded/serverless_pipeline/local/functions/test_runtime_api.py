"""What code in one execution environment can do with Lambda's Runtime API: with its own, and with those of others."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from tests.support import embedded
from tests.support.gates import Gate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from serverless_pipeline.aws import Clients

ROUNDS = 5

COMMON = """
import http.client, os, threading

RUNTIME = "/2018-06-01/runtime/"
OWN = os.environ["AWS_LAMBDA_RUNTIME_API"]

def listening():
    lines = [line.split() for line in open("/proc/net/tcp").readlines()[1:]]
    return {int(line[1].split(":")[1], 16) for line in lines if line[3] == "0A"} - {int(OWN.rpartition(":")[2])}

def call(address, method, path, host=None, seconds=5):
    connection = http.client.HTTPConnection(address, timeout=seconds)
    try:
        connection.request(method, RUNTIME + path, b"1" if method == "POST" else None, {"Host": host} if host else {})
        answer = connection.getresponse()
        return [answer.status, answer.read().decode()]
    except OSError as error:
        return [0, type(error).__name__]
"""

THIEF = f"""{COMMON}
def handler(event, context):
    taken = []
    def take(port):
        for host in (None, OWN):
            taken.append(call(f"127.0.0.1:{{port}}", "GET", "invocation/next", host, 20)[1])
    threads = [threading.Thread(target=take, args=(port,)) for port in listening() for _ in range(4)]
    for thread in threads: thread.start()
    GATE
    for thread in threads: thread.join(0.2)
    return [text for text in taken if event in text]
"""
"""Asks for events at every port of the loopback but its own, under its own name and under none."""


@pytest.fixture(scope="module", params=["bubblewrap", "namespaces"])
def clients(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clients]:
    """Clients of an embedded AWS whose functions run in a sandbox of this kind."""
    yield from embedded.served(tmp_path_factory.mktemp(request.param), local_sandbox=request.param)


def test_no_environment_takes_an_event_of_another(make: Callable[..., str], invoke: Callable[..., Any]) -> None:
    with Gate() as gate:
        victim = make("def handler(event, context): return event")
        thief = make(THIEF.replace("GATE", gate.passing), Timeout=60)
        invoke(victim, "warm")
        loot: list[Any] = []
        raid = threading.Thread(target=lambda: loot.append(invoke(thief, "keys of the next job")))
        raid.start()
        gate.expect()

        answers = [invoke(victim, "keys of the next job") for _ in range(ROUNDS)]

        gate.open()
        raid.join()

    assert (answers, loot) == (["keys of the next job"] * ROUNDS, [[]])


FORGER = f"""{COMMON}
def handler(event, context):
    return [call(f"127.0.0.1:{{port}}", "POST", f"invocation/{{event}}/response", host)[0] == 202
            for port in listening() for host in (None, OWN)]
"""

VICTIM = """
def handler(event, context):
    if event: print(context.aws_request_id, flush=True), GATE
    return [event, context.aws_request_id]
"""


def test_no_environment_answers_an_event_of_another(
    clients: Clients, make: Callable[..., str], invoke: Callable[..., Any]
) -> None:
    """Not even where it knows the ID of the request."""
    with Gate() as gate:
        victim, forger = make(VICTIM.replace("GATE", gate.passing)), make(FORGER)
        answers: list[Any] = []
        running = threading.Thread(target=lambda: answers.append(invoke(victim, "job")))
        running.start()
        gate.expect()
        lines = clients.logs.filter_log_events(logGroupName=f"/aws/lambda/{victim}")["events"]
        request = next(line["message"].split()[2] for line in lines if line["message"].startswith("START"))

        taken = invoke(forger, request)

        gate.open()
        running.join()

    assert not any(taken)
    assert answers == [["job", request]]


OWN_API = f"""{COMMON}
PATHS = ("init/error", "invocation/other/response", "invocation//response")
def handler(event, context):
    return call(OWN, "GET", "invocation/next"), [call(OWN, "POST", path)[0] for path in PATHS]
"""
HASTY = f"""{COMMON}
def handler(event, context):
    return call(OWN, "POST", f"invocation/{{context.aws_request_id}}/response")[0] if event else "next"
"""


def test_with_its_own_it_reads_its_own_event_and_no_other_as_on_lambda(
    make: Callable[..., str], invoke: Callable[..., Any]
) -> None:
    name = make(OWN_API)

    assert [invoke(name, "first"), invoke(name, "second")] == [
        [[200, '"first"'], [403, 400, 400]],
        [[200, '"second"'], [403, 400, 400]],
    ]


def test_with_its_own_it_answers_its_own_event_and_the_next_one_starts_anew(
    make: Callable[..., str], invoke: Callable[..., Any]
) -> None:
    name = make(HASTY)

    assert [invoke(name, "job"), invoke(name)] == [1, "next"]
