from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import pytest

from lambdas.delivery.patterns import NO_PATTERNS, Patterns
from lambdas.delivery.site_changes import Changes
from lambdas.delivery.site_memory import Memory
from tests.support.frozen import changeable

if TYPE_CHECKING:
    from pathlib import Path

CONFIGURATION = b"{}"
MEMORY = Memory("rules")
DONE = Changes({"a.js": "1"}, MEMORY, [], [], is_configured=True)


class Bucket:
    """A bucket that holds these texts and remembers."""

    def __init__(self, texts: dict[str, bytes], memory: Memory = MEMORY) -> None:
        self._texts, self._memory = texts, memory

    def etags(self) -> dict[str, str]:
        return {key: hashlib.md5(text, usedforsecurity=False).hexdigest() for key, text in self._texts.items()}

    def metadata(self, key: str) -> dict[str, str]:
        assert key == "config.json"
        return {name.removeprefix("x-amz-meta-"): value for name, value in self._memory.as_http().items()}


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    files = {name: tmp_path / name for name in ("a.js", "b.js")}
    for path in files.values():
        path.write_bytes(path.name.encode())
    return files


def between(bucket: Bucket, files: dict[str, Path], memory: Memory = MEMORY) -> Changes:
    return Changes.between(bucket, files, CONFIGURATION, memory)  # type: ignore[arg-type]


def test_what_is_another_comes_and_what_is_no_more_goes(files: dict[str, Path]) -> None:
    bucket = Bucket({"a.js": b"a.js", "b.js": b"old", "z.js": b"", "c.js": b"", "config.json": b"{}"})

    changes = between(bucket, files)

    assert (changes.changed, changes.stale, changes.is_configured) == (["b.js"], ["c.js", "z.js"], True)
    assert changes.remembered == MEMORY


def test_an_empty_bucket_gets_all_and_remembers_nothing(files: dict[str, Path]) -> None:
    assert between(Bucket({}), files) == Changes({}, Memory(), ["a.js", "b.js"], [], is_configured=False)


def test_under_other_rules_all_comes(files: dict[str, Path]) -> None:
    bucket = Bucket({"a.js": b"a.js", "b.js": b"b.js", "config.json": b"{}"})

    assert between(bucket, files, Memory("others")).changed == ["a.js", "b.js"]


def test_under_other_patterns_what_they_change_comes(files: dict[str, Path]) -> None:
    bucket = Bucket({"a.js": b"a.js", "b.js": b"b.js", "config.json": b"{}"})

    assert between(bucket, files, Memory("rules", Patterns((("Cache.b.js", "no-store"),)))).changed == ["b.js"]
    assert between(bucket, files, Memory("rules", Patterns((("Cache.b.js", "no-cache"),)))).changed == []


@pytest.mark.parametrize(
    "other",
    [
        {"changed": ["a.js"]},
        {"stale": ["b.js"]},
        {"is_configured": False},
        {"remembered": Memory("rules", NO_PATTERNS, "E1")},
    ],
)
def test_all_is_there_if_nothing_is_to_do_and_it_is_remembered(other: dict[str, Any]) -> None:
    assert DONE.are_there(MEMORY)
    assert not Changes(**vars(DONE) | other).are_there(MEMORY)


def test_a_cache_may_have_what_was_there_or_was_asked_for_in_vain() -> None:
    etags = {"a.js": "1", "app-0a1b2c3d.js": "1", "old.html": "1", "old-0a1b2c3d.js": "1", "config.json": "1"}
    changed = ["a.js", "new.html", "new-0a1b2c3d.js", "app-0a1b2c3d.js"]
    changes = Changes(etags, MEMORY, changed, ["old.html", "old-0a1b2c3d.js"], is_configured=False)

    assert [*changes.cached(NO_PATTERNS)] == ["config.json", "a.js", "new.html", "app-0a1b2c3d.js", "old.html"]


def test_what_a_pattern_lets_be_kept_is_not_looked_for() -> None:
    changes = Changes({}, MEMORY, ["a.woff"], [], is_configured=True)

    assert [*changes.cached(Patterns((("Cache.*.woff", "max-age=9,immutable"),)))] == []


def test_changes_do_not_change_on_their_way() -> None:
    assert changeable(DONE) == []
