from __future__ import annotations

import io
import struct
import zipfile
from typing import TYPE_CHECKING

import pytest

from lambdas.artifacts import directory, member
from lambdas.artifacts.directory import Unreadable
from tests.support.store import zipped

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def package(tmp_path: Path) -> Path:
    path = tmp_path / "package.zip"
    path.write_bytes(zipped({"a.json": "{}é"}))
    return path


def text(package: Path, limit: int = 100) -> str:
    with member.opened(package) as archive:
        return member.text(archive, "a.json", limit)


def test_a_file_is_read_as_text(package: Path) -> None:
    assert text(package) == "{}é"
    assert text(package, limit=4) == "{}é"


def test_no_more_is_read_than_it_may_be(package: Path) -> None:
    with pytest.raises(Unreadable, match="it is larger than 3 bytes"):
        text(package, limit=3)


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("a.json", "w") as file:
        for _ in range(64):
            file.write(b" " * 1024**2)
    reads: list[int] = []

    class File(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            reads.append(size or 0)
            return b" " * (size or 0)

    with pytest.raises(Unreadable, match="it is larger than 1000 bytes"):
        text(path, limit=1000)
    with pytest.raises(Unreadable):
        member.read(File(), 1000)
    assert reads == [1001]


@pytest.mark.parametrize(
    ("at", "in_directory", "value"), [(6, 8, 1), (8, 10, 99)], ids=["encrypted", "packed in another way"]
)
def test_what_is_encrypted_or_packed_in_another_way_is_damage(
    package: Path, at: int, in_directory: int, value: int
) -> None:
    content = bytearray(package.read_bytes())
    struct.pack_into("<H", content, at, value)
    struct.pack_into("<H", content, content.find(b"PK\1\2") + in_directory, value)
    package.write_bytes(content)

    with pytest.raises(member.DAMAGE):
        text(package)


def test_a_directory_that_is_too_large_is_not_read(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(directory, "LARGEST_DIRECTORY", 10)

    with pytest.raises(Unreadable, match="its directory takes"):
        text(package)


@pytest.mark.parametrize("content", [b"hello", b""])
def test_what_is_no_zip_is_damage(package: Path, content: bytes) -> None:
    package.write_bytes(content)

    with pytest.raises(member.DAMAGE):
        text(package)
