from __future__ import annotations

from typing import Any

import pytest

from serverless_pipeline import aws


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

    pages = list(aws.pages(operation, StackName="shop"))

    assert pages == [{"Items": [1], "NextToken": "b"}, {"NextToken": "c"}, {"Items": [2], **last}]
    assert operation.requests == [
        {"StackName": "shop"},
        {"StackName": "shop", "NextToken": "b"},
        {"StackName": "shop", "NextToken": "c"},
    ]


def test_a_page_that_nobody_wants_is_not_asked_for() -> None:
    operation = Operation({"NextToken": "b"})

    next(aws.pages(operation))

    assert operation.requests == [{}]
