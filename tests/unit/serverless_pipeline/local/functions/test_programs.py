from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from serverless_pipeline import interpreters
from serverless_pipeline.interpreters import Interpreter
from serverless_pipeline.local.functions import programs, runtime
from serverless_pipeline.local.functions.layout import LAMBDA, Layout
from serverless_pipeline.local.functions.place import Place
from serverless_pipeline.local.functions.programs import NotRun, Program
from serverless_pipeline.local.sandbox.root import Bind, Folder
from tests.support.frozen import changeable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

OWN = Interpreter("3.13", "3.13.1", Path("/usr/bin/python3.13"), Path("/usr/lib/python3.13"), None, "lib")
OTHER = replace(OWN, version="3.12", executable=Path("/opt/python3.12"))
BESIDE = Layout(
    task="/scratch/code/1",
    runtime="/clients",
    layers="/scratch/layers/1",
    temporary="/own/tmp",
    programs="/programs",
    home="/own",
)
BARE = replace(BESIDE, layers="")
NO_NODE = "Node.js is not on this laptop's PATH; install it, or deliver the function to an account"


@pytest.fixture(autouse=True)
def laptop(monkeypatch: pytest.MonkeyPatch) -> None:
    """A laptop that has two Pythons, and shows a folder in the sandbox for each."""

    def entries(python: Interpreter, empty: Path) -> Iterator[Folder]:
        yield Folder(f"{empty}/{python.version}")

    monkeypatch.setattr(interpreters, "own", lambda: OWN)
    monkeypatch.setattr(interpreters, "find", {"3.13": OWN, "3.12": OTHER}.get)
    monkeypatch.setattr(runtime, "entries", entries)


@pytest.fixture
def node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Path]]:
    """Lay a Node.js of a version on the PATH, as a link; nothing else is there."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    forget()

    def lay(version: str) -> Path:
        program = tmp_path / "opt" / "node"
        program.parent.mkdir()
        program.write_text(f"#!/bin/sh\n[ $1 = --version ] && echo v{version}\n")
        program.chmod(0o755)
        (tmp_path / "bin").mkdir()
        (tmp_path / "bin" / "node").symlink_to(program)
        return program.resolve()

    yield lay
    forget()


def forget() -> None:
    """Node.js is looked for anew."""
    programs._node.cache_clear()
    programs._node_version.cache_clear()


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "scratch", "http://127.0.0.1:4600")


@pytest.mark.parametrize(("name", "version"), [("python3.13", "3.13"), ("python3.12", "3.12"), ("python3.9", "3.13")])
def test_a_python_runtime_is_awss_client_on_the_python_of_its_version_or_this_laptops(
    place: Place, name: str, version: str
) -> None:
    program = programs.program(name, "index.handler", place, LAMBDA)

    assert program == Program(
        words=(f"/var/lang/bin/python{version}", "-m", "awslambdaric", "index.handler"),
        entries=(Folder(f"{place.empty}/{version}"),),
        modules={"PYTHONPATH": f"/opt/python/lib/python{version}/site-packages:/opt/python:/var/runtime"},
        difference=programs.difference(name),
    )
    assert dict(program.modules) == {
        "PYTHONPATH": f"/opt/python/lib/python{version}/site-packages:/opt/python:/var/runtime"
    }
    assert not program.is_bootstrap


@pytest.mark.parametrize(
    ("layout", "modules"),
    [
        (BESIDE, "/scratch/layers/1/python/lib/python3.13/site-packages:/scratch/layers/1/python"),
        (BARE, ""),
    ],
)
def test_without_a_sandbox_python_looks_into_the_layers_and_finds_the_runtimes_libraries_by_itself(
    place: Place, layout: Layout, modules: str
) -> None:
    program = programs.program("python3.13", "index.handler", place, layout)

    assert program.words == ("/programs/python3.13", "-m", "awslambdaric", "index.handler")
    assert dict(program.modules) == {"PYTHONPATH": modules}


def test_a_node_runtime_is_our_client_on_the_node_at_hand(place: Place, node: Callable[[str], Path]) -> None:
    executable = node("22.3.1")

    program = programs.program("nodejs22.x", "index.handler", place, LAMBDA)

    assert (program.words, program.in_layers, program.entries, dict(program.modules), program.difference) == (
        ("/var/lang/bin/node", "/var/runtime/node_client.mjs", "index.handler"),
        (),
        (
            Bind(executable, "/var/lang/bin/node"),
            Bind(programs.NODE_CLIENT, "/var/runtime/node_client.mjs"),
        ),
        {"NODE_PATH": "/opt/nodejs/node22/node_modules:/opt/nodejs/node_modules"},
        "",
    )
    assert programs.NODE_CLIENT.is_file()


@pytest.mark.parametrize(
    ("layout", "modules"),
    [
        (
            BESIDE,
            {"NODE_PATH": "/scratch/layers/1/nodejs/node22/node_modules:/scratch/layers/1/nodejs/node_modules"},
        ),
        (BARE, {}),
    ],
)
def test_without_a_sandbox_node_looks_into_the_layers_that_there_are(
    place: Place, node: Callable[[str], Path], layout: Layout, modules: dict[str, str]
) -> None:
    node("22.3.1")

    program = programs.program("nodejs22.x", "index.handler", place, layout)

    assert program.words == ("/programs/node", "/clients/node_client.mjs", "index.handler")
    assert dict(program.modules) == modules


@pytest.mark.parametrize(
    ("layout", "task", "layers"),
    [(LAMBDA, "/var/task", "/opt"), (BESIDE, "/scratch/code/1", "/scratch/layers/1")],
)
@pytest.mark.parametrize("name", ["provided.al2023", "provided.al2", ""])
def test_a_provided_runtime_is_the_functions_own_program(
    place: Place, layout: Layout, task: str, layers: str, name: str
) -> None:
    program = programs.program(name, "anything", place, layout)

    assert program == Program(words=(f"{task}/bootstrap",), in_layers=(f"{layers}/bootstrap",))
    assert program.is_bootstrap


@pytest.mark.parametrize(
    ("name", "difference"),
    [
        ("python3.13", ""),
        ("python3.12", ""),
        ("python3.9", "Python 3.9 is not on this laptop, so python3.9 runs on Python 3.13"),
        ("nodejs22.x", ""),
        ("nodejs24.x", "Node.js 24 is not on this laptop, so nodejs24.x runs on Node.js 22"),
        ("nodejs2.x", "Node.js 2 is not on this laptop, so nodejs2.x runs on Node.js 22"),
        ("provided.al2023", ""),
    ],
)
def test_a_program_that_is_not_of_the_runtimes_version_is_told(
    node: Callable[[str], Path], place: Place, name: str, difference: str
) -> None:
    node("22.3.1")

    assert programs.difference(name) == difference
    assert programs.program(name, "index.handler", place, LAMBDA).difference == difference


def test_a_node_that_is_not_there_is_missing_with_what_to_do(node: Callable[[str], Path], place: Place) -> None:
    del node

    with pytest.raises(NotRun) as caught:
        programs.program("nodejs22.x", "index.handler", place, LAMBDA)

    assert str(caught.value) == NO_NODE
    assert programs.missing("nodejs22.x") == NO_NODE


@pytest.mark.usefixtures("node")
@pytest.mark.parametrize("name", ["python3.13", "python3.9", "provided.al2023", "java25", ""])
def test_what_needs_no_node_is_not_missing(name: str) -> None:
    assert programs.missing(name) == ""


def test_a_node_that_is_there_is_not_missing(node: Callable[[str], Path]) -> None:
    node("22.3.1")

    assert programs.missing("nodejs24.x") == ""


def test_node_is_looked_for_once(node: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    program = node("22.3.1")
    programs.difference("nodejs22.x")

    program.unlink()
    monkeypatch.setenv("PATH", "")

    assert programs.missing("nodejs22.x") == ""
    assert programs.difference("nodejs22.x") == ""


@pytest.mark.parametrize(("name", "python"), [("python3.12", OTHER), ("python3.13", OWN), ("python3.9", OWN)])
def test_the_interpreter_of_a_runtime_is_the_one_of_its_version_or_this_laptops(name: str, python: Interpreter) -> None:
    assert programs.interpreter(name) == python


def test_the_programs_of_a_language_lie_beside_its_own(
    place: Place, node: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def make(python: Interpreter, folder: Path) -> Path:
        return folder / f"python{python.version}" / "bin" / "python"

    executable = node("22.3.1")
    monkeypatch.setattr(runtime, "make", make)

    folders = [programs.folder(name, place) for name in ("python3.12", "python3.9", "nodejs22.x", "provided.al2023")]

    assert folders == [
        f"{place.runtimes}/python3.12/bin",
        f"{place.runtimes}/python3.13/bin",
        str(executable.parent),
        "/usr/local/bin",
    ]


def test_a_program_does_not_change() -> None:
    assert changeable(Program(("word",))) == []
