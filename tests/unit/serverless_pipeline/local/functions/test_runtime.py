from __future__ import annotations

import platform
import subprocess
import sys
from importlib import util
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from serverless_pipeline.local.functions import runtime

FINDABLE = "import sys; from importlib.util import find_spec; print([name for name in sys.argv[1:] if find_spec(name)])"


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


def test_the_interpreter_finds_boto3_with_what_it_needs_and_no_more(tmp_path: Path) -> None:
    python = runtime.make(tmp_path / "runtime")

    names = [*runtime.LIBRARIES, "pytest", "ministack", "pip"]
    findable = subprocess.run([python, "-c", FINDABLE, *names], check=True, capture_output=True, text=True).stdout
    assert findable == f"{list(runtime.LIBRARIES)}\n"
    assert set(runtime.LIBRARIES) == {"boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six", "urllib3"}


def test_the_libraries_are_those_beside_boto3(tmp_path: Path) -> None:
    runtime.make(tmp_path)

    site = tmp_path / "lib" / f"python3.{sys.version_info.minor}" / "site-packages"
    links = {link.name: link.readlink() for link in site.iterdir() if link.is_symlink()}
    origins = {name: Path(str(spec.origin)) for name in ("boto3", "six") if (spec := util.find_spec(name))}
    assert links["boto3"] == origins["boto3"].parent
    assert links["six.py"] == origins["six"]
    assert len(links) == len(runtime.LIBRARIES)


def test_the_interpreter_is_a_link_and_made_anew(tmp_path: Path) -> None:
    (tmp_path / "left.txt").touch()

    python = runtime.make(tmp_path)

    assert python == tmp_path / "bin" / "python"
    assert python.is_symlink()
    assert not (tmp_path / "left.txt").exists()


@pytest.mark.parametrize("spec", [None, ModuleSpec("boto3", None)])
def test_a_library_that_is_missing_is_named_with_what_brings_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, spec: ModuleSpec | None
) -> None:
    monkeypatch.setattr(util, "find_spec", lambda _name: spec)

    with pytest.raises(RuntimeError, match="boto3 is missing beside boto3; install the extra `local` again"):
        runtime.make(tmp_path)
