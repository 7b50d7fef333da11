"""What an installation says of the place of the source that it was made for.

What is installed as editable (`-e ./libs/sdk`) stays in the source, and a file beside the packages says where. The
source of the action that installs lies in a folder of its own, and that of each action that runs tasks in another.
https://packaging.python.org/en/latest/specifications/direct-url/
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_PLACE = b"/~source~"
_LARGEST = 1024**2
"""What is larger, or no file, is no such file: code that was run may have put anything there."""
_POINTERS = ("*.pth", "__editable__*.py", "*.dist-info/direct_url.json")


def leave(tree: Path, source: Path) -> None:
    """Take the place of the source out of an installation."""
    _replace(tree, os.fsencode(os.path.realpath(source)), _PLACE)
    _replace(tree, os.fsencode(source), _PLACE)


def enter(tree: Path, source: Path) -> None:
    """Put the place of the source into an installation."""
    _replace(tree, _PLACE, os.fsencode(source))


def _replace(tree: Path, old: bytes, new: bytes) -> None:
    for pointer in (path for pattern in _POINTERS for path in tree.glob(pattern)):
        if pointer.is_symlink() or not pointer.is_file() or pointer.stat().st_size > _LARGEST:
            continue
        content = pointer.read_bytes()
        if old in content:
            pointer.write_bytes(content.replace(old, new))
