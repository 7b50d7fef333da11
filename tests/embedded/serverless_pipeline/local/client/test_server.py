from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from serverless_pipeline import aws
from serverless_pipeline.errors import Error, Misconfigured
from serverless_pipeline.local import processes
from serverless_pipeline.local.client import listener, record, server, start
from serverless_pipeline.local.functions import runtime
from serverless_pipeline.settings import Settings
from tests.support import ROOT
from tests.support.lambdas import TRUST, zipped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from serverless_pipeline.aws import Endpoint

ANY_PORT = Settings(port=0)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    server.stop(tmp_path)


def running(folder: Path) -> record.Server:
    running = server.find(folder)
    assert running is not None
    return running


def test_a_second_start_finds_the_first(folder: Path) -> None:
    first = server.ensure(ANY_PORT, folder)

    assert server.ensure(ANY_PORT, folder) == first
    assert running(folder).endpoint == first


def test_two_starts_at_once_make_one_server(folder: Path) -> None:
    endpoints = []
    threads = [threading.Thread(target=lambda: endpoints.append(server.ensure(ANY_PORT, folder))) for _ in range(2)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(endpoints) == 2
    assert endpoints[0] == endpoints[1]


def test_it_listens_on_the_loopback_interface_only(folder: Path) -> None:
    server.ensure(ANY_PORT, folder)

    elsewhere = socket.gethostbyname(socket.gethostname())
    with socket.socket() as probe:
        refused = probe.connect_ex((elsewhere, running(folder).port)) != 0

    assert running(folder).endpoint.url.startswith("http://127.0.0.1:")
    assert refused or elsewhere.startswith("127.")


def test_only_the_user_can_read_its_file_and_nobody_its_key_elsewhere(folder: Path) -> None:
    endpoint = server.ensure(ANY_PORT, folder)

    mode = (folder / ".local" / "aws.json").stat().st_mode & 0o777
    command = " ".join(psutil.Process(running(folder).pid).cmdline())

    assert mode == 0o600
    assert endpoint.secret_access_key not in command
    assert endpoint.access_key_id not in command


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc")
def test_the_server_sees_no_secret_of_the_laptop(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "laptop-secret")
    monkeypatch.setenv("UV_PUBLISH_TOKEN", "laptop-secret")

    endpoint = server.ensure(ANY_PORT, folder)
    seen = Path(f"/proc/{running(folder).pid}/environ").read_text()

    assert "AUTH=true" in seen
    assert "laptop-secret" not in seen
    assert endpoint.secret_access_key not in seen


def test_stop_leaves_no_process_and_only_the_log_and_the_lock(folder: Path) -> None:
    server.ensure(ANY_PORT, folder)
    process = psutil.Process(running(folder).pid)

    stopped = server.stop(folder)

    assert stopped
    assert not process.is_running()
    assert sorted(path.name for path in (folder / ".local").iterdir()) == ["aws.log", "lock"]


def test_stop_says_if_there_was_nothing_to_stop(folder: Path) -> None:
    assert not server.stop(folder)
    assert not (folder / ".local").exists()


def test_a_dead_server_is_noticed_and_replaced(folder: Path) -> None:
    server.ensure(ANY_PORT, folder)
    dead = running(folder).pid
    process = psutil.Process(dead)
    process.kill()
    process.wait(10)
    lines: list[tuple[str, str]] = []

    before = server.find(folder)
    server.ensure(ANY_PORT, folder, say=lambda *words: lines.append(words))

    assert before is None
    assert running(folder).pid != dead
    reason = f"process {dead} of {folder / '.local' / 'aws.json'} is dead or another one"
    assert lines == [("Restarted", f"the embedded AWS: {reason}; what it held is lost")]


def test_another_process_with_the_same_number_is_left_alone(folder: Path) -> None:
    server.ensure(ANY_PORT, folder)
    path = folder / ".local" / "aws.json"
    real = psutil.Process(running(folder).pid)
    document = json.loads(path.read_text()) | {"pid": os.getpid()}
    path.write_text(json.dumps(document))

    try:
        assert server.find(folder) is None
        assert not server.stop(folder)
    finally:
        real.terminate()
        real.wait(10)


def test_a_torn_file_counts_as_no_server(folder: Path) -> None:
    (folder / ".local").mkdir()
    (folder / ".local" / "aws.json").write_text('{"pid": 1')
    lines: list[tuple[str, str]] = []

    server.ensure(ANY_PORT, folder, say=lambda *words: lines.append(words))

    assert [verb for verb, _ in lines] == ["Restarted"]
    assert "aws.json cannot be read" in lines[0][1]
    assert running(folder).endpoint.url


def test_a_taken_port_is_named_with_its_holder_and_the_next_step(folder: Path) -> None:
    with socket.socket() as other:
        other.bind((listener.ADDRESS, 0))
        other.listen()
        port = other.getsockname()[1]

        with pytest.raises(Misconfigured) as caught:
            server.ensure(Settings(port=port), folder)

    message = str(caught.value)
    assert f"127.0.0.1:{port} is taken" in message
    assert "INVOKE_PIPELINE_PORT=" in message
    assert f"(pid {os.getpid()})" in message
    assert server.find(folder) is None


def test_a_failed_start_shows_the_end_of_the_log(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start, "MODULE", "serverless_pipeline.nothing")

    with pytest.raises(Error, match=r"No module named serverless_pipeline\.nothing"):
        server.ensure(ANY_PORT, folder)

    assert not (folder / ".local" / "aws.json").exists()


def test_ctrl_c_of_the_client_does_not_reach_the_server(folder: Path) -> None:
    program = (
        "import os, signal, sys, pathlib\n"
        "from serverless_pipeline.local.client import server\n"
        "from serverless_pipeline.settings import Settings\n"
        "server.ensure(Settings(port=0), pathlib.Path(sys.argv[1]))\n"
        "os.killpg(0, signal.SIGINT)\n"
    )
    library = str(ROOT)

    subprocess.run(
        [sys.executable, "-c", program, folder],
        env=os.environ | {"PYTHONPATH": library},
        start_new_session=True,
        capture_output=True,
        check=False,
    )

    assert running(folder).pid


def test_functions_and_what_they_started_end_with_the_server(folder: Path) -> None:
    endpoint = server.ensure(ANY_PORT, folder)
    pid = running(folder).pid
    start_a_function(
        endpoint,
        "import subprocess\n"
        "def handler(event, context):\n"
        "    subprocess.Popen(['sleep', '300'], start_new_session=True)\n",
    )
    descendants = processes.descendants(psutil.Process(pid))

    server.stop(folder)

    assert len(descendants) >= 2
    assert psutil.wait_procs(descendants, 5)[1] == []


def start_a_function(endpoint: Endpoint, source: str) -> None:
    clients = aws.connect(ANY_PORT, endpoint)
    role = clients.iam.create_role(RoleName="role", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    clients.functions.create_function(
        FunctionName="function",
        Role=role,
        Handler="index.handler",
        Runtime=runtime.identity()[0],  # type: ignore[arg-type] # boto3's stubs list the names
        Code={"ZipFile": zipped({"index.py": source})},
    )
    assert "FunctionError" not in clients.functions.invoke(FunctionName="function")
