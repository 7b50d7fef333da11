"""Code that stands in a template, as an archive that everybody can read.

MiniStack makes one that only its owner can read, which on Lambda nobody can run.
"""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Callable

from serverless_pipeline.local import seams

Zip = Callable[..., bytes | None]

READABLE = (stat.S_IFREG | 0o644) << 16


def install() -> None:
    """Put the permissions into the archive that MiniStack makes."""
    seams.ZIP_INLINE.wrap(readable)


def readable(make: Zip) -> Zip:
    """The same archive, with the permissions of Lambda's."""

    def zip_inline(*arguments: str) -> bytes | None:
        archive = make(*arguments)
        return _with_permissions(archive) if archive else archive

    return zip_inline


def _with_permissions(archive: bytes) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as members, zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as copy:
        for member in members.infolist():
            member.external_attr = READABLE
            copy.writestr(member, members.read(member))
    return data.getvalue()
