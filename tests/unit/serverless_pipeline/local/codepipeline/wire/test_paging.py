"""A list in pages."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from serverless_pipeline.local.codepipeline.model.refusal import Refusal
from serverless_pipeline.local.codepipeline.wire.paging import page

ITEMS = [f"{number:03}" for number in range(205)]


def key(item: str) -> str:
    return item


def encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode()


def pages(items: list[str], request: dict[str, Any], **options: Any) -> list[list[str]]:
    """All pages of a list."""
    answer = page("items", items, request, **options)
    parts = [answer["items"]]
    while "nextToken" in answer:
        answer = page("items", items, {**request, "nextToken": answer["nextToken"]}, **options)
        parts.append(answer["items"])
    return parts


def refusal(token: str, name: str = "items", **request: Any) -> tuple[str, str]:
    with pytest.raises(Refusal) as refused:
        page(name, ITEMS, {"nextToken": token, **request}, key=key)
    return refused.value.code, refused.value.message


@pytest.mark.parametrize("options", [{}, {"key": key}, {"key": key, "ordered": True}])
@pytest.mark.parametrize(
    ("count", "request_", "sizes"),
    [
        (3, {}, [3]),
        (0, {}, [0]),
        (100, {}, [100]),
        (101, {}, [100, 1]),
        (205, {}, [100, 100, 5]),
        (5, {"maxResults": 2}, [2, 2, 1]),
        (4, {"maxResults": 2}, [2, 2]),
    ],
)
def test_pages_hold_so_many_items_and_all_of_them_once(
    count: int, request_: dict[str, Any], sizes: list[int], options: dict[str, Any]
) -> None:
    parts = pages(ITEMS[:count], request_, **options)

    assert [len(part) for part in parts] == sizes
    assert [item for part in parts for item in part] == ITEMS[:count]


def test_the_size_may_change_from_page_to_page() -> None:
    first = page("items", ITEMS, {"maxResults": 2}, key=key)

    second = page("items", ITEMS, {"maxResults": 3, "nextToken": first["nextToken"]}, key=key)

    assert second["items"] == ITEMS[2:5]


def test_what_comes_before_a_page_neither_repeats_nor_loses_an_item() -> None:
    first = page("items", ["c", "b", "a"], {"maxResults": 2}, key=key)

    second = page("items", ["e", "d", "c", "b", "a"], {"nextToken": first["nextToken"]}, key=key)

    assert (first["items"], second["items"]) == (["c", "b"], ["a"])


@pytest.mark.parametrize("changed", [["a", "c", "d"], ["a", "b", "bb", "c", "d"], ["c", "d"]])
def test_a_list_in_the_order_of_its_keys_goes_on_though_the_item_is_gone(changed: list[str]) -> None:
    first = page("items", ["a", "b", "c", "d"], {"maxResults": 2}, key=key, ordered=True)

    second = page("items", changed, {"nextToken": first["nextToken"]}, key=key, ordered=True)

    assert second["items"] == [item for item in changed if item > "b"]


def test_a_list_goes_on_though_its_last_item_is_not_wanted_any_more() -> None:
    first = page("items", ["a", "b", "c", "d", "e"], {"maxResults": 2}, key=key, wanted=lambda item: item != "b")

    second = page(
        "items",
        ["a", "b", "c", "d", "e"],
        {"maxResults": 2, "nextToken": first["nextToken"]},
        key=key,
        wanted=lambda item: item not in "bc",
    )

    assert (first["items"], second) == (["a", "c"], {"items": ["d", "e"]})


def test_items_are_described_when_they_are_asked_for() -> None:
    described: list[str] = []

    def describe(item: str) -> str:
        described.append(item)
        return item * 2

    answer = page("items", ITEMS, {"maxResults": 1}, key=key, describe=describe)

    assert (answer["items"], described) == (["000000"], ["000"])


def test_a_token_of_another_list_is_refused() -> None:
    token = page("items", ITEMS, {"maxResults": 1, "pipelineName": "p"}, key=key)["nextToken"]
    words = ("InvalidNextTokenException", f"The next token {token} is not valid")

    assert page("items", ITEMS, {"nextToken": token, "pipelineName": "p"}, key=key)["items"][0] == "001"
    assert refusal(token, "others", pipelineName="p") == words
    assert refusal(token, pipelineName="q") == words
    assert refusal(token) == words


def test_a_token_whose_item_is_gone_is_refused_where_it_had_no_place() -> None:
    token = page("items", ["x", "y"], {"maxResults": 1}, key=key)["nextToken"]

    assert refusal(token)[0] == "InvalidNextTokenException"


@pytest.mark.parametrize("token", ["x", "100", "", "é", *map(encoded, ("1", "[]", '["a", "b"]'))])
def test_a_token_that_is_none_of_ours_is_refused(token: str) -> None:
    assert refusal(token) == ("InvalidNextTokenException", f"The next token {token} is not valid")
