"""For which machine a program is built, and which machines the functions are."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from serverless_pipeline.settings import Settings

HEADER = 20
"""How many of a program's first bytes tell."""

_ELF, _MACHINE = b"\x7fELF", slice(18, 20)
"""https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html."""
_MACHINES = {62: "x86_64", 183: "arm64"}
_MACOS = (b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe")


def of(settings: Settings) -> str:
    """The machine of the functions; those of the embedded AWS are processes of this laptop."""
    return "macOS" if settings.is_local and sys.platform == "darwin" else settings.architecture


def built_for(header: bytes) -> str:
    """The machine that a program is built for, by its first bytes; empty for a script and what cannot be told."""
    if header.startswith(_ELF):
        number = int.from_bytes(header[_MACHINE], "little")
        return _MACHINES.get(number, f"another machine (ELF {number})")
    return "macOS" if header.startswith(_MACOS) else ""
