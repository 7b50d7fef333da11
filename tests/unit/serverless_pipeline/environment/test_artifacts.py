from __future__ import annotations

import hashlib
import os
import re
import zipfile
from typing import TYPE_CHECKING

import pytest

from serverless_pipeline import archive
from serverless_pipeline.environment.artifacts import Artifacts
from serverless_pipeline.environment.paths import Unfit

if TYPE_CHECKING:
    from pathlib import Path

    from serverless_pipeline.environment.local_paths import Content


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with `src/app.py`, `src/run.sh`, which can be executed, and `api.yml`."""
    project = tmp_path.resolve() / "project"
    (project / "src").mkdir(parents=True)
    (project / "src" / "app.py").write_text("print()")
    (project / "src" / "run.sh").write_text("#!/bin/sh\n")
    (project / "src" / "run.sh").chmod(0o755)
    (project / "api.yml").write_text("openapi: 3.0.0")
    return project


@pytest.fixture
def artifacts(root: Path) -> Artifacts:
    return Artifacts(root, root / "out")


def key(artifacts: Artifacts, path: str, content: Content) -> str:
    place = artifacts.root / path
    return artifacts.key(place, place.name, content)


def entries(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def test_a_file_is_copied_and_named_by_its_content(artifacts: Artifacts) -> None:
    named = key(artifacts, "api.yml", "file")

    assert named == f"assets/{hashlib.sha256(b'openapi: 3.0.0').hexdigest()}.yml"
    assert artifacts.assets == {named: artifacts.home / named}
    assert artifacts.assets[named].read_bytes() == b"openapi: 3.0.0"


@pytest.mark.parametrize("content", ["zip", "bundle"])
def test_a_folder_becomes_a_zip_named_by_its_bytes(artifacts: Artifacts, content: Content) -> None:
    named = key(artifacts, "src", content)

    path = artifacts.assets[named]
    assert named == f"assets/{hashlib.sha256(path.read_bytes()).hexdigest()}.zip"
    assert entries(path) == {"app.py": b"print()", "run.sh": b"#!/bin/sh\n"}


def test_what_can_be_executed_still_can(artifacts: Artifacts) -> None:
    path = artifacts.assets[key(artifacts, "src", "zip")]

    with zipfile.ZipFile(path) as packed:
        modes = {entry.filename: entry.external_attr >> 16 & 0o777 for entry in packed.infolist()}
    assert modes == {"app.py": 0o644, "run.sh": 0o755}


def test_the_same_files_have_the_same_bytes_whenever_they_were_written(root: Path) -> None:
    first = key(Artifacts(root, root / "one"), "src", "zip")
    os.utime(root / "src" / "app.py", (1, 1))
    (root / "src" / "app.py").chmod(0o600)
    second = key(Artifacts(root, root / "two"), "src", "zip")

    assert first == second


def test_a_single_file_becomes_a_zip_where_one_is_needed(artifacts: Artifacts) -> None:
    path = artifacts.assets[key(artifacts, "src/app.py", "zip")]

    assert entries(path) == {"app.py": b"print()"}


def test_a_linked_file_has_the_name_of_its_link_in_the_zip(artifacts: Artifacts, root: Path) -> None:
    named = artifacts.key(root / "src" / "app.py", "index.py", "zip")

    assert entries(artifacts.assets[named]) == {"index.py": b"print()"}


@pytest.mark.parametrize("name", ["app.zip", "app.jar", "app.WAR", "app"])
def test_a_zip_is_taken_as_it_is(artifacts: Artifacts, root: Path, name: str) -> None:
    archive.pack(root / "src", root / name, comment="mine")

    named = key(artifacts, name, "zip")

    assert artifacts.assets[named].read_bytes() == (root / name).read_bytes()
    assert named.removeprefix("assets/")[64:] == name.removeprefix("app")


def test_a_file_stays_as_it_is_where_a_zip_is_not_needed(artifacts: Artifacts) -> None:
    assert key(artifacts, "src/app.py", "bundle").endswith(".py")


def test_an_ending_that_is_none_is_left_away(artifacts: Artifacts, root: Path) -> None:
    for name in ("a.b c", "a.ä", ".env", f"a.{'x' * 17}"):
        (root / name).write_text(name)

    assert all(re.fullmatch(r"assets/[0-9a-f]{64}", key(artifacts, name, "file")) for name in ("a.b c", "a.ä", ".env"))


def test_the_same_place_is_zipped_once(artifacts: Artifacts, monkeypatch: pytest.MonkeyPatch) -> None:
    first = key(artifacts, "src", "zip")
    monkeypatch.setattr(archive, "pack_files", None)

    assert key(artifacts, "src", "zip") == first
    assert len(artifacts.assets) == 1


def test_the_same_content_at_two_places_is_one_asset(artifacts: Artifacts, root: Path) -> None:
    (root / "copy.yml").write_text("openapi: 3.0.0")

    assert key(artifacts, "api.yml", "file") == key(artifacts, "copy.yml", "file")
    assert len(artifacts.assets) == 1


def test_a_folder_that_holds_the_assets_leaves_them_out(root: Path) -> None:
    first, second = (Artifacts(root, root / "out") for _ in range(2))

    assert key(first, "", "zip") == key(second, "", "zip")


def test_a_text_that_lies_nowhere_becomes_an_asset_too(artifacts: Artifacts) -> None:
    named = artifacts.text(b"{}", ".json")

    assert named == f"assets/{hashlib.sha256(b'{}').hexdigest()}.json"
    assert artifacts.assets[named].read_bytes() == b"{}"


def test_nothing_but_assets_is_left_behind(artifacts: Artifacts, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named = [key(artifacts, "src", "zip"), key(artifacts, "api.yml", "file")]

    def full(_: Path, target: Path) -> None:
        target.touch()
        raise OSError(28, "No space left on device", "api.yml")

    monkeypatch.setattr("shutil.copyfile", full)
    with pytest.raises(Unfit, match=r"^src/app\.py cannot be read: No space left on device \(api\.yml\)$"):
        key(artifacts, "src/app.py", "file")

    assert sorted(f"assets/{path.name}" for path in (root / "out" / "assets").iterdir()) == sorted(named)


@pytest.mark.parametrize(
    ("path", "content", "words"),
    [
        ("src", "file", "src is a folder where a file is needed"),
        ("broken.ZIP", "zip", "broken.ZIP is no zip, whatever its name says"),
        ("empty", "zip", "empty holds no file"),
        (".git", "zip", ".git belongs to git and is never packaged"),
        (".git/HEAD", "file", ".git/HEAD belongs to git and is never packaged"),
        ("pipe", "file", "pipe is neither a file nor a folder"),
    ],
)
def test_what_cannot_be_packaged_is_named(
    artifacts: Artifacts, root: Path, path: str, content: Content, words: str
) -> None:
    (root / "empty").mkdir()
    (root / ".git").mkdir()
    (root / ".git" / "HEAD").touch()
    (root / "broken.ZIP").write_text("version https://git-lfs.github.com/spec/v1")
    os.mkfifo(root / "pipe")

    with pytest.raises(Unfit, match=f"^{re.escape(words)}$"):
        key(artifacts, path, content)

    assert artifacts.assets == {}
