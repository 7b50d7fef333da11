"""Operations that answer page by page, where boto3 has no paginator for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


def pages(operation: Callable[..., Mapping[str, Any]], **request: Any) -> Iterator[Mapping[str, Any]]:  # noqa: ANN401 - any request
    """Every page of an operation; the next one is named by `NextToken`."""
    token: dict[str, str] = {}
    while True:
        page = operation(**request, **token)
        yield page
        if not page.get("NextToken"):
            return
        token = {"NextToken": page["NextToken"]}
