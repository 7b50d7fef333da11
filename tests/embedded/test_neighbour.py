"""What another user of this machine sees of an embedded AWS: no file, no key, no event, no page.

Only root can act as somebody else. For any user the permissions of files tell the same.
"""

from __future__ import annotations

import json
import os
import stat
import subprocess
from typing import TYPE_CHECKING

import psutil
import pytest

from serverless_pipeline.local.client import server
from tests.support import embedded
from tests.support.lambdas import TRUST, created, zipped

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from serverless_pipeline.aws import Clients

NOBODY = 65534
CLOSED = {52, 56}
"""How curl ends where a connection is closed; where it waited in vain, with 28."""
ONLY_ROOT = pytest.mark.skipif(os.getuid() != 0, reason="only root can act as another user")
CODE = "# a-secret-in-the-code\nimport os\ndef handler(event, context): return dict(os.environ)\n"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project in a folder that everybody may enter."""
    folder = tmp_path_factory.mktemp("neighbour")
    (folder / ".local").mkdir(mode=0o755)
    return folder / ".local"


@pytest.fixture(scope="module")
def clients(home: Path) -> Iterator[Clients]:
    yield from embedded.served(home.parent)


@pytest.fixture(scope="module")
def variables(clients: Clients) -> dict[str, str]:
    """What a function sees that runs and waits; its environment lives on."""
    from serverless_pipeline.local.functions import runtime

    role = clients.iam.create_role(RoleName="seen", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    python, architecture = runtime.identity()
    created(
        clients,
        FunctionName="seen",
        Role=role,
        Runtime=python,
        Architectures=[architecture],
        Handler="index.handler",
        Code={"ZipFile": zipped({"index.py": CODE})},
        Environment={"Variables": {"OWN": "a-secret-variable"}},
    )
    answer: dict[str, str] = json.load(clients.functions.invoke(FunctionName="seen", Payload=b"{}")["Payload"])
    return answer


def is_open(path: Path, top: Path) -> bool:
    """Whether others may read a file, by its permissions and those of the folders from `top` on."""
    folders = [one for one in path.parents if one.is_relative_to(top)]
    return bool(path.lstat().st_mode & stat.S_IROTH) and all(one.stat().st_mode & stat.S_IXOTH for one in folders)


def test_no_file_of_it_is_open_to_others(home: Path, variables: dict[str, str]) -> None:
    files = [path for path in home.rglob("*") if path.is_file()]

    assert "a-secret-variable" in variables.values()
    assert any(CODE in path.read_text(errors="replace") for path in files if path.suffix == ".py")
    assert [path for path in files if is_open(path, home)] == []


def test_no_argument_of_a_process_is_a_secret(home: Path, clients: Clients, variables: dict[str, str]) -> None:
    """Arguments can be read by everybody."""
    endpoint = embedded.endpoint_of(clients)
    secrets = {endpoint.secret_access_key, variables["AWS_SECRET_ACCESS_KEY"], variables["AWS_SESSION_TOKEN"]}
    secrets |= {"a-secret-variable", "a-secret-in-the-code", variables["AWS_LAMBDA_RUNTIME_API"].partition(":")[0]}
    running = server.find(home.parent)
    assert running
    root = psutil.Process(running.pid)

    arguments = " ".join(word for one in (root, *root.children(recursive=True)) for word in one.cmdline())

    assert "awslambdaric" in arguments
    assert [secret for secret in secrets if secret in arguments] == []


def as_nobody(*words: str) -> tuple[int, str]:
    """How a command ends, and what it says, that another user types."""
    change = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    done = subprocess.run([*change, *words], cwd="/", capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


@ONLY_ROOT
@pytest.mark.parametrize("path", ["/_local/permissions", "/_local/functions", "/_pipeline/shop"])
def test_its_pages_are_for_its_own_user(clients: Clients, path: str) -> None:
    url = f"{embedded.endpoint_of(clients).url}{path}"

    assert as_nobody("curl", "-s", url) == (0, "The embedded AWS tells this to nobody but its own user.\n")


@ONLY_ROOT
def test_what_is_signed_cannot_be_called_without_the_key(clients: Clients) -> None:
    url = embedded.endpoint_of(clients).url
    call = ["-H", "X-Amz-Target: CodePipeline_20150709.ListPipelines", "-d", "{}"]

    _, said = as_nobody("curl", "-s", *call, url)

    assert "MissingAuthenticationToken" in said


@ONLY_ROOT
def test_no_event_of_a_function_is_to_be_had(clients: Clients, variables: dict[str, str]) -> None:
    """Not even by who knows the name of the Runtime API: the connection ends at once, and nobody waits for an event."""
    name, _, port = variables["AWS_LAMBDA_RUNTIME_API"].partition(":")
    address = f"http://127.0.0.1:{port}/2018-06-01/runtime/invocation/next"

    code, said = as_nobody("curl", "-s", "-m", "5", "-H", f"Host: {name}:{port}", address)

    assert (code in CLOSED, said) == (True, "")
    assert "OWN" in json.load(clients.functions.invoke(FunctionName="seen", Payload=b"{}")["Payload"])


@ONLY_ROOT
def test_its_process_can_be_neither_looked_into_nor_ended(home: Path, clients: Clients) -> None:
    running = server.find(home.parent)
    assert running

    assert as_nobody("cat", f"/proc/{running.pid}/environ") == (1, "")
    assert as_nobody("sh", "-c", f"kill {running.pid}")[0] != 0
    assert clients.sts.get_caller_identity()["Account"]
