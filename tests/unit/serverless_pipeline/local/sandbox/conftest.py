"""What the sandboxes of these tests are made of: the programs and libraries of this laptop, copied once."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Protocol

import pytest

from serverless_pipeline.local import environment
from serverless_pipeline.local.sandbox import kind
from serverless_pipeline.local.sandbox.root import Memory, Root

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from serverless_pipeline.local.sandbox.kind import Sandbox
    from serverless_pipeline.local.sandbox.root import Entry

SECONDS = 20


class Run(Protocol):
    """Run a script of the shell in a sandbox; more entries lie over what every sandbox has."""

    def __call__(
        self, sandbox: Sandbox, script: str, *entries: Entry, variables: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]: ...


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Root:
    return kind.base(tmp_path_factory.mktemp("base"))


@pytest.fixture
def command(base: Root) -> Callable[..., Sequence[str]]:
    """The command that runs a script in a sandbox."""

    def make(sandbox: Sandbox, script: str, *entries: Entry) -> Sequence[str]:
        root = Root.of(base.entries, [Memory("/tmp", 1 << 20)], entries)  # noqa: S108 - of the sandbox
        return sandbox.command(root, "/tmp", ["/bin/sh", "-c", script], library_path="/of/function")  # noqa: S108

    return make


@pytest.fixture
def run(command: Callable[..., Sequence[str]]) -> Run:
    def start(
        sandbox: Sandbox, script: str, *entries: Entry, variables: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        words = command(sandbox, script, *entries)
        return subprocess.run(words, env=variables or {}, capture_output=True, text=True, timeout=SECONDS, check=False)

    return start


@pytest.fixture
def linux() -> None:
    if sys.platform != "linux":
        pytest.skip("sandboxes are made with the namespaces of Linux")


@pytest.fixture
def bwrap(linux: None) -> str:
    """The program of bubblewrap; where a sandbox is required, it must be there."""
    del linux
    program = shutil.which("bwrap")
    if not program and os.environ.get(environment.SANDBOX) != "required":
        pytest.skip("bubblewrap is not installed")
    assert program
    return program


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of the laptop that every user may read, with a file in it."""
    folder = tmp_path / "folder"
    folder.mkdir(mode=0o755)
    (folder / "file").write_text("of the laptop\n")
    return folder
