"""What a function sees and can do in each kind of sandbox, and what is left when it is over."""

from __future__ import annotations

import os
import shutil
import signal
import threading
import uuid
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from serverless_pipeline import aws
from serverless_pipeline.local.client import record, server
from serverless_pipeline.local.home import Home
from serverless_pipeline.local.sandbox import tools
from serverless_pipeline.settings import Settings
from tests.support import ROOT, embedded
from tests.support.gates import Gate
from tests.support.lambdas import TRUST, zipped
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from serverless_pipeline.aws import Clients

KINDS = ("bubblewrap", "namespaces")
CHAIN = """
import os, subprocess, time
def handler(event, context):
    if os.fork() == 0:
        os.setsid()
        for number in range(3): os.close(number)
        while True:
            if os.fork(): os._exit(0)
            subprocess.Popen(event, start_new_session=True)
            time.sleep(0.001)
    if event[0] == "sleep": time.sleep(300)
"""
"""Processes that are nobody's children any more, each of which leaves another one and ends."""


@pytest.fixture(scope="module", params=KINDS)
def clients(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clients]:
    """Clients of an embedded AWS whose functions run in a sandbox of this kind."""
    yield from embedded.served(tmp_path_factory.mktemp(request.param), local_sandbox=request.param)


def function(body: str) -> str:
    """A handler of some statements."""
    lines = "".join(f"    {line}\n" for line in body.strip().splitlines())
    return f"import os, errno, resource, shutil, subprocess, sys, time\ndef handler(event, context):\n{lines}"


def running(words: list[str]) -> bool:
    """Whether a process of this command is alive."""
    return any(process.info["cmdline"] == words for process in psutil.process_iter(["cmdline"]))


def test_its_root_holds_lambdas_folders_and_nothing_can_be_written_but_tmp(
    make: Callable[..., str], invoke: Callable[..., Any]
) -> None:
    name = make(
        function("""
refused = []
for folder, _, _ in os.walk("/", onerror=None):
    if folder.startswith(("/proc", "/tmp")): continue
    if os.access(folder, os.W_OK): refused.append(folder)
open("/tmp/mine", "w").close()
return [sorted(os.listdir("/")), refused, sorted(os.listdir("/var")), os.getcwd(), sys.executable]
"""),
        Timeout=60,
    )

    root, writable, var, folder, python = invoke(name)

    assert {"proc", "tmp", "usr", "var", "opt", "etc", "dev", "bin"} <= set(root)
    assert {"home", "root", "work", "mnt", "sys"}.isdisjoint(root)
    assert (writable, var, folder) == ([], ["lang", "runtime", "task"], "/var/task")
    assert python.startswith("/var/lang/bin/python3")


def test_it_is_another_user_without_a_home_or_rights(make: Callable[..., str], invoke: Callable[..., Any]) -> None:
    name = make(
        function("""
rights = [line.split()[1] for line in open("/proc/self/status") if line.startswith(("CapEff", "CapPrm", "NoNewPrivs"))]
return [os.getuid(), os.getgid(), os.environ.get("HOME"), os.path.exists(os.path.expanduser("~")), rights]
""")
    )

    assert invoke(name) == [993, 990, None, False, ["0" * 16, "0" * 16, "1"]]


def test_nothing_of_this_laptop_is_in_reach(make: Callable[..., str], invoke: Callable[..., Any]) -> None:
    name = make(
        function("""
upward = [os.path.exists(os.path.join(path, ".git")) for path in ("/var/task", "/var", "/")]
devices = sorted(os.listdir("/dev"))
processes = [name for name in os.listdir("/proc") if name.isdigit()]
return [os.path.exists(event), upward, devices, len(processes) < 10]
""")
    )

    found, upward, devices, few = invoke(name, event=str(ROOT))

    assert (found, upward, few) == (False, [False] * 3, True)
    assert devices == ["fd", "full", "null", "random", "stderr", "stdin", "stdout", "urandom", "zero"]


def test_it_finds_the_programs_of_lambdas_image_and_no_others(
    make: Callable[..., str], invoke: Callable[..., Any]
) -> None:
    name = make(function("return sorted(name for name in event if shutil.which(name))"))
    others = ["git", "node", "make", "docker", "gcc", "npm", "perl", "ssh", "sudo", "tar", "unzip", "uv", "pip"]

    found = invoke(name, event=[*tools.NAMES, *others])

    assert found == sorted(name for name in tools.NAMES if shutil.which(name, path=tools.PLACES))


def test_its_tmp_has_the_size_that_it_asks_for_and_is_kept_and_its_own(
    make: Callable[..., str], invoke: Callable[..., Any]
) -> None:
    source = function("""
there = os.path.exists("/tmp/mark")
open("/tmp/mark", "w").close()
try:
    with open("/tmp/big", "wb") as file:
        for _ in range(700): file.write(bytes(1 << 20))
except OSError as error:
    return [there, errno.errorcode[error.errno]]
finally:
    size = os.path.getsize("/tmp/big")
    os.unlink("/tmp/big")
return [there, size >> 20]
""")
    small, large = make(source, MemorySize=1024), make(source, MemorySize=1024, EphemeralStorage={"Size": 1024})

    answers = [invoke(small), invoke(small), invoke(large), invoke(large)]

    assert answers == [[False, "ENOSPC"], [True, "ENOSPC"], [False, 700], [True, 700]]


def test_a_function_that_takes_more_memory_than_it_has_is_killed_with_lambdas_words(
    clients: Clients, make: Callable[..., str], invoke: Callable[..., Any]
) -> None:
    name = make(function("held = []\nwhile True: held.append(bytearray(b'x' * (10 << 20)))"), MemorySize=192)

    answer = invoke(name)

    assert answer["errorType"] == "Runtime.ExitError"
    assert answer["errorMessage"].endswith("Error: Runtime exited with error: signal: killed")
    report = clients.logs.filter_log_events(logGroupName=f"/aws/lambda/{name}", filterPattern="REPORT")["events"][0]
    assert report["message"].endswith("Memory Size: 192 MB\tMax Memory Used: 192 MB")


def test_memory_of_its_children_counts(make: Callable[..., str], invoke: Callable[..., Any]) -> None:
    hungry = "held = bytearray(b'x' * (120 << 20)); import time; time.sleep(30)"
    name = make(
        function(f"""
started = [subprocess.Popen([sys.executable, "-c", {hungry!r}]) for _ in range(2)]
time.sleep(30)
"""),
        MemorySize=192,
    )

    assert invoke(name)["errorMessage"].endswith("signal: killed")


def test_open_files_and_processes_are_limited_as_on_lambda(
    make: Callable[..., str], invoke: Callable[..., Any]
) -> None:
    name = make(
        function("""
files, processes = [], []
try:
    while True: files.append(open("/dev/null"))
except OSError as error:
    full = errno.errorcode[error.errno]
for file in files: file.close()
try:
    while True:
        processes.append(os.fork())
        if not processes[-1]: time.sleep(60); os._exit(0)
except OSError as error:
    many = errno.errorcode[error.errno]
for pid in processes: os.kill(pid, 9)
limits = [resource.getrlimit(limit) for limit in (resource.RLIMIT_NOFILE, resource.RLIMIT_NPROC, resource.RLIMIT_CORE)]
return [full, len(files) < 1024, many, len(processes) < 1024, limits]
"""),
        MemorySize=8192,
    )

    assert invoke(name) == ["EMFILE", True, "EAGAIN", True, [[1024, 1024], [1024, 1024], [0, 0]]]


def test_a_chain_of_forks_ends_with_the_environment(make: Callable[..., str], invoke: Callable[..., Any]) -> None:
    words = ["sleep", f"600.{uuid.uuid4().int}"]
    name = make(CHAIN, Timeout=1, MemorySize=2048)

    answer = invoke(name, event=words)

    assert answer["errorType"] == "Sandbox.Timedout"
    assert not running(words)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("ending", ["killed", "stopped"])
def test_nothing_outlives_the_server(tmp_path: Path, kind: Any, ending: str) -> None:
    words = ["sleep", f"600.{uuid.uuid4().int}"]
    settings = Settings(port=0, local_sandbox=kind)
    clients = aws.connect(settings, server.ensure(settings, tmp_path))
    with Gate() as gate:
        source = CHAIN.replace("    if event[0]", f"    {gate.passing}\n    if event[0]")
        started = threading.Thread(target=invoke_once, args=(clients, source, words), daemon=True)
        started.start()
        gate.expect()
        until(lambda: running(words), "a process of the function")

        if ending == "killed":
            os.kill(running_server(tmp_path).pid, signal.SIGKILL)
        else:
            server.stop(tmp_path)

        until(lambda: not running(words), "the end of the function's processes")
    server.stop(tmp_path)
    assert not [
        process for process in psutil.process_iter(["cmdline"]) if str(tmp_path) in str(process.info["cmdline"])
    ]
    assert not (tmp_path / ".local" / "tmp").exists()


def running_server(folder: Path) -> record.Server:
    found = record.read(Home.of(folder).record)
    assert isinstance(found, record.Server)
    return found


def invoke_once(clients: Clients, source: str, event: Any) -> None:
    """Make a function and invoke it; the server may end meanwhile."""
    import json

    role = clients.iam.create_role(RoleName="sandboxed", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    from serverless_pipeline.local.functions import runtime

    clients.functions.create_function(
        FunctionName="sandboxed",
        Role=role,
        Runtime=runtime.identity()[0],  # type: ignore[arg-type] # boto3's stubs list the names
        Handler="index.handler",
        Timeout=300,
        MemorySize=2048,
        Code={"ZipFile": zipped({"index.py": source})},
    )
    clients.functions.invoke(FunctionName="sandboxed", InvocationType="Event", Payload=json.dumps(event))
