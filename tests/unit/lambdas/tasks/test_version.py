from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from lambdas.tasks import version

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

COMMIT = "0123456789abcdef0123456789abcdef01234567"
OTHER = "f" * 40
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("revision", "comment", "expected"),
    [
        (COMMIT, OTHER, COMMIT),
        (COMMIT, "20251231-235959", COMMIT),
        ("an-object-version", COMMIT, COMMIT),
        ("an-object-version", f" {COMMIT}\n", COMMIT),
        (None, "20251231-235959", "20251231-235959"),
        (None, "", "20260102-030405"),
        ("", "made by hand", "20260102-030405"),
        (COMMIT[:39], COMMIT.upper(), "20260102-030405"),
        (f"{COMMIT}0", f"{COMMIT}0", "20260102-030405"),
        ("20251231-235959", "20251231-2359590", "20260102-030405"),
    ],
)
def test_a_version_is_the_commit_if_it_is_known_else_the_date(
    tmp_path: Path, pack: Callable[..., bytes], revision: str | None, comment: str, expected: str
) -> None:
    archive = tmp_path / "source.zip"
    archive.write_bytes(pack({"tasks.py": ""}, comment))

    assert version.of_source(revision, archive, NOW) == expected


def test_a_comment_that_is_no_text_names_no_version(tmp_path: Path, pack: Callable[..., bytes]) -> None:
    archive = tmp_path / "source.zip"
    archive.write_bytes(pack({"tasks.py": ""}, "xx").replace(b"xx", b"\xff\xfe"))

    assert version.of_source(None, archive, NOW) == "20260102-030405"


def test_what_is_no_zip_has_the_date(tmp_path: Path) -> None:
    archive = tmp_path / "source.zip"
    archive.write_bytes(b"no zip")

    assert version.of_source(None, archive, NOW) == "20260102-030405"
