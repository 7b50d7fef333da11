from __future__ import annotations

import subprocess
from pathlib import Path, PurePosixPath

import pytest

from serverless_pipeline.init import sites
from serverless_pipeline.init.builds import Build
from serverless_pipeline.init.place import Place
from serverless_pipeline.init.sites import Site
from tests.support.folder import fill


@pytest.mark.parametrize("folder", ["public", "site", "dist", "build", "frontend/public", "docs"])
def test_a_folder_with_an_index_is_a_site(tmp_path: Path, folder: str) -> None:
    fill(tmp_path, {f"{folder}/index.html": "", "index.html": ""})

    assert sites.find(Place.of(tmp_path), ()) == Site(PurePosixPath(folder))


def test_what_a_build_makes_comes_before_what_lies_there(tmp_path: Path) -> None:
    fill(tmp_path, {"public/index.html": ""})
    builds = (Build(PurePosixPath("lib"), ()), Build(PurePosixPath("web"), (), PurePosixPath("web/dist")))

    assert sites.find(Place.of(tmp_path), builds) == Site(PurePosixPath("web/dist"), is_built=True)


def test_what_git_ignores_is_delivered_by_nobody(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    fill(tmp_path, {"dist/index.html": "", "docs/index.html": "", ".gitignore": "dist\n"})

    assert sites.find(Place.of(tmp_path), ()) == Site(PurePosixPath("docs"))


def test_of_a_site_among_other_files_those_for_its_readers_belong_to_it(tmp_path: Path) -> None:
    inside = ["404.html", "css/a.css", "img/a.png", "index.html", "robots.txt"]
    outside = ["README.md", "tasks.py", ".gitignore", "tests/test_a.py", "package.json", "invoke.yaml"]
    fill(tmp_path, dict.fromkeys([*inside, *outside], ""))

    site = sites.find(Place.of(tmp_path), ())

    assert site == Site(PurePosixPath("dist/site"), parts=("404.html", "css", "img", "index.html", "robots.txt"))
    assert site.is_scattered


def test_a_folder_without_an_index_is_none(tmp_path: Path) -> None:
    fill(tmp_path, {"public/a.html": ""})

    assert sites.find(Place.of(tmp_path), ()) is None
