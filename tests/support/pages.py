"""What the pages of the documentation show, and what there is to hold it against."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from functools import cache
from typing import TYPE_CHECKING, Any

from tests.support import ROOT

if TYPE_CHECKING:
    from pathlib import Path


def part(page: Path, name: str) -> str:
    """The text between the marks of a name."""
    found = re.search(rf"<!-- {name} -->\n(.*?)<!-- /{name} -->", page.read_text(), re.DOTALL)
    assert found, f"{page.name} has no part marked {name}"
    return found[1].strip()


def code(page: Path, name: str) -> str:
    """The code in the part of a name, without its fence."""
    return "\n".join(part(page, name).splitlines()[1:-1]) + "\n"


def rows(table: str) -> list[list[str]]:
    lines = [line for line in table.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


@cache
def tasks() -> dict[str, str]:
    """Every task and the first line of its help, as Invoke lists them."""
    command = [sys.executable, "-m", "invoke", "--list", "--list-format", "json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return dict(task_names(json.loads(done.stdout), ""))


def task_names(collection: dict[str, Any], prefix: str) -> list[tuple[str, str]]:
    own = [(f"{prefix}{task['name']}", task["help"]) for task in collection["tasks"]]
    below = [pair for inner in collection["collections"] for pair in task_names(inner, f"{prefix}{inner['name']}.")]
    return own + below
