"""Zips of more entries than a plain one can count, which take seconds to write."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import pytest

from lambdas.artifacts import archive, directory, packing

if TYPE_CHECKING:
    from pathlib import Path

COUNT = 66_000


def test_more_entries_than_a_plain_zip_can_count_are_unpacked_and_counted_before_they_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with zipfile.ZipFile(tmp_path / "many.zip", "w") as opened:
        for number in range(COUNT):
            opened.writestr(f"{number % 100}/{number}", b"")

    archive.unpack(tmp_path / "many.zip", tmp_path / "out")
    monkeypatch.setattr(directory, "MOST_ENTRIES", COUNT - 1)

    assert sum(1 for path in (tmp_path / "out").rglob("*") if path.is_file()) == COUNT
    with pytest.raises(directory.Unreadable, match=f"holds {COUNT} entries"):
        directory.weigh(tmp_path / "many.zip")


def test_more_files_than_a_plain_zip_can_count_are_packed(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()

    packing.write({str(number): tmp_path / "empty" for number in range(COUNT)}, tmp_path / "ours.zip")

    assert len(zipfile.ZipFile(tmp_path / "ours.zip").infolist()) == COUNT
