"""A sandbox made with the kernel's namespaces by a program of our own, where bubblewrap is not installed."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from serverless_pipeline.local.sandbox.limits import limited
from serverless_pipeline.local.sandbox.root import DEVICES, GROUP, USER, Entry, Root

if TYPE_CHECKING:
    from collections.abc import Sequence

PROGRAM = Path(__file__).with_name("unshare.py")


@dataclass(frozen=True)
class Namespaces:
    """The interpreter that runs the program, and an empty folder to build a root at."""

    python: str
    folder: Path

    name = "namespaces"

    def command(self, root: Root, folder: str, words: Sequence[str], *, library_path: str = "") -> list[str]:
        """Run `words` in the root, in this folder of it; the variables of the process go through."""
        plan = {
            "base": str(self.folder),
            "entries": [_entry(entry) for entry in root.entries],
            "devices": DEVICES,
            "user": USER,
            "group": GROUP,
            "folder": folder,
            "library_path": library_path,
        }
        return [self.python, "-I", "-S", str(PROGRAM), json.dumps(plan), *limited(words)]


def _entry(entry: Entry) -> dict[str, Any]:
    return {"kind": type(entry).__name__, **{name: str(value) for name, value in asdict(entry).items()}}
