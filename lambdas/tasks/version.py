"""The version of a source: the commit if it is known, else the date."""

from __future__ import annotations

import re
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

_COMMIT = re.compile(r"[0-9a-f]{40}")
_DATE = re.compile(r"\d{8}-\d{6}")


def of_source(revision: str | None, archive: Path, now: datetime) -> str:
    """The version of a source archive, 40 hex digits or YYYYMMDD-HHMMSS.

    Git sources give the commit as the artifact's revision, S3 sources the object's version, which says nothing to
    a reader; there the comment of the zip may name the commit, as `git archive` writes it.
    """
    comment = _comment(archive)
    if revision and _COMMIT.fullmatch(revision):
        return revision
    if _COMMIT.fullmatch(comment) or _DATE.fullmatch(comment):
        return comment
    return f"{now:%Y%m%d-%H%M%S}"


def _comment(archive: Path) -> str:
    try:
        with zipfile.ZipFile(archive) as opened:
            return opened.comment.decode(errors="replace").strip()
    except zipfile.BadZipFile:
        return ""
