"""What to type next, as far as it is not done."""

from __future__ import annotations

import os
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from serverless_pipeline.init.requirements import LOCK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from serverless_pipeline.init.place import Place

PACKAGE = "'serverless-pipeline[local]'"

_WORDS = "invoke pipeline.up pipeline.watch"
_EMBEDDED = "ministack"


def lines(place: Place) -> Iterator[str]:
    """The commands, in their order."""
    if place.repository is None:
        yield "git init"
    if _is_ready():
        yield _WORDS
    elif (place.folder / LOCK).is_file():
        yield f"uv add --group pipeline {PACKAGE}"
        yield f"uv run --group pipeline {_WORDS}"
    else:
        yield f"{_environment()} {PACKAGE}"
        yield _WORDS


def _is_ready() -> bool:
    """Whether the `invoke` of the shell is that of this environment, with the embedded AWS beside it."""
    command = shutil.which("invoke")
    return bool(command) and Path(command or "").parent == Path(sys.prefix, "bin") and bool(find_spec(_EMBEDDED))


def _environment() -> str:
    """How an environment is made that one can install into; uvx tells where uv is."""
    if os.environ.get("UV") or shutil.which("uv"):
        return "uv venv && . .venv/bin/activate && uv pip install"
    return "python3 -m venv .venv && . .venv/bin/activate && pip install"
