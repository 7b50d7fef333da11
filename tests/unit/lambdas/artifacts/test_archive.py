from __future__ import annotations

import contextlib
import os
import shutil
import stat
import struct
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from lambdas.artifacts import archive, directory
from lambdas.artifacts.directory import Unreadable
from lambdas.artifacts.packing import Unpackable

if TYPE_CHECKING:
    from collections.abc import Iterator

PART = st.sampled_from(["..", ".", "a", "b", "", "c.txt", " ", "\\", "é", "..."])
DOS, UNIX = 0, 3


@pytest.fixture(autouse=True)
def _umask() -> Iterator[None]:
    """The mask of Lambda, whatever that of the machine is."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def entry(name: str, mode: int, system: int = UNIX) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.create_system = system
    info.external_attr = mode << 16
    return info


def link(name: str, target: str) -> tuple[zipfile.ZipInfo, str]:
    return entry(name, stat.S_IFLNK | 0o777), target


def write(path: Path, *entries: tuple[str | zipfile.ZipInfo, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as opened:
        for name, content in entries:
            opened.writestr(name, content)
    return path


def everything_below(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def test_what_is_packed_comes_out_the_same(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    (tree / "bin").mkdir(parents=True)
    (tree / "empty").mkdir()
    (tree / "bin" / "tool").write_bytes(os.urandom(300_000))
    (tree / "bin" / "tool").chmod(0o755)
    (tree / "größe.txt").write_text("")
    (tree / "link").symlink_to("bin/tool")
    (tree / "folder").symlink_to("bin")

    archive.pack(tree, tmp_path / "tree.zip")
    archive.unpack(tmp_path / "tree.zip", tmp_path / "out")

    out = tmp_path / "out"
    assert everything_below(out) == {"bin", "bin/tool", "empty", "größe.txt", "link", "folder"}
    assert (out / "bin" / "tool").read_bytes() == (tree / "bin" / "tool").read_bytes()
    assert {path: (out / path).lstat().st_mode for path in everything_below(out)} == {
        "bin": stat.S_IFDIR | 0o755,
        "bin/tool": stat.S_IFREG | 0o755,
        "empty": stat.S_IFDIR | 0o755,
        "größe.txt": stat.S_IFREG | 0o644,
        "link": stat.S_IFLNK | 0o777,
        "folder": stat.S_IFLNK | 0o777,
    }
    assert (out / "link").readlink() == Path("bin/tool")
    assert (out / "folder").readlink() == Path("bin")


def test_only_what_has_to_be_named_is_in_a_zip(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    (tree / "a" / "b").mkdir(parents=True)
    (tree / "a" / "b" / "file").touch()
    (tree / "empty" / "too").mkdir(parents=True)

    archive.pack(tree, tmp_path / "tree.zip")

    assert zipfile.ZipFile(tmp_path / "tree.zip").namelist() == ["a/b/file", "empty/too/"]


def test_an_empty_folder_is_an_empty_zip_and_that_an_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()

    archive.pack(tmp_path / "tree", tmp_path / "tree.zip")
    archive.unpack(tmp_path / "tree.zip", tmp_path / "deep" / "out")

    assert list((tmp_path / "deep" / "out").iterdir()) == []


def test_a_pipe_is_named(tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    os.mkfifo(tmp_path / "tree" / "pipe")

    with pytest.raises(Unpackable, match="pipe is neither a file nor a folder nor a link"):
        archive.pack(tmp_path / "tree", tmp_path / "ours.zip")


def test_a_folder_that_is_there_is_not_written_into(tmp_path: Path) -> None:
    packed = write(tmp_path / "some.zip", ("a.txt", "content"))
    (tmp_path / "out").mkdir()

    with pytest.raises(FileExistsError):
        archive.unpack(packed, tmp_path / "out")


@pytest.mark.parametrize(
    ("packed", "unpacked"),
    [
        (stat.S_IFREG | 0o755, 0o755),
        (stat.S_IFREG | 0o644, 0o644),
        (stat.S_IFREG | 0o600, 0o644),
        (stat.S_IFREG | 0o000, 0o644),
        (stat.S_IFREG | 0o777, 0o755),
        (stat.S_IFREG | 0o100, 0o755),
        (stat.S_IFREG | 0o055, 0o644),
        (stat.S_IFREG | stat.S_ISUID | stat.S_ISGID | stat.S_ISVTX | 0o755, 0o755),
        (0, 0o644),
    ],
)
def test_of_the_mode_of_a_file_only_its_owners_right_to_execute_counts(
    tmp_path: Path, packed: int, unpacked: int
) -> None:
    some = write(tmp_path / "some.zip", (entry("tool", packed), "#!/bin/sh\n"))

    archive.unpack(some, tmp_path / "out")

    assert mode_of(tmp_path / "out" / "tool") == unpacked


@pytest.mark.parametrize("mode", [0o755, 0o700, 0o500, 0o000, 0o777])
def test_a_folder_can_be_written_into_and_left_whatever_its_mode_was(tmp_path: Path, mode: int) -> None:
    some = write(tmp_path / "some.zip", (entry("a/", stat.S_IFDIR | mode), ""), ("a/b/file", "content"))

    archive.unpack(some, tmp_path / "out")

    assert [mode_of(tmp_path / "out" / name) for name in ("", "a", "a/b", "a/b/file")] == [0o755, 0o755, 0o755, 0o644]


def test_a_name_that_is_written_in_another_way_is_the_same_place(tmp_path: Path) -> None:
    packed = write(tmp_path / "some.zip", ("./a//b/./file", "content"), ("c/./", ""))

    archive.unpack(packed, tmp_path / "out")

    assert everything_below(tmp_path / "out") == {"a", "a/b", "a/b/file", "c"}


@pytest.mark.parametrize(
    ("place", "target"),
    [
        ("link", "a.txt"),
        ("link", "nowhere-yet"),
        ("deep/link", "../a.txt"),
        ("deep/link", "../deep/../a.txt"),
        ("link", "."),
    ],
)
def test_a_link_that_stays_inside_is_made_as_it_is(tmp_path: Path, place: str, target: str) -> None:
    packed = write(tmp_path / "some.zip", ("a.txt", "content"), ("deep/b.txt", "content"), link(place, target))

    archive.unpack(packed, tmp_path / "out")

    assert os.readlink(tmp_path / "out" / place) == target  # noqa: PTH115 - as it is, not as a path


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ([link("out", "../elsewhere")], "the link 'out' leads out of the folder, to '../elsewhere'"),
        ([link("absolute", "/etc/passwd")], "the link 'absolute' leads out of the folder, to '/etc/passwd'"),
        (
            [link("sub/deep/here", "../.."), link("through", "sub/deep/here/../secret")],
            "the link 'through' leads out of the folder, to 'sub/deep/here/../secret'",
        ),
        ([link("a/b", ".."), link("through", "a/b/../secret")], "the link 'through' leads out of the folder"),
    ],
    ids=["up", "absolute", "through another link", "through another link that is made later"],
)
def test_a_link_that_leads_out_is_refused(
    tmp_path: Path, entries: list[tuple[zipfile.ZipInfo, str]], words: str
) -> None:
    packed = write(tmp_path / "bad.zip", *entries)

    with pytest.raises(Unreadable, match=f"^{words}"):
        archive.unpack(packed, tmp_path / "out")


def test_an_absolute_link_is_refused_even_where_it_leads_into_the_folder(tmp_path: Path) -> None:
    packed = write(tmp_path / "bad.zip", link("a", f"{tmp_path}/out/b"), ("b", "content"))

    with pytest.raises(Unreadable, match="leads out of the folder"):
        archive.unpack(packed, tmp_path / "out")


def test_a_link_that_leads_in_a_circle_is_refused_or_stays_inside(tmp_path: Path) -> None:
    packed = write(tmp_path / "some.zip", link("a", "b"), link("b", "a"))

    archive.unpack(packed, tmp_path / "out")

    assert everything_below(tmp_path / "out") == {"a", "b"}


@pytest.mark.parametrize("target", ["", "a\0b", "x" * 4096], ids=["nowhere", "no path", "too long"])
def test_a_link_to_what_no_path_can_be_is_refused(tmp_path: Path, target: str) -> None:
    packed = write(tmp_path / "bad.zip", link("a", target))

    with pytest.raises(Unreadable, match=r"^the link 'a' leads nowhere$"):
        archive.unpack(packed, tmp_path / "out")


def test_a_link_as_long_as_a_path_may_be_is_read(tmp_path: Path) -> None:
    target = "/".join(["x" * 200] * 20) + "y" * 76
    packed = write(tmp_path / "some.zip", link("a", target))
    assert len(target) == 4095

    archive.unpack(packed, tmp_path / "out")

    assert (tmp_path / "out" / "a").readlink() == Path(target)


def test_a_link_that_unpacks_from_more_bytes_than_a_path_has_is_refused(tmp_path: Path) -> None:
    packed = write(tmp_path / "bad.zip", link("a", "x" * 5000))
    content = packed.read_bytes().replace(struct.pack("<2L", 5000, 5000), struct.pack("<2L", 5000, 1))
    packed.write_bytes(content)

    with pytest.raises(Unreadable, match="leads nowhere"):
        archive.unpack(packed, tmp_path / "out")


def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "target").mkdir()
    packed = write(tmp_path / "bad.zip", link("door", "../target"), ("door/file", "bad"))

    with pytest.raises(Unreadable):
        archive.unpack(packed, tmp_path / "out")

    assert list((tmp_path / "target").iterdir()) == []


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["good.txt", "../out.txt"], "outside the folder"),
        (["a.txt", "a.txt"], "twice"),
        (["docs/Readme", "Docs/README"], "'docs/Readme' and 'Docs/README' differ only in case"),
        (["a", "a/b"], "a file and a folder"),
        (["x" * 300], "too long"),
    ],
)
def test_of_a_zip_whose_directory_is_refused_nothing_is_written(tmp_path: Path, names: list[str], words: str) -> None:
    packed = write(tmp_path / "bad.zip", *((name, "content") for name in names))

    with pytest.raises(Unreadable, match=words):
        archive.unpack(packed, tmp_path / "out")

    assert everything_below(tmp_path) == {"bad.zip"}


@pytest.mark.parametrize("content", [b"<p>not a zip", b""], ids=["html", "empty"])
def test_what_is_no_zip_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "page.html").write_bytes(content)

    with pytest.raises(Unreadable, match=r"^it is no zip, or a damaged one \(File is not a zip file\)$"):
        archive.unpack(tmp_path / "page.html", tmp_path / "out")


def test_damaged_content_is_refused(tmp_path: Path) -> None:
    packed = write(tmp_path / "some.zip", ("a.txt", "content"))
    packed.write_bytes(packed.read_bytes().replace(b"content", b"c0ntent"))

    with pytest.raises(Unreadable, match="damaged"):
        archive.unpack(packed, tmp_path / "out")


def test_a_directory_that_is_too_large_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = write(tmp_path / "some.zip", ("a.txt", "1"), ("b.txt", "2"))
    monkeypatch.setattr(directory, "LARGEST_DIRECTORY", 90)
    monkeypatch.setattr(zipfile, "ZipFile", None)

    with pytest.raises(Unreadable, match="more than the 90 that are allowed"):
        archive.unpack(packed, tmp_path / "out")


def test_a_zip_that_would_grow_beyond_reason_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(directory, "HARMLESS_SIZE", 1_000_000)
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr("zeros", bytes(3_000_000))

    with pytest.raises(Unreadable, match="more than 200 times"):
        archive.unpack(tmp_path / "bomb.zip", tmp_path / "out")

    assert everything_below(tmp_path) == {"bomb.zip"}


def test_a_zip_that_would_fill_the_disk_it_lies_on_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packed = write(tmp_path / "some.zip", ("a.txt", "content" * 1000))
    usage = shutil.disk_usage(tmp_path)
    free = {tmp_path: directory.FREE_RESERVE + 6999}
    monkeypatch.setattr("shutil.disk_usage", lambda path: usage._replace(free=free[path]))

    with pytest.raises(Unreadable, match="unpacked, and 64 MB of disk are free"):
        archive.unpack(packed, tmp_path / "out")

    assert everything_below(tmp_path) == {"some.zip"}


def test_packing_prefers_speed_to_size_but_not_by_much(tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    source = b"".join(path.read_bytes() for path in sorted(Path(archive.__file__).parent.glob("*.py")))
    (tmp_path / "tree" / "file").write_bytes(source)

    archive.pack(tmp_path / "tree", tmp_path / "ours.zip")

    tightest = len(zlib.compress(source, 9))
    assert tightest < (tmp_path / "ours.zip").stat().st_size < 1.3 * tightest


def test_the_same_files_are_the_same_zip_whenever_they_were_made(tmp_path: Path) -> None:
    for name, moment in [("first", 1_000_000_000), ("second", 1_700_000_000)]:
        (tmp_path / name / "empty").mkdir(parents=True)
        (tmp_path / name / "file").write_text("content")
        os.utime(tmp_path / name / "file", (moment, moment))
        archive.pack(tmp_path / name, tmp_path / f"{name}.zip")

    assert (tmp_path / "first.zip").read_bytes() == (tmp_path / "second.zip").read_bytes()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=st.lists(PART, min_size=1, max_size=5), rooted=st.booleans())
@example(parts=["..", "c.txt"], rooted=False)
def test_whatever_a_zip_names_nothing_appears_outside_the_folder(
    tmp_path_factory: pytest.TempPathFactory, parts: list[str], *, rooted: bool
) -> None:
    base = tmp_path_factory.mktemp("unpack")
    name = ("/" if rooted else "") + "/".join(parts)
    assume(name)
    packed = write(base / "some.zip", (name, "content"))
    inner = base / "deep" / "inner"
    inner.mkdir(parents=True)

    try:
        archive.unpack(packed, inner / "out")
    except Unreadable:
        assert everything_below(base) == {"some.zip", "deep", "deep/inner"}

    outside = {name for name in everything_below(base) if not name.startswith("deep/inner/out")}
    assert outside == {"some.zip", "deep", "deep/inner"}


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_truncated_zip_is_refused(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    folder = tmp_path_factory.mktemp("truncated")
    packed = write(folder / "bad.zip", ("a.txt", "content" * 50), ("b/c.txt", "more"))
    whole = packed.read_bytes()
    packed.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 1))])

    with pytest.raises(Unreadable, match="no zip, or a damaged one"):
        archive.unpack(packed, folder / "out")


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_whatever_byte_is_damaged_it_is_unpacked_or_refused_and_stays_inside(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    packed = folder / "some.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr("a.txt", "content" * 50)
        opened.writestr(*link("to", "a.txt"))
    content = bytearray(packed.read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    packed.write_bytes(content)

    with contextlib.suppress(Unreadable):
        archive.unpack(packed, folder / "out")

    assert {path.name for path in folder.iterdir()} <= {"some.zip", "out"}
