import contextlib
import os
import shutil
import stat
import zipfile
import zlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from lambdas.artifacts import archive, directory

PART = st.sampled_from(["..", ".", "a", "b", "", "c.txt", " ", "\\", "é", "..."])


def link(name: str, target: str) -> tuple[zipfile.ZipInfo, str]:
    entry = zipfile.ZipInfo(name)
    entry.create_system = 3
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    return entry, target


def write(path: Path, *entries: tuple[str | zipfile.ZipInfo, str]) -> Path:
    with zipfile.ZipFile(path, "w") as opened:
        for name, content in entries:
            opened.writestr(name, content)
    return path


def everything_below(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


def test_what_is_packed_comes_out_the_same(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    (tree / "bin").mkdir(parents=True)
    (tree / "empty").mkdir()
    (tree / "bin" / "tool").write_bytes(os.urandom(3_000_000))
    (tree / "bin" / "tool").chmod(0o755)
    (tree / "größe.txt").write_text("")
    (tree / "link").symlink_to("bin/tool")
    os.utime(tree / "größe.txt", (0, 0))

    archive.pack(tree, tmp_path / "tree.zip")
    archive.unpack(tmp_path / "tree.zip", tmp_path / "out")

    out = tmp_path / "out"
    assert everything_below(out) == {"bin", "bin/tool", "empty", "größe.txt", "link"}
    assert (out / "bin" / "tool").read_bytes() == (tree / "bin" / "tool").read_bytes()
    assert os.access(out / "bin" / "tool", os.X_OK)
    assert (out / "größe.txt").stat().st_mode & 0o111 == 0
    assert os.fspath((out / "link").readlink()) == "bin/tool"


def test_packing_prefers_speed_to_size_but_not_by_much(tmp_path: Path) -> None:
    source = b"".join(path.read_bytes() for path in sorted(Path(archive.__file__).parent.glob("*.py")))
    (tmp_path / "file").write_bytes(source)

    archive.pack_files({"file": tmp_path / "file"}, tmp_path / "ours.zip")

    tightest = len(zlib.compress(source, 9))
    assert tightest < (tmp_path / "ours.zip").stat().st_size < 1.3 * tightest


@pytest.mark.parametrize("name", ["../out.txt", "/etc/out.txt", "a/../../out.txt", "..", "./"])
def test_an_entry_that_leaves_the_folder_is_refused_and_nothing_is_written(tmp_path: Path, name: str) -> None:
    packed = write(tmp_path / "bad.zip", ("good.txt", "good"), (name, "bad"))

    with pytest.raises(archive.Unreadable, match="outside the folder"):
        archive.unpack(packed, tmp_path / "out")

    assert everything_below(tmp_path) == {"bad.zip"}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
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
    except archive.Unreadable:
        assert everything_below(base) == {"some.zip", "deep", "deep/inner"}

    outside = {name for name in everything_below(base) if not name.startswith("deep/inner/out")}
    assert outside == {"some.zip", "deep", "deep/inner"}


@pytest.mark.parametrize(
    "entries",
    [
        [link("out", "../elsewhere")],
        [link("absolute", "/etc/passwd")],
        [link("sub/deep/here", "../.."), link("through", "sub/deep/here/../secret")],
    ],
    ids=["up", "absolute", "through another link"],
)
def test_a_link_that_leads_out_is_refused(tmp_path: Path, entries: list[tuple[zipfile.ZipInfo, str]]) -> None:
    packed = write(tmp_path / "bad.zip", *entries)

    with pytest.raises(archive.Unreadable, match="leads out of the folder"):
        archive.unpack(packed, tmp_path / "out")


def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "target").mkdir()
    packed = write(tmp_path / "bad.zip", link("door", "../target"), ("door/file", "bad"))

    with pytest.raises(archive.Unreadable):
        archive.unpack(packed, tmp_path / "out")

    assert list((tmp_path / "target").iterdir()) == []


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_an_entry_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    packed = write(tmp_path / "bad.zip", ("a.txt", "1"), ("a.txt", "2"))

    with pytest.raises(archive.Unreadable, match="twice"):
        archive.unpack(packed, tmp_path / "out")


def test_a_name_cannot_be_a_file_and_a_folder(tmp_path: Path) -> None:
    packed = write(tmp_path / "bad.zip", ("a", "1"), ("a/b", "2"))

    with pytest.raises(archive.Unreadable, match="a file and a folder"):
        archive.unpack(packed, tmp_path / "out")


def test_what_is_no_zip_is_refused(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<p>not a zip")

    with pytest.raises(archive.Unreadable, match="no zip"):
        archive.unpack(tmp_path / "page.html", tmp_path / "out")


def test_damaged_content_is_refused(tmp_path: Path) -> None:
    packed = write(tmp_path / "some.zip", ("a.txt", "content"))
    packed.write_bytes(packed.read_bytes().replace(b"content", b"c0ntent"))

    with pytest.raises(archive.Unreadable, match="damaged"):
        archive.unpack(packed, tmp_path / "out")


def test_names_that_differ_only_in_case_are_refused_for_files(tmp_path: Path) -> None:
    packed = write(tmp_path / "bad.zip", ("docs/Readme", "1"), ("Docs/README", "2"))

    with pytest.raises(archive.Unreadable, match="'docs/Readme' and 'Docs/README' differ only in case"):
        archive.unpack(packed, tmp_path / "out")

    assert everything_below(tmp_path) == {"bad.zip"}


@pytest.mark.parametrize("kind", [stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO, stat.S_IFSOCK])
def test_a_device_a_pipe_or_a_socket_is_refused(tmp_path: Path, kind: int) -> None:
    entry = zipfile.ZipInfo("odd")
    entry.create_system = 3
    entry.external_attr = (kind | 0o644) << 16
    packed = write(tmp_path / "bad.zip", (entry, ""))

    with pytest.raises(archive.Unreadable, match="'odd' is a device, a pipe or a socket"):
        archive.unpack(packed, tmp_path / "out")

    assert everything_below(tmp_path) == {"bad.zip"}


def test_an_encrypted_entry_is_refused(tmp_path: Path) -> None:
    packed = write(tmp_path / "bad.zip", ("secret.txt", "content"))
    content = bytearray(packed.read_bytes())
    content[content.index(b"PK\1\2") + 8] |= 1
    packed.write_bytes(content)

    with pytest.raises(archive.Unreadable, match=r"'secret\.txt' is encrypted"):
        archive.unpack(packed, tmp_path / "out")

    assert everything_below(tmp_path) == {"bad.zip"}


@pytest.mark.parametrize("packing", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_an_entry_that_is_packed_in_another_way_is_refused(tmp_path: Path, packing: int) -> None:
    with zipfile.ZipFile(tmp_path / "bad.zip", "w", packing) as opened:
        opened.writestr("a.txt", "content")

    with pytest.raises(archive.Unreadable, match=r"'a\.txt' is neither stored nor deflated"):
        archive.unpack(tmp_path / "bad.zip", tmp_path / "out")


@pytest.mark.parametrize("name", ["x" * 300, "/".join(["folder"] * 200)])
def test_a_name_that_no_disk_takes_is_refused(tmp_path: Path, name: str) -> None:
    packed = write(tmp_path / "bad.zip", (name, "content"))

    with pytest.raises(archive.Unreadable, match="too long"):
        archive.unpack(packed, tmp_path / "out")


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_a_truncated_zip_is_refused(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    folder = tmp_path_factory.mktemp("truncated")
    packed = write(folder / "bad.zip", ("a.txt", "content" * 50), ("b/c.txt", "more"))
    whole = packed.read_bytes()
    packed.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 1))])

    with pytest.raises(archive.Unreadable, match="no zip, or a damaged one"):
        archive.unpack(packed, folder / "out")


def damaged(place: int, value: int, whole: bytes) -> bytes:
    return whole[:place] + bytes([value]) + whole[place + 1 :]


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_whatever_byte_is_damaged_it_is_unpacked_or_refused_and_stays_inside(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    packed = folder / "some.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr("a.txt", "content" * 50)
        opened.writestr(*link("to", "a.txt"))
    whole = packed.read_bytes()
    packed.write_bytes(damaged(data.draw(st.integers(0, len(whole) - 1)), data.draw(st.integers(0, 255)), whole))

    with contextlib.suppress(archive.Unreadable):
        archive.unpack(packed, folder / "out")

    assert {path.name for path in folder.iterdir()} <= {"some.zip", "out"}


def test_a_zip_that_would_grow_beyond_reason_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(directory, "HARMLESS_SIZE", 1_000_000)
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr("zeros", bytes(3_000_000))

    with pytest.raises(archive.Unreadable, match="more than 200 times"):
        archive.unpack(tmp_path / "bomb.zip", tmp_path / "out")

    assert everything_below(tmp_path) == {"bomb.zip"}


def test_a_zip_that_would_fill_the_disk_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packed = write(tmp_path / "some.zip", ("a.txt", "content" * 1000))
    disk = shutil.disk_usage(tmp_path)
    monkeypatch.setattr("shutil.disk_usage", lambda _path: disk._replace(free=directory.FREE_RESERVE + 6999))

    with pytest.raises(archive.Unreadable, match="unpacked, and 64 MB of disk are free"):
        archive.unpack(packed, tmp_path / "out")

    assert everything_below(tmp_path) == {"some.zip"}


@pytest.mark.parametrize(("limit", "value"), [("MOST_ENTRIES", 1), ("LARGEST_DIRECTORY", 90)])
def test_a_directory_that_is_too_large_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, value: int
) -> None:
    packed = write(tmp_path / "some.zip", ("a.txt", "1"), ("b.txt", "2"))
    monkeypatch.setattr(directory, limit, value)

    with pytest.raises(archive.Unreadable, match=f"more than the {value} that are allowed"):
        directory.weigh(packed)


def test_more_entries_than_a_plain_zip_can_count_are_unpacked_and_counted_before_they_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = 66_000
    with zipfile.ZipFile(tmp_path / "many.zip", "w") as opened:
        for number in range(count):
            opened.writestr(f"{number % 100}/{number}", b"")

    archive.unpack(tmp_path / "many.zip", tmp_path / "out")
    monkeypatch.setattr(directory, "MOST_ENTRIES", count - 1)

    assert sum(1 for path in (tmp_path / "out").rglob("*") if path.is_file()) == count
    with pytest.raises(archive.Unreadable, match=f"holds {count} entries"):
        directory.weigh(tmp_path / "many.zip")


def test_the_same_files_are_the_same_zip_whenever_they_were_made(tmp_path: Path) -> None:
    for name, moment in [("first", 1_000_000_000), ("second", 1_700_000_000)]:
        (tmp_path / name / "empty").mkdir(parents=True)
        (tmp_path / name / "file").write_text("content")
        os.utime(tmp_path / name / "file", (moment, moment))
        archive.pack(tmp_path / name, tmp_path / f"{name}.zip")

    assert (tmp_path / "first.zip").read_bytes() == (tmp_path / "second.zip").read_bytes()
