"""The texts of the files that are written: templates of Jinja in `text/`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from serverless_pipeline import jinja

if TYPE_CHECKING:
    from collections.abc import Mapping

_FOLDER = Path(__file__).parent / "text"
_WIDTH = 88
"""The longest line, as ruff and black have it by default."""


def render(name: str, values: Mapping[str, Any]) -> str:
    """The text of a template in `text/`."""
    environment = jinja.environment([_FOLDER])
    environment.filters["run"] = run
    return jinja.render(environment, name, values)


def run(command: str, indent: int) -> str:
    """A line of a task that runs a command, in three if it would be too long for one."""
    text, margin = json.dumps(command, ensure_ascii=False), " " * indent
    line = f"{margin}c.run({text})"
    return line if len(line) <= _WIDTH else f"{margin}c.run(\n{margin}    {text}\n{margin})"
