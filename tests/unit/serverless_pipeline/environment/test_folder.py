from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import pytest

from serverless_pipeline.environment import folder
from serverless_pipeline.environment.paths import Unfit

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with `src/app.py` and `src/pages/index page.html`."""
    project = tmp_path.resolve() / "project"
    for name in ("src/app.py", "src/pages/index page.html"):
        write(project / name)
    return project


def write(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    return path


def test_all_files_are_found_by_their_names_from_the_folder(root: Path) -> None:
    src = root / "src"
    write(src / ".env")
    (src / "empty").mkdir()

    assert folder.files(src, root) == {
        ".env": src / ".env",
        "app.py": src / "app.py",
        "pages/index page.html": src / "pages" / "index page.html",
    }


def test_what_never_belongs_to_an_artifact_is_left_out(root: Path) -> None:
    for name in (".git/HEAD", ".local/aws.json", "src/.git", "src/__pycache__/app.pyc", "src/.DS_Store", "out/a.zip"):
        write(root / name)
    write(root / "src" / ".local" / "kept")
    (root / "src" / "repository").symlink_to("../.git")
    (root / "src" / "state").symlink_to("../.local")

    found = folder.files(root, root, {root / "out"})

    assert list(found) == ["src/.local/kept", "src/app.py", "src/pages/index page.html"]


def test_links_are_followed(root: Path) -> None:
    write(root / "shared" / "lib" / "one.py")
    (root / "src" / "lib").symlink_to("../shared/lib")
    (root / "src" / "main.py").symlink_to("app.py")

    found = folder.files(root / "src", root)

    assert found["lib/one.py"] == root / "shared" / "lib" / "one.py"
    assert found["main.py"] == root / "src" / "app.py"


def test_the_same_folder_may_be_linked_twice(root: Path) -> None:
    (root / "src" / "again").symlink_to("pages")

    assert {"pages/index page.html", "again/index page.html"} <= folder.files(root / "src", root).keys()


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("../../../secret", "src/pages/link leads out of the project"),
        ("/etc/passwd", "src/pages/link leads out of the project"),
        ("absent", "src/pages/link is a link that leads nowhere"),
        ("..", "src holds a link to itself"),
        (".", "src/pages holds a link to itself"),
    ],
)
def test_a_link_that_cannot_be_followed_is_named(root: Path, target: str, words: str) -> None:
    write(root.parent / "secret")
    (root / "src" / "pages" / "link").symlink_to(target)

    with pytest.raises(Unfit, match=f"^{re.escape(words)}$"):
        folder.files(root / "src", root)


def test_links_that_lead_to_each_other_end(root: Path) -> None:
    write(root / "other" / "file")
    (root / "src" / "other").symlink_to("../other")
    (root / "other" / "src").symlink_to("../src")

    with pytest.raises(Unfit, match=r"^src holds a link to itself$"):
        folder.files(root / "src", root)


def test_a_folder_without_a_file_is_refused(root: Path) -> None:
    (root / "empty" / "inner").mkdir(parents=True)

    with pytest.raises(Unfit, match=r"^empty holds no file$"):
        folder.files(root / "empty", root)


def test_what_is_neither_a_file_nor_a_folder_is_named(root: Path) -> None:
    os.mkfifo(root / "src" / "pipe")

    with pytest.raises(Unfit, match=r"^src/pipe is neither a file nor a folder$"):
        folder.files(root / "src", root)


def test_a_name_that_is_not_utf_8_is_told_in_signs_that_can_be_printed(root: Path) -> None:
    write(root / "src" / os.fsdecode(b"caf\xe9"))

    with pytest.raises(Unfit) as raised:
        folder.files(root / "src", root)

    assert str(raised.value) == r"'src/caf\udce9' has a name that is not UTF-8"
