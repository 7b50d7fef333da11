"""The unit tests mirror the tree: each module has a file of tests of its own, at the same place below `tests/unit`."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

from tests.support import ROOT

if TYPE_CHECKING:
    from pathlib import Path

UNIT = ROOT / "tests" / "unit"
WORLDS = ("serverless_pipeline", "lambdas", "app")
FUNCTIONAL = ROOT / "app" / "functional"  # tests themselves


def modules() -> list[Path]:
    return sorted(
        path for world in WORLDS for path in (ROOT / world).rglob("*.py") if defines(path) and path.parent != FUNCTIONAL
    )


def defines(path: Path) -> bool:
    """Whether a module does something of its own; an `__init__` that only names others has nothing to test."""
    body = ast.parse(path.read_text()).body
    return path.name != "__init__.py" or any(isinstance(node, ast.FunctionDef | ast.ClassDef) for node in body)


def mirror(path: Path) -> Path:
    name = "package" if path.name == "__init__.py" else path.stem.strip("_")
    return UNIT / path.parent.relative_to(ROOT) / f"test_{name}.py"


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_module_has_tests_of_its_own(path: Path) -> None:
    assert mirror(path).is_file(), f"{mirror(path).relative_to(ROOT)} is missing"
