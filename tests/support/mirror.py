"""Which file of unit tests belongs to which module: the one at the same place below `tests/unit`."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.support import ROOT

WORLDS = ("serverless_pipeline", "lambdas", "app")
FUNCTIONAL = Path("app/functional")
"""Tests themselves, which the pipeline runs against what it has delivered."""


def modules() -> list[Path]:
    """Every module that has something to test, as a path in the checkout."""
    paths = (path.relative_to(ROOT) for world in WORLDS for path in (ROOT / world).rglob("*.py"))
    return sorted(path for path in paths if path.parent != FUNCTIONAL and defines(path))


def defines(module: Path) -> bool:
    """Whether a module does something of its own; an `__init__` that only names others has nothing to test."""
    body = ast.parse((ROOT / module).read_text()).body
    return module.name != "__init__.py" or any(isinstance(node, ast.FunctionDef | ast.ClassDef) for node in body)


def tests_of(module: Path) -> Path:
    """The unit tests of a module; the file may be missing."""
    name = "package" if module.name == "__init__.py" else module.stem.strip("_")
    return Path("tests/unit") / module.parent / f"test_{name}.py"
