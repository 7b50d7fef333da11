"""A file of the project as text: UTF-8 without a byte order mark, and no larger than CloudFormation takes."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

from serverless_pipeline.environment import notation

if TYPE_CHECKING:
    from pathlib import Path

LIMIT = 1_000_000
"""The most bytes of a template that lies in a bucket.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
"""

_MARKS = {codecs.BOM_UTF8: "UTF-8", codecs.BOM_UTF16_LE: "UTF-16", codecs.BOM_UTF16_BE: "UTF-16"}


def read(path: Path, name: str) -> str:
    """The text of a file, which messages call `name`.

    Raises:
        Misconfigured: it cannot be read, is too large or no such text.
    """
    try:
        check_size(path.stat().st_size, name)
        return _decoded(path.read_bytes(), name)
    except OSError as error:
        notation.refuse(name, f"it cannot be read: {error.strerror}")


def check_size(size: int, name: str) -> None:
    """Refuse a template that has more bytes than CloudFormation takes.

    Raises:
        Misconfigured: it has.
    """
    if size > LIMIT:
        notation.refuse(name, f"it has {size} bytes, and CloudFormation takes {LIMIT}; split it into nested stacks")


def _decoded(data: bytes, name: str) -> str:
    for mark, encoding in _MARKS.items():
        if data.startswith(mark):
            notation.refuse(name, f"it begins with a byte order mark of {encoding}; save it as UTF-8 without one")
    if b"\0" in data:
        notation.refuse(name, "it is binary, or in another encoding than UTF-8")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        notation.refuse(f"{name}:{line}", "it is not UTF-8 there")
