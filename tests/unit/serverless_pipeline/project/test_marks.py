from __future__ import annotations

from typing import TYPE_CHECKING

from serverless_pipeline.project import marks

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_a_mark_is_set_for_its_kind_and_its_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    marks.set_(marks.LINTED, "a")

    assert marks.is_set(marks.LINTED, "a")
    assert not marks.is_set(marks.LINTED, "b")
    assert not marks.is_set(marks.CHECKED, "a")
    assert (tmp_path / ".local" / "linted" / "a").read_bytes() == b""
