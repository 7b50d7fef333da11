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

from serverless_pipeline.local import additions, app, seams
from serverless_pipeline.local.codebuild import runner
from serverless_pipeline.local.functions import pool
from serverless_pipeline.local.functions.place import Place
from serverless_pipeline.local.gate.socket import LARGEST_MESSAGE
from serverless_pipeline.local.home import Home
from serverless_pipeline.local.modes import Modes
from serverless_pipeline.local.sandbox import kind
from serverless_pipeline.local.sandbox.bubblewrap import Bubblewrap
from serverless_pipeline.local.sandbox.kind import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from serverless_pipeline.local.sandbox.kind import Kind

main: Any = importlib.import_module("serverless_pipeline.local.__main__")

URL = "http://127.0.0.1:4600"
HOME = Home(Path("/project/.local"))


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
    monkeypatch.setattr(runner, "end_all", lambda: steps.append("end builds"))
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
    monkeypatch.setattr(main, "_place", lambda *words: ("place", *words))
    monkeypatch.setattr(main, "_install", lambda *words: steps.append(("install", *words)))
    monkeypatch.setattr(main, "_serve", serve)

    main.main(HOME.path)

    assert steps == ["version", "files", ("install", ("place", HOME, URL), "AKIA", "s", Path("/project")), ("serve", 7)]


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


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Place]:
    """Where functions run, on a laptop with this kind of sandbox and such a setting."""

    def find(setting: str | None, sandbox: Kind) -> Place:
        monkeypatch.delenv("SERVERLESS_PIPELINE_SANDBOX", raising=False)
        if setting is not None:
            monkeypatch.setenv("SERVERLESS_PIPELINE_SANDBOX", setting)
        monkeypatch.setattr(kind, "find", lambda _folder, _wanted: sandbox)
        found: Place = main._place(HOME, URL)
        return found

    return find


BUBBLEWRAP, UNAVAILABLE = Bubblewrap("/usr/bin/bwrap"), Unavailable("this is darwin")


@pytest.mark.parametrize(
    ("setting", "sandbox", "wanted"),
    [
        (None, UNAVAILABLE, "automatic"),
        ("", UNAVAILABLE, "automatic"),
        ("automatic", UNAVAILABLE, "automatic"),
        ("none", UNAVAILABLE, "none"),
        ("required", BUBBLEWRAP, "required"),
        ("bubblewrap", BUBBLEWRAP, "bubblewrap"),
    ],
)
def test_functions_run_in_the_sandbox_that_is_chosen(
    place: Callable[..., Place], setting: str | None, sandbox: Kind, wanted: str
) -> None:
    assert place(setting, sandbox) == Place(Path("/project/.local/tmp"), URL, wanted)


@pytest.mark.parametrize("setting", ["required", "bubblewrap", "namespaces"])
def test_a_sandbox_that_is_demanded_and_not_there_is_refused_with_the_next_step(
    place: Callable[..., Place], setting: str
) -> None:
    with pytest.raises(SystemExit) as caught:
        place(setting, UNAVAILABLE)

    assert caught.value.code == (
        f"The setting local_sandbox is {setting}, and there is none: this is darwin\n"
        "Next: install bubblewrap, or set INVOKE_PIPELINE_LOCAL_SANDBOX=automatic"
    )


def test_what_is_added_goes_by_what_was_chosen_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    added: list[Any] = []
    monkeypatch.setattr(additions, "add", lambda *words: added.append(words))
    monkeypatch.setenv("SERVERLESS_PIPELINE_EVENTUAL", "0.5")
    monkeypatch.setenv("LAMBDA_ACCOUNT_CONCURRENCY", "7")

    main._install(Place(HOME.scratch, URL), "AKIA", "secret", Path("/project"))

    assert added == [(Place(HOME.scratch, URL), Modes(eventual=0.5, concurrency=7), "AKIA", "secret", Path("/project"))]


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
        "end builds",
    ]


def test_ctrl_c_ends_it_as_well(steps: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    async def serve(*_: Any, shutdown_trigger: Callable[[], Any]) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.wait_for(shutdown_trigger(), 5)

    monkeypatch.setattr(hypercorn.asyncio, "serve", serve)
    monkeypatch.setattr(seams, "APPLICATION", SimpleNamespace(value="MiniStack"))

    with pytest.raises(Exited) as caught:
        asyncio.run(main._serve(7))

    assert (caught.value.args, steps) == ((0,), [("unread", 7), "end all", "end builds"])


def test_a_server_that_breaks_ends_its_functions_and_fails(steps: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    flushed: list[bool] = []

    async def serve(*_: Any, **__: Any) -> None:
        raise OSError

    monkeypatch.setattr(hypercorn.asyncio, "serve", serve)
    monkeypatch.setattr(seams, "APPLICATION", SimpleNamespace(value="MiniStack"))
    monkeypatch.setattr(sys, "stderr", SimpleNamespace(flush=lambda: flushed.append(True), write=lambda _text: 0))

    with pytest.raises(Exited) as caught:
        asyncio.run(main._serve(7))

    assert (caught.value.args, steps, flushed) == ((1,), [("unread", 7), "end all", "end builds"], [True])


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
