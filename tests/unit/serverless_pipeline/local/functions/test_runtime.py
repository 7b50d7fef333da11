from __future__ import annotations

import platform
import subprocess
import sys
from dataclasses import replace
from importlib import util
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from serverless_pipeline import interpreters
from serverless_pipeline.interpreters import Interpreter
from serverless_pipeline.local.functions import runtime
from serverless_pipeline.local.sandbox.root import Bind, Link

if TYPE_CHECKING:
    from collections.abc import Callable

FINDABLE = "import sys; from importlib.util import find_spec; print([name for name in sys.argv[1:] if find_spec(name)])"
NAMES = [
    *("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six", "urllib3"),
    *("awslambdaric", "simplejson", "snapshot_restore_py"),
]


@pytest.fixture
def libraries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Two libraries of the laptop, a folder and a file."""
    folder, file = tmp_path / "site" / "boto3", tmp_path / "site" / "six.py"
    folder.mkdir(parents=True)
    file.touch()
    monkeypatch.setattr(runtime, "libraries", lambda: iter([folder, file]))
    return [folder, file]


@pytest.fixture
def python(tmp_path: Path) -> Callable[..., Interpreter]:
    """An interpreter of another version, whose standard library may have `site-packages`."""

    def make(*, packages: bool = True, folder: str = "lib", library: str = "") -> Interpreter:
        modules = tmp_path / "opt" / folder / "python3.99"
        modules.mkdir(parents=True)
        if packages:
            (modules / "site-packages").mkdir()
        shared = None
        if library:
            shared = tmp_path / "opt" / "lib" / library
            shared.parent.mkdir(exist_ok=True)
            (shared.parent / f"{library}.1.0").touch()
            shared.symlink_to(f"{library}.1.0")
        return Interpreter("3.99", "3.99.1", tmp_path / "opt" / "bin" / "python3.99", modules, shared, folder)

    return make


@pytest.mark.parametrize(
    ("machine", "architecture"),
    [
        ("x86_64", "x86_64"),
        ("AMD64", "x86_64"),
        ("amd64", "x86_64"),
        ("arm64", "arm64"),
        ("aarch64", "arm64"),
        ("riscv64", "riscv64"),
    ],
)
def test_the_identity_is_this_interpreters_in_lambdas_words(
    monkeypatch: pytest.MonkeyPatch, machine: str, architecture: str
) -> None:
    monkeypatch.setattr(platform, "machine", lambda: machine)

    assert runtime.identity() == (f"python{sys.version_info[0]}.{sys.version_info[1]}", architecture)


def test_a_sandbox_has_the_program_its_library_and_modules_where_lambda_has_them(
    python: Callable[..., Interpreter], libraries: list[Path], tmp_path: Path
) -> None:
    interpreter = python(library="libpython3.99.so")
    folder, file = libraries

    assert list(runtime.entries(interpreter, tmp_path / "empty")) == [
        Bind(tmp_path / "opt/bin/python3.99", "/var/lang/bin/python3.99"),
        Link("/var/lang/bin/python3", "python3.99"),
        Link("/var/lang/bin/python", "python3.99"),
        Bind(tmp_path / "opt/lib/python3.99", "/var/lang/lib/python3.99"),
        Bind(tmp_path / "empty", "/var/lang/lib/python3.99/site-packages"),
        Bind(tmp_path / "opt/lib/libpython3.99.so.1.0", "/var/lang/lib/libpython3.99.so"),
        Bind(folder, "/var/runtime/boto3"),
        Bind(file, "/var/runtime/six.py"),
    ]


@pytest.mark.usefixtures("libraries")
def test_a_folder_of_another_name_stays_one_and_what_is_not_there_is_not_laid(
    python: Callable[..., Interpreter], tmp_path: Path
) -> None:
    entries = list(runtime.entries(python(packages=False, folder="lib64"), tmp_path / "empty"))

    modules = Bind(tmp_path / "opt/lib64/python3.99", "/var/lang/lib64/python3.99")
    assert entries[3:-2] == [modules]


def test_the_libraries_are_those_beside_boto3_and_aws_client_as_installed() -> None:
    sources = {path.name: path for path in runtime.libraries()}

    origins = {name: Path(str(spec.origin)) for name in (*NAMES, "runtime_client") if (spec := util.find_spec(name))}
    own = Path(runtime.__file__).parent / "runtime_client.py"
    assert sources == {own.name: own} | {
        path.name: path
        for path in (origin.parent if origin.name == "__init__.py" else origin for origin in origins.values())
    }
    assert set(NAMES) <= set(origins)
    assert {"boto3", "six.py", "awslambdaric"} <= set(sources)


def test_where_the_clients_compiled_part_is_missing_ours_stands_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    find = util.find_spec
    monkeypatch.setattr(util, "find_spec", lambda name: None if name == "runtime_client" else find(name))

    names = [path.name for path in runtime.libraries() if path.name.startswith("runtime_client")]

    assert names == ["runtime_client.py"]


def test_without_a_sandbox_the_interpreter_finds_these_and_no_more(tmp_path: Path) -> None:
    python = runtime.make(interpreters.own(), tmp_path)

    names = [*NAMES, "runtime_client", "pytest", "ministack", "pip"]
    findable = subprocess.run([python, "-c", FINDABLE, *names], check=True, capture_output=True, text=True).stdout
    assert findable == f"{[*NAMES, 'runtime_client']}\n"


def test_its_libraries_and_its_program_are_links(tmp_path: Path, libraries: list[Path]) -> None:
    own = interpreters.own()

    python = runtime.make(own, tmp_path / "runtimes")

    place = tmp_path / "runtimes" / f"python{own.version}"
    assert python == place / "bin" / "python"
    assert python.resolve() == own.executable.resolve()
    packages = place / "lib" / f"python{own.version}" / "site-packages"
    assert {link.name: link.readlink() for link in packages.iterdir()} == {path.name: path for path in libraries}


@pytest.mark.usefixtures("libraries")
def test_it_is_made_once_for_each_version(tmp_path: Path) -> None:
    first = runtime.make(interpreters.own(), tmp_path)

    again = runtime.make(replace(interpreters.own(), executable=Path("/gone")), tmp_path)

    assert again == first


@pytest.mark.usefixtures("libraries")
def test_what_an_interrupted_start_left_is_made_anew(tmp_path: Path) -> None:
    own = interpreters.own()
    half = tmp_path / f"python{own.version}.new"
    (half / "lib" / f"python{own.version}" / "site-packages").mkdir(parents=True)
    (half / "lib" / f"python{own.version}" / "site-packages" / "half").touch()

    python = runtime.make(own, tmp_path)

    assert not half.exists()
    assert list(python.parent.parent.rglob("half")) == []


@pytest.mark.parametrize("spec", [None, ModuleSpec("boto3", None)])
def test_a_library_that_is_missing_is_named_with_what_brings_it(
    monkeypatch: pytest.MonkeyPatch, spec: ModuleSpec | None
) -> None:
    monkeypatch.setattr(util, "find_spec", lambda _name: spec)

    with pytest.raises(RuntimeError, match="boto3 is missing beside boto3; install the extra `local` again"):
        list(runtime.libraries())
