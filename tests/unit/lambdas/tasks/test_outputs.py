from __future__ import annotations

import errno
import io
import os
import zipfile
from pathlib import Path
from typing import Any

import pytest

from lambdas.execution import storage
from lambdas.job.ending import JobError
from lambdas.tasks import outputs
from lambdas.tasks.project import Place
from tests.support.store import zipped


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    """What a task made."""
    dist = tmp_path / "dist"
    (dist / "docs" / "deep").mkdir(parents=True)
    (dist / "docs" / "deep" / "page.html").write_text("hello")
    (dist / "folder.zip").mkdir()
    (dist / "folder.zip" / "inside.txt").write_text("inside")
    (dist / "openapi.json").write_text("{}")
    (dist / "site.zip").write_bytes(zipped({"index.html": "hello"}))
    (dist / "fake.zip").write_text("no zip")
    return dist


def files_of(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def test_each_output_has_a_zip_of_its_own(tmp_path: Path, dist: Path) -> None:
    paths = {"A": "docs", "B": "openapi.json", "C": "site.zip"}

    packages = outputs.pack("package", paths, Place(dist, dist), tmp_path)

    assert packages == {"A": tmp_path / "A.zip", "B": tmp_path / "B.zip", "C": tmp_path / "C.zip"}
    assert files_of(packages["A"]) == {"deep/page.html": b"hello"}
    assert files_of(packages["B"]) == {"openapi.json": b"{}"}


@pytest.mark.parametrize("task", ["package", ""])
def test_no_outputs_need_no_zips(tmp_path: Path, task: str) -> None:
    assert outputs.pack(task, {}, Place(tmp_path, tmp_path), tmp_path) == {}


@pytest.mark.parametrize(
    ("task", "words"),
    [("package", "The task package succeeded, but did not make"), ("", "There is no task that makes")],
)
def test_outputs_that_were_not_made_are_named_all_together_and_none_is_packed(
    tmp_path: Path, dist: Path, task: str, words: str
) -> None:
    paths = {"A": "a.zip", "B": "openapi.json", "C": "docs/none"}

    with pytest.raises(JobError) as caught:
        outputs.pack(task, paths, Place(dist, dist), tmp_path)

    assert str(caught.value) == f"{words} A (a.zip), C (docs/none)"
    assert list(tmp_path.iterdir()) == [dist]


def test_a_zip_is_handed_on_as_it_is(tmp_path: Path, dist: Path) -> None:
    assert outputs.pack_one(dist, dist / "site.zip", tmp_path / "A.zip") == tmp_path / "A.zip"
    assert (tmp_path / "A.zip").read_bytes() == (dist / "site.zip").read_bytes()


@pytest.mark.parametrize(
    ("path", "files"),
    [
        ("docs", {"deep/page.html": b"hello"}),
        ("folder.zip", {"inside.txt": b"inside"}),
        ("openapi.json", {"openapi.json": b"{}"}),
    ],
)
def test_a_folder_is_packed_and_another_file_lies_alone_in_its_zip(
    tmp_path: Path, dist: Path, path: str, files: dict[str, bytes]
) -> None:
    package = outputs.pack_one(dist, dist / path, tmp_path / "A.zip")

    assert package == tmp_path / "A.zip"
    assert files_of(package) == files


def test_an_output_that_is_called_a_zip_must_be_one(tmp_path: Path, dist: Path) -> None:
    with pytest.raises(JobError, match=r"^fake\.zip is called a zip and is none$"):
        outputs.pack_one(dist, dist / "fake.zip", tmp_path / "A.zip")


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("out", "out cannot be packed: pipe is neither a file nor a folder nor a link"),
        ("out/pipe", "pipe cannot be packed: it is neither a file nor a folder"),
        ("pipe.zip", "pipe.zip cannot be packed: it is neither a file nor a folder"),
    ],
)
def test_a_pipe_in_an_output_is_named_and_not_waited_for(tmp_path: Path, path: str, words: str) -> None:
    (tmp_path / "out").mkdir()
    os.mkfifo(tmp_path / "out" / "pipe")
    os.mkfifo(tmp_path / "pipe.zip")

    with pytest.raises(JobError) as caught:
        outputs.pack_one(tmp_path, tmp_path / path, tmp_path / "A.zip")

    assert str(caught.value) == words


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("..", "out/other.zip"),
        ("../other.zip", "out.zip"),
        ("/proc/self/environ", "out.json"),
        ("/proc/self", "out"),
        ("/proc/self/fd", "out"),
        ("/etc", "out/hosts"),
    ],
)
def test_nothing_outside_of_the_source_becomes_an_output(tmp_path: Path, target: str, path: str) -> None:
    (source := tmp_path / "source").mkdir()
    (tmp_path / "other.zip").write_bytes(zipped({"secret": "secret"}))
    (source / path.partition("/")[0]).symlink_to(target)
    if not (source / path).exists():
        pytest.skip(f"there is no {target} here")

    with pytest.raises(JobError, match="cannot be packed: it leads out of the source"):
        outputs.pack_one(source, source / path, tmp_path / "A.zip")

    assert not (tmp_path / "A.zip").exists()


def test_an_output_may_be_a_link_in_the_source_also_out_of_the_project(tmp_path: Path, dist: Path) -> None:
    (project := dist / "project").mkdir()
    (project / "site").symlink_to("../docs")

    packages = outputs.pack("package", {"A": "site"}, Place(dist, project), tmp_path)

    assert files_of(packages["A"]) == {"deep/page.html": b"hello"}


def test_folders_that_lie_too_deep_in_each_other_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "out").mkdir()
    monkeypatch.chdir(tmp_path / "out")
    for _ in range(1500):
        os.mkdir("d")  # noqa: PTH102 - the path becomes longer than any may be
        os.chdir("d")
    monkeypatch.chdir(tmp_path)

    with pytest.raises(JobError, match=r"^out cannot be packed: "):
        outputs.pack_one(tmp_path, tmp_path / "out", tmp_path / "A.zip")

    storage.remove(tmp_path / "out")


def test_what_cannot_be_read_is_named(tmp_path: Path, dist: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    open_ = os.open

    def refuse(path: Any, *flags: Any, **options: Any) -> int:
        if Path(path).name == "openapi.json":
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return open_(path, *flags, **options)

    monkeypatch.setattr(os, "open", refuse)  # root may read everything

    with pytest.raises(JobError, match=r"^openapi\.json cannot be packed: .*Permission denied"):
        outputs.pack_one(dist, dist / "openapi.json", tmp_path / "A.zip")
