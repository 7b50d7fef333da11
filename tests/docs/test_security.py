"""A test stands behind each line of docs/security.md: a comment below it names one, or several."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text()
COMMENT = re.compile(r"  <!-- test: (\S+\.py)::(test_\w+) -->")


def items(text: str) -> dict[str, list[tuple[str, str]]]:
    """The lines of the lists, and the tests that stand below each, by file and name."""
    found: dict[str, list[tuple[str, str]]] = {}
    for line in text.splitlines():
        if line.startswith("- "):
            found[line] = []
        elif comment := COMMENT.fullmatch(line):
            found[next(reversed(found))].append((comment[1], comment[2]))
        else:
            assert "<!--" not in line, line
    return found


@cache
def named_in(file: str) -> frozenset[str]:
    """The tests of a file, those that are skipped whatever happens aside."""
    tree = ast.parse((ROOT / file).read_text())
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    return frozenset(one.name for one in functions if "mark.skip(" not in "".join(map(ast.unparse, one.decorator_list)))


ITEMS = items(PAGE)


@pytest.mark.parametrize("item", ITEMS)
def test_a_line_has_a_test_that_is_there(item: str) -> None:
    assert ITEMS[item]
    assert [f"{file}::{name}" for file, name in ITEMS[item] if name not in named_in(file)] == []


def test_what_is_promised_stands_in_a_list() -> None:
    """What stands between the lists says who, where, and what the lists are."""
    prose = [line for line in PAGE.splitlines() if line and not line.startswith(("#", "- ", "  <!--"))]
    heads = [line for line in prose if line.endswith(":")]

    assert len(prose) - len(heads) == 4
    assert len(ITEMS) > 40


def test_a_line_without_a_test_would_be_noticed() -> None:
    assert items("- one.\n  <!-- test: a.py::test_x -->\n- two.\n") == {"- one.": [("a.py", "test_x")], "- two.": []}
