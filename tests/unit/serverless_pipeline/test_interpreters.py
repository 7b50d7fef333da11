from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import uv

from serverless_pipeline import interpreters
from serverless_pipeline.interpreters import Interpreter
from tests.support.frozen import changeable

if TYPE_CHECKING:
    from collections.abc import Iterator

OWN = f"{sys.version_info[0]}.{sys.version_info[1]}"
OTHER = "3.99"


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """What was found for others is forgotten before and after."""
    interpreters.find.cache_clear()
    yield
    interpreters.find.cache_clear()


@pytest.fixture(autouse=True)
def laptop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A laptop whose uv finds nothing and which has no pyenv."""
    monkeypatch.setattr(uv, "find_uv_bin", lambda: str(program(tmp_path / "uv", "exit 2")))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    return tmp_path


def program(path: Path, script: str) -> Path:
    """A program of the shell."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def python(path: Path, version: str = OTHER, **details: Any) -> Interpreter:
    """One that answers as a Python of this version does, and what is to be known of it."""
    document = {
        "version": version,
        "release": f"{version}.1",
        "executable": str(path.resolve()),
        "modules": f"/modules/python{version}",
        "library": None,
        "folder": "lib",
    } | details
    program(path, f"echo '{json.dumps(document)}'")
    return Interpreter(
        version=version,
        release=document["release"],
        executable=path.resolve(),
        modules=Path(document["modules"]),
        library=Path(document["library"]) if document["library"] else None,
        folder=document["folder"],
    )


def knows(monkeypatch: pytest.MonkeyPatch, laptop: Path, executable: Path) -> Path:
    """Let uv find this one; what it is asked is written to a file."""
    asked = laptop / "asked"
    told = program(laptop / "uv", f'echo "$@" >>{asked}\necho {executable}')
    monkeypatch.setattr(uv, "find_uv_bin", lambda: str(told))
    return asked


def test_this_process_runs_on_its_own() -> None:
    own = interpreters.own()

    assert (own.version, own.folder) == (OWN, sys.platlibdir)
    assert own.modules == Path(sysconfig.get_path("stdlib")).resolve()
    assert own.executable == Path(getattr(sys, "_base_executable", sys.executable)).resolve()
    assert own.library is None or own.library.is_file()


def test_its_own_version_is_its_own_and_nobody_is_asked(laptop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = knows(monkeypatch, laptop, laptop / "other")

    assert interpreters.find(OWN) is interpreters.own()
    assert not asked.exists()


def test_another_version_is_the_one_that_uv_finds_and_nothing_is_downloaded(
    laptop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = python(laptop / "bin" / "python3.99", library="/lib/libpython3.99.so.1.0", folder="lib64")
    asked = knows(monkeypatch, laptop, other.executable)

    found = [interpreters.find(OTHER), interpreters.find(OTHER)]

    assert found == [other, other]
    assert asked.read_text() == "python find --no-project --no-python-downloads 3.99\n"


def test_one_of_pyenv_is_taken_where_uv_finds_none(laptop: Path) -> None:
    other = python(laptop / "pyenv" / "versions" / "3.99.4" / "bin" / "python3.99")
    python(laptop / "pyenv" / "versions" / "3.9.9" / "bin" / "python3.9", "3.9")

    assert interpreters.find(OTHER) == other


def test_pyenv_lies_in_the_home_where_nothing_else_is_said(laptop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYENV_ROOT")
    monkeypatch.setenv("HOME", str(laptop))
    other = python(laptop / ".pyenv" / "versions" / "3.99.0" / "bin" / "python3.99")

    assert interpreters.find(OTHER) == other


@pytest.mark.parametrize("script", ["exit 1", "echo no json", "echo '{}'", "kill -9 $$"])
def test_one_that_does_not_describe_itself_is_passed_over(
    laptop: Path, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    knows(monkeypatch, laptop, program(laptop / "broken", script))
    other = python(laptop / "pyenv" / "versions" / "3.99.4" / "bin" / "python3.99")

    assert interpreters.find(OTHER) == other


@pytest.mark.parametrize("name", ["gone", "of-another-version"])
def test_one_that_is_gone_or_of_another_version_is_not_taken(
    laptop: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    python(laptop / "of-another-version", "3.98")
    knows(monkeypatch, laptop, laptop / name)

    assert interpreters.find(OTHER) is None


def test_a_version_that_is_not_on_the_laptop_is_none() -> None:
    assert interpreters.find(OTHER) is None


def test_one_is_asked_without_the_users_modules_and_variables(laptop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = laptop / "words"
    program(laptop / "python", f'echo "$1 $2" >{words}; echo no json')
    knows(monkeypatch, laptop, laptop / "python")

    interpreters.find(OTHER)

    assert words.read_text() == "-I -c\n"


def describe(prelude: str) -> dict[str, Any]:
    """What an interpreter says of itself after this."""
    words = [sys.executable, "-I", "-c", f"{prelude}\n{interpreters.DESCRIBE}"]
    document: dict[str, Any] = json.loads(subprocess.run(words, check=True, capture_output=True).stdout)
    return document


@pytest.mark.parametrize(
    ("name", "lies_there", "told"),
    [("libpython.so.1.0", True, True), ("libpython.so.1.0", False, False), ("libpython.a", True, False)],
)
def test_a_shared_library_is_told_where_it_is_there(tmp_path: Path, name: str, *, lies_there: bool, told: bool) -> None:
    if lies_there:
        (tmp_path / name).touch()
    values = {"LIBDIR": str(tmp_path), "INSTSONAME": name}

    document = describe(f"import sysconfig; sysconfig.get_config_var = {values!r}.get")

    assert document["library"] == (str(tmp_path / name) if told else None)


def test_a_link_to_an_interpreter_is_followed(tmp_path: Path) -> None:
    (tmp_path / "python").symlink_to(os.devnull)

    document = describe(f"import sys; sys._base_executable = {str(tmp_path / 'python')!r}")

    assert document["executable"] == os.devnull


def test_one_that_knows_of_no_base_is_its_own() -> None:
    document = describe("import sys, sysconfig; sys._base_executable = None")

    assert document["executable"] == os.path.realpath(sys.executable)


def test_an_interpreter_does_not_change() -> None:
    assert changeable(interpreters.own()) == []
