from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import pytest

from serverless_pipeline import assets, bundle
from serverless_pipeline.errors import Error
from serverless_pipeline.local import runtime
from serverless_pipeline.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

RUNTIME, ARCHITECTURE = runtime.identity()
HERE = Settings(runtime=RUNTIME, architecture=ARCHITECTURE)


@pytest.fixture
def functions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of functions of the test's own."""
    folder = tmp_path / "lambdas"
    folder.mkdir()
    (folder / "one.py").write_text("def handler(event, context): ...\n")
    (folder / "requirements.txt").write_text("invoke==3.0.3\n")
    monkeypatch.setattr(assets, "functions", lambda: folder)
    return folder


@pytest.mark.usefixtures("functions")
def test_two_builds_have_one_digest(tmp_path: Path) -> None:
    built = [bundle.build(HERE, tmp_path / name) for name in ("first", "second")]

    assert built[0].digest == built[1].digest
    assert built[0].path.read_bytes() == built[1].path.read_bytes()


def test_a_bundle_is_built_once_until_something_in_it_changes(functions: Path, tmp_path: Path) -> None:
    first = bundle.build(HERE, tmp_path / "kept")
    again = bundle.build(HERE, tmp_path / "kept")
    (functions / "one.py").write_text("# changed\n")
    changed = bundle.build(HERE, tmp_path / "kept")

    assert again == first
    assert changed.digest != first.digest


def test_the_real_bundle_holds_the_functions_and_their_requirements_and_is_light(tmp_path: Path) -> None:
    built = bundle.build(HERE, tmp_path)

    names = set(zipfile.ZipFile(built.path).namelist())
    assert {path.name for path in assets.functions().glob("*.py")} <= names
    assert {"invoke/__init__.py", "bin/uv"} <= names
    assert {name.split("/")[0] for name in names} & {"serverless_pipeline", "app", "cfn", "tests", "boto3"} == set()
    assert built.path.stat().st_size < bundle.LIMIT


def test_a_bundle_for_an_account_holds_the_programs_of_its_architecture(tmp_path: Path) -> None:
    built = bundle.build(Settings(target="aws", runtime="python3.13", architecture="arm64"), tmp_path)

    with zipfile.ZipFile(built.path) as archive:
        header = archive.read("bin/uv")[:20]
    aarch64 = 0xB7
    assert header[:4] == b"\x7fELF"
    assert int.from_bytes(header[18:20], "little") == aarch64


def test_a_requirement_that_does_not_exist_is_told_in_uvs_words(functions: Path, tmp_path: Path) -> None:
    (functions / "requirements.txt").write_text("invoke==999.0\n")

    with pytest.raises(Error, match=r"invoke==999\.0[\s\S]*lambdas/requirements\.txt"):
        bundle.build(HERE, tmp_path / "kept")

    assert not list(tmp_path.glob("kept/*.zip"))


@pytest.mark.usefixtures("functions")
def test_a_bundle_that_is_too_heavy_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "LIMIT", 100)

    with pytest.raises(Error, match="weighs"):
        bundle.build(HERE, tmp_path / "kept")

    assert not list((tmp_path / "kept").glob("*.zip"))
