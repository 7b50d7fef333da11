"""Which pushes start a pipeline."""

from __future__ import annotations

import pytest

from serverless_pipeline.local.codepipeline.model import triggers
from serverless_pipeline.local.codepipeline.model.triggers import Filter, Push


@pytest.mark.parametrize(
    ("pattern", "name", "expected"),
    [
        ("main", "main", True),
        ("main", "main2", False),
        ("feature/*", "feature/a", True),
        ("feature/*", "feature/a/b", False),
        ("feature/**", "feature/a/b", True),
        ("**/*.py", "src/app/a.py", True),
        ("v?.0", "v1.0", True),
        ("v?.0", "v10.0", False),
        ("v[0-9]", "v7", True),
        ("v[!0-9]", "v7", False),
        ("*.{js,py}", "a.py", True),
        ("*.{js,py}", "a.go", False),
        (r"a\*", "a*", True),
        (r"a\*", "ab", False),
        ("a.b", "axb", False),
        ("a}", "a}", True),
    ],
)
def test_a_pattern_means_names(pattern: str, name: str, *, expected: bool) -> None:
    assert triggers.matches(pattern, name) is expected


@pytest.mark.parametrize(
    ("includes", "excludes", "expected"),
    [
        ((), (), True),
        (("main",), (), True),
        (("other",), (), False),
        ((), ("ma*",), False),
        (("main",), ("main",), False),
        ((), ("other",), True),
    ],
)
def test_excludes_go_before_includes(includes: tuple[str, ...], excludes: tuple[str, ...], *, expected: bool) -> None:
    assert Filter(includes, excludes).admits("main") is expected


TAGGED = Push(tags=Filter(("v*",)))
BRANCHED = Push(branches=Filter(("main",)))
WITHIN = Push(branches=Filter(("main",)), paths=Filter(("src/**",), ("src/docs/**",)))


@pytest.mark.parametrize(
    ("push", "reference", "changed", "expected"),
    [
        (TAGGED, "refs/tags/v1", (), True),
        (TAGGED, "refs/tags/x", (), False),
        (TAGGED, "refs/heads/v1", (), False),
        (BRANCHED, "refs/heads/main", (), True),
        (BRANCHED, "refs/heads/other", (), False),
        (BRANCHED, "refs/tags/main", (), False),
        (WITHIN, "refs/heads/main", ("readme", "src/a"), True),
        (WITHIN, "refs/heads/main", ("readme", "src/docs/a"), False),
        (WITHIN, "refs/heads/other", ("src/a",), False),
        (Push(paths=Filter(("src/**",))), "refs/heads/other", ("src/a",), True),
    ],
)
def test_a_push_counts_by_all_that_it_declares(
    push: Push, reference: str, changed: tuple[str, ...], *, expected: bool
) -> None:
    assert push.admits(reference, lambda: changed) is expected


def test_the_pushes_of_a_declaration_are_read_by_their_sources() -> None:
    filtered = {"tags": {"includes": ["v*"]}, "filePaths": {"excludes": ["docs/**"]}}
    document = {
        "triggers": [
            {"gitConfiguration": {"sourceActionName": "A", "push": [filtered]}},
            {"gitConfiguration": {"sourceActionName": "B"}},
        ]
    }

    assert triggers.read(document) == {"A": (Push(Filter(("v*",)), None, Filter((), ("docs/**",))),), "B": ()}
    assert triggers.read({}) == {}
