from __future__ import annotations

import pytest

from lambdas.delivery.patterns import Patterns
from lambdas.delivery.site_memory import Memory

PATTERNS = Patterns((("Type.*.ics", "text/calendar"), ("Cache.a b/ü", "max-age=1")))
WHOLE = Memory("digest", PATTERNS, "E1")


@pytest.mark.parametrize("memory", [WHOLE, Memory("digest"), Memory()])
def test_what_is_kept_is_remembered(memory: Memory) -> None:
    metadata = {name.removeprefix("x-amz-meta-"): value for name, value in memory.as_http().items()}

    assert Memory.from_metadata(metadata) == memory


def test_what_is_kept_are_headers_in_ascii() -> None:
    assert WHOLE.as_http() == {
        "x-amz-meta-header-rules": "digest",
        "x-amz-meta-header-patterns": "Type.*.ics=text/calendar&Cache.a+b/%C3%BC=max-age%3D1",
        "x-amz-meta-invalidated": "E1",
    }


def test_nothing_is_kept_of_nothing() -> None:
    assert Memory().as_http() == {}


def test_metadata_of_others_means_nothing() -> None:
    assert Memory.from_metadata({"uploaded-by": "hand"}) == Memory()
