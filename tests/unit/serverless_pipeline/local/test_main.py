from __future__ import annotations

import asyncio
import importlib
import io
import json
import os
import resource
import signal
import socket
import sys
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import hypercorn.asyncio
import pytest

from serverless_pipeline.local import app, codepipeline, seams
from serverless_pipeline.local.apigateway import deployments, documents, permissions, rest_api
from serverless_pipeline.local.cloudformation import authority
from serverless_pipeline.local.functions import aliases, event_sources, logs, lost_events, pool, refusals, runtime
from serverless_pipeline.local.gate import handover
from serverless_pipeline.local.gate.socket import LARGEST_MESSAGE
from serverless_pipeline.local.home import Home
from serverless_pipeline.local.iam import (
    condition_keys,
    deliveries,
    function_actions,
    function_urls,
    root_key,
    sessions,
)
from serverless_pipeline.local.protocol import dispatch, failure, listings

if TYPE_CHECKING:
    from collections.abc import Callable

main: Any = importlib.import_module("serverless_pipeline.local.__main__")

URL = "http://127.0.0.1:4600"
HOME = Home(Path("/project/.local"))
CLOUDFORMATION = Path(authority.__file__).parent


class Exited(BaseException):
    """The process ended; its only argument is the code."""


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What was done, in order; nothing is."""
    steps: list[Any] = []

    def exit_with(code: int) -> None:
        raise Exited(code)

    monkeypatch.setattr(os, "_exit", exit_with)
    monkeypatch.setattr(main, "_end_unread_connections", lambda listener: steps.append(("unread", listener)))
    monkeypatch.setattr(pool, "end_all", lambda: steps.append("end all"))
    monkeypatch.setattr(app, "application", lambda ministack: f"ours before {ministack}")
    return steps


def test_it_reads_what_it_needs_then_installs_then_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[Any] = []

    async def serve(listener: int) -> None:
        steps.append(("serve", listener))

    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps({"listener": 7, "key": "AKIA", "secret": "s"})))
    monkeypatch.setenv("GATEWAY_PORT", "4600")
    monkeypatch.setattr(main, "_check_version", lambda: steps.append("version"))
    monkeypatch.setattr(main, "_allow_open_files", lambda: steps.append("files"))
    monkeypatch.setattr(main, "_install", lambda *words: steps.append(("install", *words)))
    monkeypatch.setattr(main, "_serve", serve)

    main.main(HOME.path)

    assert steps == ["version", "files", ("install", HOME, URL, "AKIA", "s"), ("serve", 7)]


def test_the_ministack_that_it_is_built_on_is_accepted() -> None:
    main._check_version()


def test_another_ministack_is_refused_with_the_command_that_installs_the_right_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(metadata, "version", {"ministack": "9.9.9"}.__getitem__)

    with pytest.raises(SystemExit) as caught:
        main._check_version()

    assert caught.value.code == (
        f"The embedded AWS is built on ministack {seams.VERSION}, and 9.9.9 is installed.\n"
        f"Next: python -m pip install ministack=={seams.VERSION}"
    )


@pytest.mark.parametrize(("limits", "calls"), [((256, 4096), [(resource.RLIMIT_NOFILE, (4096, 4096))]), ((9, 9), [])])
def test_as_many_files_may_be_open_as_the_system_lets(
    monkeypatch: pytest.MonkeyPatch, limits: tuple[int, int], calls: list[Any]
) -> None:
    raised: list[Any] = []
    monkeypatch.setattr(resource, "getrlimit", {resource.RLIMIT_NOFILE: limits}.__getitem__)
    monkeypatch.setattr(resource, "setrlimit", lambda *words: raised.append(words))

    main._allow_open_files()

    assert raised == calls


def test_every_addition_is_installed_and_the_root_key_before_all_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that wrap the same function of MiniStack's depend on their order: caller stands before the root key."""
    installed: list[Any] = []

    def note(name: str) -> Callable[..., None]:
        return lambda *words: installed.append((name, *words))

    in_cloudformation = [
        importlib.import_module(f"{authority.__package__}.{path.stem}")
        for path in CLOUDFORMATION.glob("*.py")
        if "\ndef install(" in path.read_text()
    ]
    modules = (
        root_key,
        sessions,
        handover,
        dispatch,
        listings,
        failure,
        logs,
        pool,
        aliases,
        function_actions,
        function_urls,
        condition_keys,
        lost_events,
        refusals,
        event_sources,
        deliveries,
        rest_api,
        documents,
        deployments,
        permissions,
        *in_cloudformation,
    )
    for module in modules:
        monkeypatch.setattr(module, "install", note(module.__name__.rpartition(".")[2]))
    monkeypatch.setattr(codepipeline, "install", note("codepipeline"))
    monkeypatch.setattr(runtime, "make", lambda folder: folder / "bin" / "python")

    main._install(HOME, URL, "AKIA", "secret")

    names = [name for name, *_ in installed]
    assert installed[:15] == [
        ("root_key", "AKIA", "secret", "000000000000"),
        ("sessions",),
        ("handover",),
        ("dispatch",),
        ("listings",),
        ("logs",),
        ("pool", HOME.runtime / "bin" / "python", HOME.scratch, URL),
        ("aliases",),
        ("function_actions",),
        ("function_urls",),
        ("condition_keys",),
        ("lost_events", URL),
        ("refusals",),
        ("event_sources",),
        ("deliveries",),
    ]
    assert installed[-4:] == [("codepipeline", URL), ("caller",), ("authority",), ("failure",)]
    assert sorted(names) == sorted(["codepipeline", *(module.__name__.rpartition(".")[2] for module in modules)])


def test_it_serves_on_the_socket_it_got_until_it_is_told_to_end(
    steps: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def serve(application: Any, config: Any, shutdown_trigger: Callable[[], Any]) -> None:
        times = (config.keep_alive_timeout, config.graceful_timeout)
        steps.append((application, config.bind, times, config.websocket_max_message_size, config.loglevel))
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(shutdown_trigger(), 5)
        steps.append("served")

    monkeypatch.setattr(hypercorn.asyncio, "serve", serve)
    monkeypatch.setattr(seams, "APPLICATION", SimpleNamespace(value="MiniStack"))

    with pytest.raises(Exited) as caught:
        asyncio.run(main._serve(7))

    assert caught.value.args == (0,)
    assert steps == [
        ("unread", 7),
        ("ours before MiniStack", ["fd://7"], (30, 0.2), LARGEST_MESSAGE, "WARNING"),
        "served",
        "end all",
    ]


def test_ctrl_c_ends_it_as_well(steps: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    async def serve(*_: Any, shutdown_trigger: Callable[[], Any]) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.wait_for(shutdown_trigger(), 5)

    monkeypatch.setattr(hypercorn.asyncio, "serve", serve)
    monkeypatch.setattr(seams, "APPLICATION", SimpleNamespace(value="MiniStack"))

    with pytest.raises(Exited) as caught:
        asyncio.run(main._serve(7))

    assert (caught.value.args, steps) == ((0,), [("unread", 7), "end all"])


def test_a_server_that_breaks_ends_its_functions_and_fails(steps: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    flushed: list[bool] = []

    async def serve(*_: Any, **__: Any) -> None:
        raise OSError

    monkeypatch.setattr(hypercorn.asyncio, "serve", serve)
    monkeypatch.setattr(seams, "APPLICATION", SimpleNamespace(value="MiniStack"))
    monkeypatch.setattr(sys, "stderr", SimpleNamespace(flush=lambda: flushed.append(True), write=lambda _text: 0))

    with pytest.raises(Exited) as caught:
        asyncio.run(main._serve(7))

    assert (caught.value.args, steps, flushed) == ((1,), [("unread", 7), "end all"], [True])


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="this system has no such time")
def test_the_system_ends_connections_whose_client_reads_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening, socket.create_connection(listening.getsockname()):
        main._end_unread_connections(listening.fileno())
        with socket.create_connection(listening.getsockname()):
            listening.accept()[0].close()
            accepted, _ = listening.accept()
            with accepted:
                seconds = accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) // 1000

    assert seconds == main.UNREAD_SECONDS
