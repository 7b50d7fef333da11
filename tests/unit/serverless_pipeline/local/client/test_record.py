from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from serverless_pipeline.aws import Endpoint
from serverless_pipeline.local.client import record

if TYPE_CHECKING:
    from pathlib import Path

SERVER = record.Server(42, 4600, Endpoint("http://127.0.0.1:4600", "key", "secret"), "2026-01-01T00:00:00+00:00")


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "aws.json"

    record.write(path, SERVER)

    assert record.read(path) == SERVER


def test_only_the_user_may_read_it_even_where_a_wider_file_was(tmp_path: Path) -> None:
    path = tmp_path / "aws.json"
    path.touch(mode=0o644)

    record.write(path, SERVER)

    assert path.stat().st_mode & 0o777 == 0o600
    assert [found.name for found in tmp_path.iterdir()] == ["aws.json"]


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"pid": "x"}'])
def test_a_file_that_is_not_whole_counts_as_none(tmp_path: Path, text: str) -> None:
    path = tmp_path / "aws.json"
    path.write_text(text)

    assert record.read(path) is None


def test_a_missing_file_counts_as_none(tmp_path: Path) -> None:
    assert record.read(tmp_path / "aws.json") is None
