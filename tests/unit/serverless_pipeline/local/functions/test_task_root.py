from __future__ import annotations

import hashlib
import io
import os
import shutil
import stat
import zipfile
from typing import TYPE_CHECKING

import pytest

from serverless_pipeline.local.functions import task_root
from tests.support.lambdas import archived

if TYPE_CHECKING:
    from pathlib import Path


def bare(name: str, attributes: int) -> bytes:
    """An archive of an empty file with these attributes, as of a system that has no permissions."""
    member = zipfile.ZipInfo(name)
    member.external_attr = attributes
    member.create_system = 0
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr(member, "")
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
    assert stat.S_IMODE((code / "data").stat().st_mode) == 0o444


def test_archives_lie_one_over_the_other(tmp_path: Path) -> None:
    lower = archived(("a", "lower", stat.S_IFREG | 0o644), ("b", "lower", stat.S_IFREG | 0o644))
    upper = archived(("a", "upper", stat.S_IFREG | 0o644))

    code = task_root.unpack_all([lower, upper], tmp_path)

    assert ((code / "a").read_text(), (code / "b").read_text()) == ("upper", "lower")
    assert code.name == hashlib.sha256(lower + upper).hexdigest()


@pytest.mark.parametrize("upper", [("a", "upper", stat.S_IFREG | 0o644), ("a", "c", stat.S_IFLNK | 0o777)])
@pytest.mark.parametrize("lower", [("a", "lower", stat.S_IFREG | 0o444), ("a", "b", stat.S_IFLNK | 0o777)])
def test_what_lies_below_is_replaced_and_not_written_to(
    tmp_path: Path, lower: tuple[str, str, int], upper: tuple[str, str, int]
) -> None:
    targets = (("b", "target", stat.S_IFREG | 0o666), ("c", "upper", stat.S_IFREG | 0o666))

    code = task_root.unpack_all([archived(*targets, lower), archived(upper)], tmp_path)

    assert {path.name: path.read_text() for path in code.iterdir()} == {"a": "upper", "b": "target", "c": "upper"}
    assert (code / "a").is_symlink() == stat.S_ISLNK(upper[2])


@pytest.mark.parametrize("name", ["../kept", "{0}/kept"])
def test_a_file_outside_is_not_replaced(tmp_path: Path, name: str) -> None:
    kept = tmp_path / "kept"
    kept.write_text("as it was")

    code = task_root.unpack(archived((name.format(tmp_path), "new", stat.S_IFREG | 0o644)), tmp_path)

    assert kept.read_text() == "as it was"
    assert [path.read_text() for path in code.rglob("kept")] == ["new"]


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
    ("mode", "permissions"),
    [
        (0o4755, 0o555),
        (0o644, 0o444),
        (0o666, 0o666),
        (0o777, 0o777),
        (0o705, 0o555),
        (0o701, 0o111),
        (0o711, 0o111),
        (0o600, 0o000),
        (0o750, 0o000),
        (0o770, 0o000),
    ],
)
def test_only_what_an_archive_grants_to_others_holds_for_everybody(tmp_path: Path, mode: int, permissions: int) -> None:
    code = task_root.unpack(archived(("tool", "", stat.S_IFREG | mode)), tmp_path)

    assert stat.S_IMODE((code / "tool").stat().st_mode) == permissions


@pytest.mark.parametrize("attributes", [0x20, stat.S_IFREG << 16])
def test_a_file_of_which_the_archive_says_nothing_can_be_read_by_everybody(tmp_path: Path, attributes: int) -> None:
    before = os.umask(0o077)
    try:
        code = task_root.unpack(bare("plain", attributes), tmp_path)
    finally:
        os.umask(before)

    assert stat.S_IMODE((code / "plain").stat().st_mode) == 0o644


def test_a_file_that_nobody_may_read_can_be_removed(tmp_path: Path) -> None:
    code = task_root.unpack(archived(("deep/secret", "", stat.S_IFREG | 0o600)), tmp_path)

    shutil.rmtree(code)

    assert list(tmp_path.iterdir()) == []


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
