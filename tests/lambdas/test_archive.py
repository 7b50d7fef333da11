import os
import stat
import zipfile
from pathlib import Path

import archive
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

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


def test_packing_prefers_speed_to_size(tmp_path: Path) -> None:
    text = "".join(f"{number} " for number in range(200_000)).encode()
    (tmp_path / "file").write_bytes(text)
    with zipfile.ZipFile(tmp_path / "fastest.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as fastest:
        fastest.write(tmp_path / "file", "file")

    archive.pack_files({"file": tmp_path / "file"}, tmp_path / "ours.zip")

    assert (tmp_path / "ours.zip").stat().st_size == (tmp_path / "fastest.zip").stat().st_size


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
