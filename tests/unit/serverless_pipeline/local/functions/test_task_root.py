from __future__ import annotations

import io
import os
import stat
import zipfile
from typing import TYPE_CHECKING

import pytest

from serverless_pipeline.local.functions import task_root

if TYPE_CHECKING:
    from pathlib import Path


def archived(*members: tuple[str, str, int]) -> bytes:
    """Members as name, content and Unix mode."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, content, mode in members:
            info = zipfile.ZipInfo(name)
            info.external_attr = mode << 16
            archive.writestr(info, content)
    return data.getvalue()


def test_executable_bits_and_links_are_kept(tmp_path: Path) -> None:
    archive = archived(
        ("bin/tool", "#!/bin/sh\n", stat.S_IFREG | 0o755),
        ("bin/alias", "tool", stat.S_IFLNK | 0o777),
        ("data", "x", stat.S_IFREG | 0o644),
    )

    code = task_root.unpack(archive, tmp_path)

    assert os.access(code / "bin" / "tool", os.X_OK)
    assert (code / "bin" / "alias").readlink().name == "tool"
    assert stat.S_IMODE((code / "data").stat().st_mode) == 0o644


def test_the_same_code_is_unpacked_once(tmp_path: Path) -> None:
    archive = archived(("index.py", "", stat.S_IFREG | 0o644))
    first = task_root.unpack(archive, tmp_path)
    (first / "compiled").touch()

    second = task_root.unpack(archive, tmp_path)

    assert second == first
    assert (second / "compiled").exists()


@pytest.mark.parametrize("target", ["/etc/passwd", "../../secret"])
def test_a_link_that_leads_out_is_refused(tmp_path: Path, target: str) -> None:
    archive = archived(("link", target, stat.S_IFLNK | 0o777))

    with pytest.raises(task_root.Unusable, match="link"):
        task_root.unpack(archive, tmp_path)


def test_a_set_user_id_bit_is_dropped(tmp_path: Path) -> None:
    code = task_root.unpack(archived(("tool", "", stat.S_IFREG | 0o4755)), tmp_path)

    assert stat.S_IMODE((code / "tool").stat().st_mode) == 0o755


def test_what_is_no_archive_is_refused(tmp_path: Path) -> None:
    with pytest.raises(task_root.Unusable, match="no zip archive"):
        task_root.unpack(b"nothing", tmp_path)
