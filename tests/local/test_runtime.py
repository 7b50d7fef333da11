from __future__ import annotations

import platform
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.local import runtime

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

IMPORTS = """
import importlib, subprocess, sys

WANTED = ("boto3", "dateutil", "ministack", "jinja2", "invoke", "pip", "pytest", "serverless_pipeline", "bootstrap")

def found(name):
    try:
        importlib.import_module(name)
    except ImportError:
        return False
    return True

def handler(event, context):
    child = subprocess.run([sys.executable, "-c", "import jinja2"], capture_output=True)
    return {"found": [name for name in WANTED if found(name)], "child": child.returncode}
"""


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


@pytest.mark.embedded
def test_a_function_and_its_children_find_the_standard_library_and_boto3_only(
    make: Callable[..., str], invoke: Callable[..., Any]
) -> None:
    name = make(IMPORTS, Timeout=30)

    assert invoke(name) == {"found": ["boto3", "dateutil"], "child": 1}
