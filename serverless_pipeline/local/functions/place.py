"""Where functions run on this laptop."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from serverless_pipeline.local.sandbox import kind
from serverless_pipeline.local.sandbox.kind import Unavailable

if TYPE_CHECKING:
    from pathlib import Path

    from serverless_pipeline.local.sandbox.kind import Kind

OPTIONAL = frozenset({"automatic", "none"})


@dataclass(frozen=True)
class Place:
    """The folder for their files, the endpoint they call, and which sandbox is wanted."""

    scratch: Path
    url: str
    wanted: str = "automatic"

    @cached_property
    def sandbox(self) -> Kind:
        """The kind of sandbox that works here; looked for once."""
        with _lock:
            return kind.find(self.files, self.wanted)

    @property
    def lacks(self) -> str:
        """Why there is no sandbox, where one is demanded by its kind or at all; empty otherwise."""
        if self.wanted in OPTIONAL or not isinstance(self.sandbox, Unavailable):
            return ""
        return self.sandbox.reason

    @property
    def files(self) -> Path:
        """What the sandboxes have in common."""
        return self.scratch / "sandbox"

    @property
    def empty(self) -> Path:
        """A folder with nothing in it."""
        folder = self.files / "empty"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    @property
    def runtimes(self) -> Path:
        """The virtual environments of functions that run without a sandbox."""
        return self.scratch / "runtimes"


_lock = threading.Lock()
