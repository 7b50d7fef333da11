from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import serverless_pipeline
from serverless_pipeline import assets
from serverless_pipeline.errors import Error

if TYPE_CHECKING:
    from collections.abc import Callable

FOLDERS = [(assets.templates, "cfn", "root.yml.j2"), (assets.functions, "lambdas", "requirements.txt")]


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package without anything in or beside it."""
    folder = tmp_path / "checkout" / "serverless_pipeline"
    folder.mkdir(parents=True)
    monkeypatch.setattr(assets, "_PACKAGE", folder)
    return folder


def put(folder: Path, name: str) -> Path:
    folder.mkdir()
    (folder / name).touch()
    return folder


@pytest.mark.parametrize(("find", "name", "mark"), FOLDERS)
def test_in_a_checkout_a_folder_lies_beside_the_package(
    package: Path, find: Callable[[], Path], name: str, mark: str
) -> None:
    beside = put(package.parent / name, mark)

    assert find() == beside


@pytest.mark.parametrize(("find", "name", "mark"), FOLDERS)
def test_in_a_wheel_it_lies_in_the_package_whatever_lies_beside(
    package: Path, find: Callable[[], Path], name: str, mark: str
) -> None:
    put(package.parent / name, mark)
    inside = put(package / name, mark)

    assert find() == inside


@pytest.mark.parametrize(("find", "name", "mark"), FOLDERS)
def test_a_stranger_of_the_same_name_is_not_taken_for_it(
    package: Path, find: Callable[[], Path], name: str, mark: str
) -> None:
    put(package.parent / name, "something.else")

    with pytest.raises(Error) as caught:
        find()

    assert caught.value.message == (
        f"serverless_pipeline has lost its folder {name}/: "
        f"{mark} is neither in {package / name} nor in {package.parent / name}\n"
        "  Next: install it again (pip install --force-reinstall serverless-pipeline) or check the repository out anew"
    )


def test_this_checkout_has_both() -> None:
    assert Path(serverless_pipeline.__file__).parent == assets._PACKAGE
    assert (assets.templates() / "root.yml.j2").is_file()
    assert (assets.functions() / "requirements.txt").is_file()
