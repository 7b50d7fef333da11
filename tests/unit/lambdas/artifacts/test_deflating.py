from __future__ import annotations

import zlib
from importlib.util import find_spec

import pytest

from lambdas.artifacts import deflating

CONTENT = b"what is said again and again, again and again, " * 1000
RAW = -15


@pytest.fixture(params=["libdeflate", "zlib"], autouse=True)
def library(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each of the two ways to deflate; the second is for machines that libdeflate has no wheel for."""
    if request.param == "zlib":
        monkeypatch.setattr(deflating, "deflate", None)
    else:
        assert find_spec("deflate"), "the library of the functions' requirements is not installed"
    return str(request.param)


def packed(content: bytes) -> bytes:
    """Content that another program deflated."""
    packer = zlib.compressobj(9, zlib.DEFLATED, RAW)
    return packer.compress(content) + packer.flush()


@pytest.mark.parametrize("content", [CONTENT, bytearray(CONTENT), memoryview(CONTENT), b"", b"x"])
def test_what_is_deflated_has_neither_header_nor_trailer_and_any_program_inflates_it(
    content: bytes | bytearray | memoryview,
) -> None:
    assert zlib.decompress(bytes(deflating.compress(content)), RAW) == bytes(content)


def test_the_same_content_is_the_same_bytes_and_far_fewer() -> None:
    first, second = bytes(deflating.compress(CONTENT)), bytes(deflating.compress(CONTENT))

    assert first == second
    assert len(first) < len(CONTENT) / 50


def test_it_is_deflated_quickly_rather_than_tightly(library: str) -> None:
    content = b"".join(f"line {number} of {number % 7}\n".encode() for number in range(2000))
    packer = zlib.compressobj(1, zlib.DEFLATED, RAW)
    quick = packer.compress(content) + packer.flush()

    assert deflating.LEVEL == 1
    if library == "zlib":
        assert deflating.compress(content) == quick
    else:
        assert len(deflating.compress(content)) > len(packed(content))


@pytest.mark.parametrize("content", [CONTENT, b"", b"x"])
def test_what_another_program_deflated_is_inflated(content: bytes) -> None:
    assert bytes(deflating.inflate(packed(content), len(content))) == content


@pytest.mark.parametrize("size", [len(CONTENT) - 1, len(CONTENT) + 1, 0, 10])
def test_another_size_than_the_one_that_comes_out_is_refused(size: int) -> None:
    with pytest.raises(zlib.error):
        deflating.inflate(packed(CONTENT), size)


@pytest.mark.parametrize(("size", "comes"), [(len(CONTENT) - 1, len(CONTENT)), (10, 11)])
def test_without_libdeflate_both_sizes_are_told_and_one_byte_too_many_is_enough(
    monkeypatch: pytest.MonkeyPatch, size: int, comes: int
) -> None:
    monkeypatch.setattr(deflating, "deflate", None)

    with pytest.raises(zlib.error, match=f"^{comes} bytes come out where {size} were announced$"):
        deflating.inflate(packed(CONTENT), size)


@pytest.mark.parametrize("damaged", [b"no deflate", packed(CONTENT)[:-20], b"\xff" * 100])
def test_what_is_damaged_is_refused_as_zlib_does(damaged: bytes) -> None:
    with pytest.raises(zlib.error):
        deflating.inflate(damaged, len(CONTENT))


@pytest.mark.parametrize("content", [CONTENT, b"", b"x", memoryview(CONTENT)])
def test_the_checksum_is_that_of_zips(content: bytes | memoryview) -> None:
    assert deflating.checksum(content) == zlib.crc32(content)
