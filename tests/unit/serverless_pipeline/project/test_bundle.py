from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest

from serverless_pipeline.errors import Error
from serverless_pipeline.local.functions import runtime
from serverless_pipeline.project import assets, bundle
from serverless_pipeline.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

TAG = sys.implementation.cache_tag
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
    folder = assets.functions()

    built = bundle.build(HERE, tmp_path)

    names = set(zipfile.ZipFile(built.path).namelist())
    assert {f"lambdas/{path.relative_to(folder).as_posix()}" for path in folder.rglob("*.py")} <= names
    assert {"invoke/__init__.py", "bin/uv"} <= names
    assert {name.split("/")[0] for name in names} & {"serverless_pipeline", "app", "cfn", "tests", "boto3"} == set()
    assert built.path.stat().st_size < bundle.LIMIT


def test_what_is_offered_to_tasks_needs_invoke_alone(tmp_path: Path) -> None:
    built = bundle.build(HERE, tmp_path / "kept")
    with zipfile.ZipFile(built.path) as archive:
        archive.extractall(tmp_path, [name for name in archive.namelist() if name.startswith(("invoke", "offered/"))])
    (tmp_path / "tasks.py").write_text(
        "from invoke import Collection\n"
        "from serverless_pipeline import archive\n"
        "from serverless_pipeline.tasks import local, pipeline\n"
        "ns = Collection(local, pipeline)\n"
    )

    done = subprocess.run(
        [sys.executable, "-S", "-c", "from invoke.main import program; program.run(['invoke', '--list'])"],
        cwd=tmp_path,
        env={"PYTHONPATH": f"{tmp_path}:{tmp_path / 'offered'}"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert "pipeline.up" in done.stdout, done.stderr


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
def test_bytecode_lies_beside_each_module_and_is_taken_as_it_is(tmp_path: Path) -> None:
    built = bundle.build(HERE, tmp_path / "kept")
    zipfile.ZipFile(built.path).extractall(tmp_path / "out")
    (tmp_path / "out" / "lambdas" / "one.py").write_text("nothing that could be compiled (")

    command = [
        sys.executable,
        "-B",
        "-c",
        "from lambdas.one import handler, __cached__; print(handler.__code__.co_filename, __cached__)",
    ]
    done = subprocess.run(command, cwd=tmp_path / "out", capture_output=True, text=True, check=True)

    assert done.stdout.split() == [
        f"{tmp_path}/out/lambdas/{name}" for name in ("one.py", f"__pycache__/one.{TAG}.pyc")
    ]
    names = set(zipfile.ZipFile(built.path).namelist())
    modules = {PurePosixPath(name) for name in names if name.endswith(".py")}
    assert {str(path.parent / "__pycache__" / f"{path.stem}.{TAG}.pyc") for path in modules} <= names
    assert b"/var/task/lambdas/one.py" in (tmp_path / "out" / "lambdas" / "__pycache__" / f"one.{TAG}.pyc").read_bytes()


@pytest.mark.usefixtures("functions")
def test_bytecode_depends_neither_on_the_place_nor_on_the_seed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    digests = set()
    for seed in ("1", "2"):
        (tmp_path / "longer" / seed).mkdir(parents=True)
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path / ("longer/2" if seed == "2" else "")))
        monkeypatch.setenv("PYTHONHASHSEED", seed)
        digests.add(bundle.build(HERE, tmp_path / f"kept-{seed}").digest)

    assert len(digests) == 1


@pytest.mark.usefixtures("functions")
def test_bytecode_of_another_python_is_not_shipped(tmp_path: Path) -> None:
    other = "python3.13" if RUNTIME != "python3.13" else "python3.12"

    built = bundle.build(Settings(target="aws", runtime=other, architecture=ARCHITECTURE), tmp_path / "kept")

    assert not [name for name in zipfile.ZipFile(built.path).namelist() if name.endswith(".pyc")]


def test_a_function_that_is_no_python_is_named(functions: Path, tmp_path: Path) -> None:
    (functions / "one.py").write_text("def handler(:\n")

    with pytest.raises(Error, match=r"no Python[\s\S]*one\.py"):
        bundle.build(HERE, tmp_path / "kept")

    assert not list(tmp_path.glob("kept/*.zip"))


@pytest.mark.usefixtures("functions")
def test_a_bundle_that_is_too_heavy_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "LIMIT", 100)

    with pytest.raises(Error, match="weighs"):
        bundle.build(HERE, tmp_path / "kept")

    assert not list((tmp_path / "kept").glob("*.zip"))
