"""A shop: a project of somebody else, with the library beside it and a package task that fails."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.support import ROOT
from tests.support.project import TEMPLATE, Project, clean_environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

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
HEADLINE = "local  000000000000  us-east-1  stack shop"
"""What every task says first: where it acts."""


def make(folder: Path) -> Project:
    for name in ("serverless_pipeline", "cfn", "lambdas"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "tasks.py").write_text(TASKS)
    (folder / "template.yaml").write_text(TEMPLATE)
    (folder / "requirements.txt").write_text("invoke\n")
    (folder / "invoke.yaml").write_text("pipeline: {stack_name: shop, port: 0, environments: Prod}\n")
    (folder / ".gitignore").write_text(".local/\n__pycache__/\n.cache/\n")
    for command in ("init -q", "add -A"):
        subprocess.run(["git", *command.split()], cwd=folder, check=True)
    return Project(folder, clean_environment() | {"HOME": str(folder)}, (sys.executable, "-m", "invoke"))


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A project that nobody has brought up."""
    project = make(tmp_path / "shop")
    yield project
    project.type("local.down")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A project whose stack is up and whose first execution has ended: its package task fails."""
    shop = make(tmp_path_factory.mktemp("shop"))
    try:
        shop.invoke("pipeline.up")
        shop.type("pipeline.watch")
        yield shop
    finally:
        shop.type("local.down")
