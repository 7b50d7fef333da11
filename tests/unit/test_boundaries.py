"""The four worlds meet only through AWS's documents: a template, a zip, a job event, an API call."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.support import ROOT

if TYPE_CHECKING:
    from pathlib import Path

LIBRARY = ROOT / "serverless_pipeline"
EMBEDDED = LIBRARY / "local"
FUNCTIONS = ROOT / "lambdas"
APPLICATION = ROOT / "app"
AWS_SDK = {"boto3", "botocore"}
STANDARD = set(sys.stdlib_module_names)
GROUND = ("settings", "errors", "aws", "tags", "interpreters")
"""What the embedded AWS uses of the library."""
ENVIRONMENT = LIBRARY / "environment"
BESIDE_THE_SOURCE = {"yaml", "jinja2"}
"""What a function has beside the source, where the room of the environment runs as well."""
DOCUMENTS = ("serverless_pipeline.cloudformation.calls.",)
"""And AWS's own documents in it, as the environment uses them: what the handlers of the resource schemas call."""


def modules(folder: Path) -> list[Path]:
    paths = sorted(folder.rglob("*.py"))
    assert paths, f"{folder} holds no module; this test would guard nothing"
    return paths


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imports(path: Path, *, at_start_only: bool = False) -> set[str]:
    """The dotted names a module imports; `if TYPE_CHECKING:` does not count, nor, if asked, what functions import."""
    tree = ast.parse(path.read_text())
    return {name for node in walk(tree, at_start_only=at_start_only) for name in imported(node)}


def walk(tree: ast.AST, *, at_start_only: bool) -> list[ast.AST]:
    nodes: list[ast.AST] = []
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if at_start_only and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        nodes += [node, *walk(node, at_start_only=at_start_only)]
    return nodes


def imported(node: ast.AST) -> list[str]:
    match node:
        case ast.Import(names):
            return [alias.name for alias in names]
        case ast.ImportFrom(module=str(module), names=names, level=0):
            return [f"{module}.{alias.name}" for alias in names]
    return []


def top(names: set[str]) -> set[str]:
    return {name.split(".")[0] for name in names}


def required(requirements: Path) -> set[str]:
    """The distributions a requirements file names, as module names are written."""
    lines = [line.split("#")[0].strip() for line in requirements.read_text().splitlines()]
    return {re.split(r"[=<>\[; ]", line)[0].lower().replace("-", "_") for line in lines if line}


def test_the_walk_sees_what_it_must_see() -> None:
    source = "import a\nfrom b.c import d\nif TYPE_CHECKING:\n    import e\ndef f():\n    import g\n"
    tree = ast.parse(source)

    everything = {name for node in walk(tree, at_start_only=False) for name in imported(node)}
    at_start = {name for node in walk(tree, at_start_only=True) for name in imported(node)}

    assert everything == {"a", "b.c.d", "g"}
    assert at_start == {"a", "b.c.d"}


@pytest.mark.parametrize("path", modules(FUNCTIONS), ids=named)
def test_a_function_needs_the_standard_library_boto3_and_its_requirements(path: Path) -> None:
    allowed = STANDARD | AWS_SDK | {"lambdas"} | required(FUNCTIONS / "requirements.txt")

    assert top(imports(path)) <= allowed


@pytest.mark.parametrize("path", modules(APPLICATION), ids=named)
def test_the_application_needs_its_own_requirements_only(path: Path) -> None:
    siblings = {sibling.stem for sibling in modules(APPLICATION)}
    allowed = STANDARD | AWS_SDK | siblings | {"app"} | required(APPLICATION / "requirements.txt")

    assert top(imports(path)) <= allowed


@pytest.mark.parametrize("path", modules(LIBRARY), ids=named)
def test_the_library_imports_neither_functions_nor_application(path: Path) -> None:
    assert not top(imports(path)) & {"app", "lambdas"}


@pytest.mark.parametrize("path", [path for path in modules(LIBRARY) if EMBEDDED not in path.parents], ids=named)
def test_only_tasks_reach_for_the_embedded_aws_and_only_when_they_need_it(path: Path) -> None:
    local = "serverless_pipeline.local"
    names = imports(path, at_start_only=path.parent.name == "tasks" or path.name == "session.py")

    assert not {name for name in names if name == local or name.startswith(f"{local}.")}


@pytest.mark.parametrize("path", modules(EMBEDDED), ids=named)
def test_the_embedded_aws_uses_nothing_of_the_library_but_its_ground(path: Path) -> None:
    ours = {name for name in imports(path) if name.startswith("serverless_pipeline.")}
    rooms = {name.split(".")[1] for name in ours if not name.startswith(DOCUMENTS)}

    assert rooms <= {"local", *GROUND}


@pytest.mark.parametrize("path", modules(ENVIRONMENT), ids=named)
def test_the_environment_needs_what_there_is_beside_the_source(path: Path) -> None:
    names = imports(path)

    ours = {name for name in names if name.startswith("serverless_pipeline.")}
    rooms = {name.split(".")[1] for name in ours if not name.startswith(DOCUMENTS)}
    assert top(names) <= STANDARD | BESIDE_THE_SOURCE | {"serverless_pipeline"}
    assert rooms <= {"environment", "archive", "errors", "jinja"}
    assert not top(imports(path, at_start_only=True)) & BESIDE_THE_SOURCE


def test_the_environment_is_packaged_where_nothing_else_is_installed(tmp_path: Path) -> None:
    names = [f"serverless_pipeline.environment.{path.stem}" for path in modules(ENVIRONMENT) if path.stem[0] != "_"]
    (tmp_path / "t.yml.j2").write_text("Resources: {A: {Type: 'AWS::Lambda::Function', Properties: {Code: t.yml.j2}}}")
    code = f"""
import importlib, sys
from pathlib import Path
sys.modules.update(dict.fromkeys({[*sorted(AWS_SDK), "cfnlint", "rich", "invoke"]}))
for name in {names}:
    importlib.import_module(name)
heavy = {sorted(BESIDE_THE_SOURCE)}
print([name for name in heavy if name in sys.modules])
from serverless_pipeline.environment import document, packaging
from serverless_pipeline.errors import Misconfigured
print(len(packaging.package(document.read(Path("t.yml.j2"), Path()), Path(), "b", "u", Path("out")).assets))
try:
    document.read(Path("absent"), Path())
except Misconfigured as error:
    print(error, error.code)
"""

    environment = {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path, env=environment
    )

    assert done.stdout.splitlines() == [
        "[]",
        "1",
        "template: there is no absent; it is a path from the folder of tasks.py",
        "  Next: mend it there, then type the same command again 2",
    ]


@pytest.mark.parametrize(
    "path",
    [path for path in modules(LIBRARY) if EMBEDDED not in path.parents and path.parent != LIBRARY / "aws"],
    ids=named,
)
def test_clients_are_made_in_one_place(path: Path) -> None:
    assert "boto3" not in top(imports(path))
