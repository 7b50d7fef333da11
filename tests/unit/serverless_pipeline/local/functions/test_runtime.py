from __future__ import annotations

import platform
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from serverless_pipeline.local.functions import runtime

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(("machine", "architecture"), [("x86_64", "x86_64"), ("AMD64", "x86_64"), ("aarch64", "arm64")])
def test_the_identity_is_this_interpreters_in_lambdas_words(
    monkeypatch: pytest.MonkeyPatch, machine: str, architecture: str
) -> None:
    monkeypatch.setattr(platform, "machine", lambda: machine)

    assert runtime.identity() == (f"python{sys.version_info[0]}.{sys.version_info[1]}", architecture)


def test_the_interpreter_has_boto3_and_no_more(tmp_path: Path) -> None:
    python = runtime.make(tmp_path / "runtime")

    site = tmp_path / "runtime" / "lib" / f"python3.{sys.version_info.minor}" / "site-packages"
    assert {path.name.removesuffix(".py") for path in site.iterdir()} == set(runtime.LIBRARIES)
    assert subprocess.run([python, "-c", "import boto3; boto3.client"], check=False).returncode == 0
