"""A list in pages."""

from __future__ import annotations

from typing import Any

import pytest

from serverless_pipeline.local.codepipeline.model.refusal import Refusal
from serverless_pipeline.local.codepipeline.wire.paging import page

ITEMS = [{"number": number} for number in range(101)]


@pytest.mark.parametrize(
    ("count", "request_", "numbers", "token"),
    [
        (3, {}, range(3), None),
        (0, {}, range(0), None),
        (100, {}, range(100), None),
        (101, {}, range(100), "100"),
        (101, {"nextToken": "100"}, range(100, 101), None),
        (5, {"maxResults": 2}, range(2), "2"),
        (5, {"maxResults": 2, "nextToken": "2"}, range(2, 4), "4"),
        (5, {"maxResults": 2, "nextToken": "4"}, range(4, 5), None),
        (4, {"maxResults": 2, "nextToken": "2"}, range(2, 4), None),
        (3, {"nextToken": "7"}, range(0), None),
    ],
)
def test_a_page_holds_so_many_items_and_the_token_of_the_next(
    count: int, request_: dict[str, Any], numbers: range, token: str | None
) -> None:
    expected = {"items": [{"number": number} for number in numbers], **({"nextToken": token} if token else {})}

    assert page("items", ITEMS[:count], request_) == expected


@pytest.mark.parametrize("token", ["x", "-1", ""])
def test_a_token_that_is_none_of_ours_is_refused(token: str) -> None:
    with pytest.raises(Refusal) as refused:
        page("items", ITEMS, {"nextToken": token})

    assert (refused.value.code, refused.value.message) == (
        "InvalidNextTokenException",
        f"The next token {token} is not valid",
    )
