from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import pytest

from lambdas.job.ending import JobError
from lambdas.tasks import outputs
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

    packages = outputs.pack("package", paths, dist, tmp_path)

    assert packages == {"A": tmp_path / "A.zip", "B": tmp_path / "B.zip", "C": dist / "site.zip"}
    assert files_of(packages["A"]) == {"deep/page.html": b"hello"}
    assert files_of(packages["B"]) == {"openapi.json": b"{}"}


@pytest.mark.parametrize("task", ["package", ""])
def test_no_outputs_need_no_zips(tmp_path: Path, task: str) -> None:
    assert outputs.pack(task, {}, tmp_path, tmp_path) == {}


@pytest.mark.parametrize(
    ("task", "words"),
    [("package", "The task package succeeded, but did not make"), ("", "There is no task that makes")],
)
def test_outputs_that_were_not_made_are_named_all_together_and_none_is_packed(
    tmp_path: Path, dist: Path, task: str, words: str
) -> None:
    paths = {"A": "a.zip", "B": "openapi.json", "C": "docs/none"}

    with pytest.raises(JobError) as caught:
        outputs.pack(task, paths, dist, tmp_path)

    assert str(caught.value) == f"{words} A (a.zip), C (docs/none)"
    assert list(tmp_path.iterdir()) == [dist]


def test_a_zip_is_handed_on_as_it_is(tmp_path: Path, dist: Path) -> None:
    assert outputs.pack_one(dist / "site.zip", tmp_path / "A.zip") == dist / "site.zip"
    assert not (tmp_path / "A.zip").exists()


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
    package = outputs.pack_one(dist / path, tmp_path / "A.zip")

    assert package == tmp_path / "A.zip"
    assert files_of(package) == files


def test_an_output_that_is_called_a_zip_must_be_one(tmp_path: Path, dist: Path) -> None:
    with pytest.raises(JobError, match=r"^fake\.zip is called a zip and is none$"):
        outputs.pack_one(dist / "fake.zip", tmp_path / "A.zip")


@pytest.mark.parametrize("path", ["out", "out/pipe"])
def test_a_pipe_in_an_output_is_named_and_not_waited_for(tmp_path: Path, path: str) -> None:
    (tmp_path / "out").mkdir()
    os.mkfifo(tmp_path / "out" / "pipe")

    with pytest.raises(JobError) as caught:
        outputs.pack_one(tmp_path / path, tmp_path / "A.zip")

    name = Path(path).name
    assert str(caught.value) == f"{name} cannot be packed: pipe is neither a file nor a folder nor a link"
