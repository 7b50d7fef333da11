"""Deflate for content that is held in memory: by libdeflate, or by Python's own zlib where libdeflate has no wheel."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, TypeAlias

try:
    import deflate
except ImportError:
    deflate = None  # type: ignore[assignment]

if TYPE_CHECKING:
    Content: TypeAlias = bytes | bytearray | memoryview

LEVEL = 1
"""Fast rather than tight: an artifact is packed more often than it is kept."""

_RAW = -15
"""A zip holds deflate without the header and the trailer of zlib."""


def compress(content: Content) -> Content:
    """Deflate as fast as can be; the same content gives the same bytes by the same version of the same library."""
    if deflate:
        return deflate.deflate_compress(content, LEVEL)
    packer = zlib.compressobj(LEVEL, zlib.DEFLATED, _RAW)
    return packer.compress(content) + packer.flush()


def inflate(data: Content, size: int) -> Content:
    """The content that was deflated into `data`; it must be `size` bytes, and no more are ever held in memory.

    Raises:
        zlib.error: it is damaged, or is not of that size.
    """
    content = _inflate(data, size)
    if len(content) != size:
        raise zlib.error(f"{len(content)} bytes come out where {size} were announced")
    return content


def checksum(content: Content) -> int:
    """The CRC-32 that a zip keeps of each entry."""
    return deflate.crc32(content) if deflate else zlib.crc32(content)


def _inflate(data: Content, size: int) -> Content:
    if not deflate or not size:  # of no bytes libdeflate says that all is well, whatever was packed
        return zlib.decompressobj(_RAW).decompress(data, size + 1)
    try:
        return deflate.deflate_decompress(data, size)
    except deflate.DeflateError as error:
        raise zlib.error(str(error)) from error
