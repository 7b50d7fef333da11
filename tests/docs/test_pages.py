"""The pages hold together: links and files that they name are there, indexes are complete, a sentence has its line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.support import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DOCS = ROOT / "docs"
DECISIONS = DOCS / "decisions"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))]
PAGES += sorted((ROOT / "examples").rglob("*.md"))
FILE = re.compile(
    r"`((?:serverless_pipeline|lambdas|cfn|app|tests|docs|benchmarks)/[\w./-]+\.(?:py|md|j2|sh|yml|txt))`"
)
COMMAND = re.compile(r"`[^`]+`")
LINK = re.compile(r"\]\((?!https?:)([^)#]+)\)")


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def links(page: Path) -> set[Path]:
    return {(page.parent / link).resolve() for link in LINK.findall(page.read_text())}


def prose(page: Path) -> Iterator[str]:
    """The lines that are sentences: no title, table, code or comment; a list's items without their marks."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)
    for line in text.splitlines():
        if line and not line.lstrip().startswith(("#", "|", "<!--", "[")):
            yield re.sub(r"^\s*(?:-|\d+\.) ", "", line)


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_a_link_into_the_repository_leads_somewhere(page: Path) -> None:
    assert [link for link in links(page) if not link.exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_a_file_that_a_page_names_is_there(page: Path) -> None:
    names = FILE.findall(page.read_text())

    assert [name for name in names if not (ROOT / name).exists() and not (page.parent / name).exists()] == []


@pytest.mark.parametrize("page", [page for page in PAGES if page.name != "CHANGELOG.md"], ids=named)
def test_a_line_is_one_sentence(page: Path) -> None:
    lines = list(prose(page))

    assert [line for line in lines if re.search(r"[.!?] [A-Z`]", line)] == []
    assert [line for line in lines if not line.endswith((".", ":", ";", "?")) and not COMMAND.fullmatch(line)] == []


def test_the_index_leads_to_every_page() -> None:
    assert set(DOCS.glob("*.md")) - {DOCS / "README.md"} <= links(DOCS / "README.md")
    assert DECISIONS / "README.md" in links(DOCS / "README.md")
    assert set(DECISIONS.glob("*.md")) - {DECISIONS / "README.md"} == links(DECISIONS / "README.md")


@pytest.mark.parametrize("page", sorted(DECISIONS.glob("[a-z]*.md")), ids=named)
def test_a_decision_tells_context_decision_and_consequences(page: Path) -> None:
    titles = re.findall(r"^(#+ .*)$", page.read_text(), re.MULTILINE)

    assert titles[1:] == ["## Context", "## Decision", "## Consequences"]
    assert len(page.read_text().splitlines()) <= 40


def test_the_readme_leads_to_the_index() -> None:
    assert DOCS / "README.md" in links(ROOT / "README.md")
