from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import PaginationError

from serverless_pipeline import aws
from serverless_pipeline.errors import Error


class Operation:
    """An operation of AWS that answers page by page, and notes how it was asked."""

    def __init__(self, *pages: dict[str, Any]) -> None:
        self.pages = iter(pages)
        self.requests: list[dict[str, Any]] = []

    def __call__(self, **request: Any) -> dict[str, Any]:
        self.requests.append(request)
        return next(self.pages)


@pytest.mark.parametrize("last", [{}, {"NextToken": ""}, {"NextToken": None}])
def test_every_page_is_asked_for_by_its_token_and_with_the_same_request(last: dict[str, Any]) -> None:
    operation = Operation({"Items": [1], "NextToken": "b"}, {"NextToken": "c"}, {"Items": [2], **last})

    pages = list(aws.pages(operation, "the shop", StackName="shop"))

    assert pages == [{"Items": [1], "NextToken": "b"}, {"NextToken": "c"}, {"Items": [2], **last}]
    assert operation.requests == [
        {"StackName": "shop"},
        {"StackName": "shop", "NextToken": "b"},
        {"StackName": "shop", "NextToken": "c"},
    ]


def test_a_page_that_nobody_wants_is_not_asked_for() -> None:
    operation = Operation({"NextToken": "b"})

    next(aws.pages(operation, "the shop"))

    assert operation.requests == [{}]


ONE, TWO = {"Items": [1], "NextToken": "b"}, {"Items": [2], "NextToken": "a"}
WORDS = r"^AWS tells the same of the shop again and again\.\n  Next: type the same command again in a while$"


@pytest.mark.parametrize("told", [[ONE, ONE], [ONE, TWO, ONE], [{"NextToken": "b"}, {"NextToken": "b"}]])
def test_a_list_that_tells_a_page_again_ends_and_is_named(told: list[dict[str, Any]]) -> None:
    """Another answer is no other page."""
    answers = [{**page, "ResponseMetadata": {"RequestId": number}} for number, page in enumerate([*told, *told])]
    seen: list[str] = []

    with pytest.raises(Error, match=WORDS):
        seen.extend(page["NextToken"] for page in aws.pages(Operation(*answers), "the shop"))
    with pytest.raises(Error, match=WORDS):
        list(aws.moving(answers, "the shop"))


def test_a_page_that_names_itself_as_the_next_ends_the_list_and_is_named() -> None:
    def paginator() -> Any:
        yield ONE
        raise PaginationError(message="The same next token was received twice: b")

    with pytest.raises(Error, match=WORDS):
        list(aws.moving(paginator(), "the shop"))


def test_pages_without_anything_are_pages_as_long_as_they_go_on() -> None:
    told: list[dict[str, Any]] = [{"events": [], "nextToken": "a"}, {"events": [], "nextToken": "b"}, {"events": []}]

    assert list(aws.moving(told, "the log")) == told
