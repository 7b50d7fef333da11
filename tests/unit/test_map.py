"""A package's docstring is the map of its folder: it names everything that lies there, and nothing else."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import pytest

import serverless_pipeline
from tests.support import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LIBRARY = ROOT / "serverless_pipeline"
WORLDS = ("serverless_pipeline", "lambdas", "benchmarks")
PACKAGES = sorted(path.parent for world in WORLDS for path in (ROOT / world).rglob("__init__.py"))
NAME = r"\w+(?:\.\w+|/)?"
ENTRY = re.compile(rf"^ *((?:{NAME}, )*{NAME}) {{2,}}\S", re.MULTILINE)
"""A line of a map: one name or several, a slash after those of packages, two spaces or more, and a few words."""


def contents(package: Path) -> set[str]:
    """What lies in the folder of a package: `module`, `package/`, `program.sh`."""
    modules = {path.stem for path in package.glob("*.py")} - {"__init__"}
    programs = {path.name for path in package.glob("*.sh")}
    return modules | programs | {f"{path.parent.name}/" for path in package.glob("*/__init__.py")}


def names(docstring: str) -> list[str]:
    """What a map names, in its order; the first line of a docstring is no part of it."""
    _, _, drawing = docstring.partition("\n")
    return [name.removesuffix(".py") for entry in ENTRY.findall(drawing) for name in entry.split(", ")]


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_package_names_what_lies_in_it_once_and_nothing_else(package: Path) -> None:
    docstring = ast.get_docstring(ast.parse((package / "__init__.py").read_text()), clean=False) or ""

    assert sorted(names(docstring)) == sorted(contents(package))


@pytest.mark.parametrize("module", sorted(LIBRARY.rglob("*.py")), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_module_of_the_library_uses_what_stands_above_it_on_the_map(module: Path) -> None:
    order = [name.rstrip("/") for name in names(serverless_pipeline.__doc__ or "")]
    own, *_ = module.relative_to(LIBRARY).with_suffix("").parts

    used = {name.split(".")[1] for name in imports(module) if name.startswith("serverless_pipeline.")}

    allowed = set(order[: order.index(own) + 1]) if own in order else set()
    assert used <= allowed


def imports(module: Path) -> Iterator[str]:
    """The dotted names that a module imports anywhere, be it for a type checker only."""
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def test_a_map_is_read_as_it_is_drawn() -> None:
    docstring = """A package of  spaces.

    inner/        a package
    one, two.py   two modules
      three       one that belongs below them
    four.sh  a program

    That is    all: words of several to a name are none
like these.
"""

    assert names(docstring) == ["inner/", "one", "two", "three", "four.sh"]
