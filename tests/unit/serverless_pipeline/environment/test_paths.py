from __future__ import annotations

import re
from pathlib import Path

import pytest

from serverless_pipeline.environment import paths
from serverless_pipeline.environment.paths import Unfit


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with `infra/` and `src/my code.py`, beside which lies `secret`."""
    project = tmp_path.resolve() / "project"
    for folder in ("infra", "src"):
        (project / folder).mkdir(parents=True)
    (project / "src" / "my code.py").touch()
    (tmp_path / "secret").touch()
    return project


@pytest.mark.parametrize("path", ["../src/my code.py", "./../src/./my code.py", "../absent/../src/my code.py"])
def test_a_path_is_found_from_the_folder_where_it_is_written(root: Path, path: str) -> None:
    assert paths.find(path, root / "infra", root) == root / "src" / "my code.py"


def test_a_path_from_the_root_of_the_disk_is_found_if_it_lies_in_the_project(root: Path) -> None:
    assert paths.find(str(root / "src"), root / "infra", root) == root / "src"


def test_a_link_leads_to_its_real_place(root: Path) -> None:
    (root / "infra" / "code").symlink_to(root / "src")

    assert paths.find("code", root / "infra", root) == root / "src"


@pytest.mark.parametrize("path", ["../secret", "/etc/passwd", "..", "link", "folder/secret"])
def test_no_path_leads_out_of_the_project(root: Path, path: str) -> None:
    (root / "link").symlink_to("../secret")
    (root / "folder").symlink_to("..")

    with pytest.raises(Unfit, match=rf"^{re.escape(path)} leads out of the project$"):
        paths.find(path, root, root)


@pytest.mark.parametrize("path", ["absent", "src/my code.py/x", "x" * 300, "a\0b", "../project-other"])
def test_where_there_is_nothing_the_path_is_named(root: Path, path: str) -> None:
    with pytest.raises(Unfit) as raised:
        paths.find(path, root, root)

    assert str(raised.value) == f"there is no {path}"


def test_a_variable_in_a_path_is_pointed_at(root: Path) -> None:
    with pytest.raises(Unfit, match=r"^there is no src/\$\{Name\}; variables are not filled in here$"):
        paths.find("src/${Name}", root, root)


@pytest.mark.parametrize("target", ["absent", "link"])
def test_a_link_that_leads_nowhere_is_told(root: Path, target: str) -> None:
    (root / "link").symlink_to(target)

    with pytest.raises(Unfit, match=r"^link is a link that leads nowhere$"):
        paths.find("link", root, root)


def test_a_path_is_named_from_the_root(root: Path) -> None:
    assert paths.named(root / "src" / "my code.py", root) == "src/my code.py"
    assert paths.named(Path("/etc/passwd"), root) == "/etc/passwd"
