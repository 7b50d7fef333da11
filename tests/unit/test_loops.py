"""Every loop over AWS ends: whoever reads a list page by page sees whether it goes on."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

from tests.support import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WORLDS = ("serverless_pipeline", "lambdas")


def modules() -> list[Path]:
    """Who reads pages; the embedded AWS is asked, and asks nobody."""
    paths = (path for world in WORLDS for path in (ROOT / world).rglob("*.py") if "get_paginator" in path.read_text())
    return sorted(path for path in paths if ROOT / "serverless_pipeline/local" not in path.parents)


def calls(tree: ast.AST, name: str) -> Iterator[ast.Call]:
    """The calls of a function or a method of a name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and name in {getattr(node.func, "attr", ""), getattr(node.func, "id", "")}:
            yield node


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_what_is_read_page_by_page_is_seen_to_go_on(path: Path) -> None:
    tree = ast.parse(path.read_text())

    assert len(list(calls(tree, "moving"))) == len(list(calls(tree, "get_paginator")))
