from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

import pytest

from serverless_pipeline.environment import text
from serverless_pipeline.errors import Misconfigured

if TYPE_CHECKING:
    from pathlib import Path


def read(folder: Path, data: bytes) -> str:
    path = folder / "t.yml"
    path.write_bytes(data)
    return text.read(path, "infra/t.yml")


def test_a_file_is_read_as_utf_8(tmp_path: Path) -> None:
    assert read(tmp_path, "Straße".encode()) == "Straße"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (codecs.BOM_UTF8 + b"a: 1", ": it begins with a byte order mark of UTF-8; save it as UTF-8 without one"),
        ("a: 1".encode("utf-16"), ": it begins with a byte order mark of UTF-16; save it as UTF-8 without one"),
        ("a: 1".encode("utf-16-le"), ": it is binary, or in another encoding than UTF-8"),
        (b"PK\x03\x04\0\0", ": it is binary, or in another encoding than UTF-8"),
        ("a: 1\nb: Straße".encode("latin-1"), ":2: it is not UTF-8 there"),
        (b"#" * 1_000_001, ": it has 1000001 bytes, and CloudFormation takes 1000000; split it into nested stacks"),
    ],
)
def test_what_cloudformation_would_not_read_is_refused_by_name(tmp_path: Path, data: bytes, words: str) -> None:
    with pytest.raises(Misconfigured, match=rf"^infra/t\.yml{re.escape(words)}\n"):
        read(tmp_path, data)


def test_as_much_as_cloudformation_takes_is_taken(tmp_path: Path) -> None:
    assert len(read(tmp_path, b"#" * text.LIMIT)) == 1_000_000


@pytest.mark.parametrize(("name", "words"), [("absent", "No such file or directory"), ("", "Is a directory")])
def test_a_file_that_cannot_be_read_is_told_with_the_reason(tmp_path: Path, name: str, words: str) -> None:
    with pytest.raises(Misconfigured, match=f"^infra/t.yml: it cannot be read: {words}"):
        text.read(tmp_path / name, "infra/t.yml")
