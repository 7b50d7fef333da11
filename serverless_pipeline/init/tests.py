"""The tests of a project that pytest runs."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from serverless_pipeline.init import walk

if TYPE_CHECKING:
    from pathlib import Path

_TEST = re.compile(r"test_.+|.+_test")
_DEFINED = re.compile(r"^\s*(async )?def test", re.MULTILINE)
_FOLDERS = ("tests", "test")
_UNIT = "unit"
"""The folder of those that need nothing deployed, where there are others beside it, as SAM has them."""


def find(root: Path) -> PurePosixPath | None:
    """Where they lie, None if there are none."""
    paths = [path for path in walk.files(root, ".py") if _holds_tests(root, path)]
    for top in _FOLDERS:
        below = [path for path in paths if path.parts[0] == top and len(path.parts) > 1]
        folder = PurePosixPath(top, _UNIT)
        if any(path.is_relative_to(folder) for path in below):
            return folder
        if below:
            return PurePosixPath(top)
    return PurePosixPath() if paths else None


def _holds_tests(root: Path, path: PurePosixPath) -> bool:
    """Whether pytest would find one there; without any it fails."""
    return bool(_TEST.fullmatch(path.stem) and _DEFINED.search(walk.text(root / path)))
