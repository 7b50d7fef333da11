"""Whether the user that Lambda runs functions as can read the code of a zip, which keeps the permissions of its files.

Python's `ZipFile.writestr(name, …)` writes files that their owner alone may read; Lambda then refuses each invocation:
https://repost.aws/knowledge-center/lambda-deployment-package-errors.
"""

from __future__ import annotations

import stat
import zipfile
from typing import TYPE_CHECKING

from lambdas.artifacts import member
from lambdas.job.ending import JobError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_UNIX = 3
_SHOWN = 3
_FOLDER = stat.S_IROTH | stat.S_IXOTH


def demand(zip_file: Path, artifact: str) -> None:
    """Look at every file and folder; what is no zip is Lambda's to refuse.

    Raises:
        JobError: names the first that others may not read, or the zip is damaged.
    """
    if not zipfile.is_zipfile(zip_file):
        return
    try:
        with member.opened(zip_file) as archive:
            closed = list(_closed(archive))
    except member.DAMAGE as error:
        raise JobError(f"The zip of {artifact} cannot be read: {error}") from error
    if closed:
        more = f" and {len(closed) - _SHOWN} more" if len(closed) > _SHOWN else ""
        raise JobError(
            f"Lambda could not read {', '.join(closed[:_SHOWN])}{more} of {artifact}: its permissions let nobody in "
            "but its owner; give it 0644 (ZipInfo.external_attr = 0o644 << 16), or name a folder, which is packed so"
        )


def _closed(archive: zipfile.ZipFile) -> Iterator[str]:
    for entry in archive.infolist():
        mode = stat.S_IMODE(entry.external_attr >> 16) if entry.create_system == _UNIX else 0
        needed = _FOLDER if entry.is_dir() else stat.S_IROTH
        if mode and mode & needed != needed:
            yield f"{entry.filename} ({mode:04o})"
