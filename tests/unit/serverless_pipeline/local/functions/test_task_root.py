from __future__ import annotations

import hashlib
import io
import os
import stat
import zipfile
from typing import TYPE_CHECKING

import pytest

from serverless_pipeline.local.functions import task_root
from tests.support.lambdas import archived

if TYPE_CHECKING:
    from pathlib import Path


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


def test_archives_lie_one_over_the_other(tmp_path: Path) -> None:
    lower = archived(("a", "lower", stat.S_IFREG | 0o644), ("b", "lower", stat.S_IFREG | 0o644))
    upper = archived(("a", "upper", stat.S_IFREG | 0o644))

    code = task_root.unpack_all([lower, upper], tmp_path)

    assert ((code / "a").read_text(), (code / "b").read_text()) == ("upper", "lower")
    assert code.name == hashlib.sha256(lower + upper).hexdigest()


def test_the_same_code_is_unpacked_once(tmp_path: Path) -> None:
    archive = archived(("index.py", "", stat.S_IFREG | 0o644))
    first = task_root.unpack(archive, tmp_path)
    (first / "compiled").touch()

    second = task_root.unpack(archive, tmp_path)

    assert second == first
    assert (second / "compiled").exists()


def test_the_folder_is_named_by_the_digest_of_the_archive(tmp_path: Path) -> None:
    archive = archived(("index.py", "", stat.S_IFREG | 0o644))

    code = task_root.unpack(archive, tmp_path / "deep" / "code")

    assert code == tmp_path / "deep" / "code" / hashlib.sha256(archive).hexdigest()
    assert [path.name for path in code.iterdir()] == ["index.py"]


def test_what_an_interrupted_start_left_is_not_taken_for_code(tmp_path: Path) -> None:
    archive = archived(("index.py", "", stat.S_IFREG | 0o644))
    half = tmp_path / f"{hashlib.sha256(archive).hexdigest()}.new"
    half.mkdir()
    (half / "half").touch()

    code = task_root.unpack(archive, tmp_path)

    assert [path.name for path in code.iterdir()] == ["index.py"]
    assert not half.exists()


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("/etc/passwd", "the symbolic link link leads out of the function's code"),
        ("../../secret", "the symbolic link link leads out of the function's code"),
    ],
)
def test_a_link_that_leads_out_is_refused(tmp_path: Path, target: str, message: str) -> None:
    with pytest.raises(task_root.Unusable) as caught:
        task_root.unpack(archived(("link", target, stat.S_IFLNK | 0o777)), tmp_path)

    assert str(caught.value) == message


def test_a_link_that_would_lie_outside_is_refused(tmp_path: Path) -> None:
    inside = f"{hashlib.sha256(b'').hexdigest()}.new/file"

    with pytest.raises(task_root.Unusable, match="link"):
        task_root.unpack(archived(("../link", inside, stat.S_IFLNK | 0o777)), tmp_path)

    assert not (tmp_path / "link").is_symlink()


def test_a_link_may_lie_deep_and_lead_up(tmp_path: Path) -> None:
    archive = archived(
        ("a/b/link", "../../data", stat.S_IFLNK | 0o777),
        ("a/b/beside", "link", stat.S_IFLNK | 0o777),
        ("data", "x", stat.S_IFREG | 0o644),
    )

    code = task_root.unpack(archive, tmp_path)

    assert (code / "a" / "b" / "beside").read_text() == "x"


@pytest.mark.parametrize(
    ("mode", "permissions"), [(0o4755, 0o755), (0o444, 0o644), (0o111, 0o711), (0o070, 0o670), (0o666, 0o666)]
)
def test_a_file_keeps_its_permissions_and_can_be_read_and_removed(tmp_path: Path, mode: int, permissions: int) -> None:
    code = task_root.unpack(archived(("tool", "", stat.S_IFREG | mode)), tmp_path)

    assert stat.S_IMODE((code / "tool").stat().st_mode) == permissions


def test_a_file_without_permissions_is_as_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "new").touch()

    member = zipfile.ZipInfo("plain")
    member.external_attr = 0x20  # as on a system that has no permissions
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as members:
        members.writestr(member, "")

    code = task_root.unpack(archive.getvalue(), tmp_path)

    assert (code / "plain").stat().st_mode == (tmp_path / "new").stat().st_mode


def test_a_folder_stays_one_that_can_be_entered(tmp_path: Path) -> None:
    archive = archived(("empty/", "", stat.S_IFDIR | 0o600))

    assert list((task_root.unpack(archive, tmp_path) / "empty").iterdir()) == []


def test_what_is_no_archive_is_refused(tmp_path: Path) -> None:
    with pytest.raises(task_root.Unusable) as caught:
        task_root.unpack(b"nothing", tmp_path)

    assert str(caught.value) == "the function's code is no zip archive: File is not a zip file"


def test_one_archive_is_unpacked_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    locked: list[bool] = []
    monkeypatch.setattr(task_root, "_extract", lambda *_: locked.append(task_root._lock.locked()))

    task_root.unpack(b"", tmp_path)

    assert locked == [True]
    assert not task_root._lock.locked()
