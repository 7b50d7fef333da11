from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

from tests.support import ROOT

TASKS = """
from invoke import Collection, task
from serverless_pipeline.tasks import local, pipeline

@task
def package(c):
    print("looking at the shop")
    c.run("echo the shelf is empty >&2; exit 3")

ns = Collection(package)
ns.add_collection(pipeline)
ns.add_collection(local)
"""


@dataclass(frozen=True)
class Project:
    """A project of somebody else: a `tasks.py` of a few lines and an `invoke.yaml`, with the library beside them."""

    folder: Path

    def types(self, words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Type `invoke …` where there is no terminal."""
        return self.runs("-m", "invoke", *words.split(), **environment)

    def runs(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run Python in the project."""
        return subprocess.run(
            [sys.executable, *words],
            cwd=self.folder,
            env=self.environment | environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def interrupts(self, words: str, *, after: str) -> tuple[int, str]:
        """Type `invoke …` and press Ctrl-C at the line that begins with `after`; answers the exit code and the rest."""
        command = [sys.executable, "-m", "invoke", *words.split()]
        with subprocess.Popen(
            command, cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        ) as typed:
            assert typed.stderr is not None
            assert any(line.startswith(after) for line in typed.stderr)
            typed.send_signal(signal.SIGINT)
            return typed.wait(timeout=60), typed.stderr.read()

    @property
    def environment(self) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "INVOKE_"))}
        return clean | {"HOME": str(self.folder)}


def made(folder: Path) -> Project:
    for name in ("serverless_pipeline", "cfn", "lambdas"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "tasks.py").write_text(TASKS)
    (folder / "requirements.txt").write_text("invoke\n")
    (folder / "invoke.yaml").write_text("pipeline: {stack_name: shop, port: 0, environments: Prod}\n")
    (folder / ".gitignore").write_text(".local/\n__pycache__/\n.cache/\n")
    for command in ("init -q", "add -A"):
        subprocess.run(["git", *command.split()], cwd=folder, check=True)
    return Project(folder)


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A project that nobody has brought up."""
    fresh = made(tmp_path)
    yield fresh
    fresh.types("local.down")


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A project whose stack is up and whose first execution has ended: its package task fails."""
    up = made(tmp_path_factory.mktemp("shop"))
    try:
        brought = up.types("pipeline.up")
        assert brought.returncode == 0, brought.stderr
        up.types("pipeline.watch")
        yield up
    finally:
        up.types("local.down")
