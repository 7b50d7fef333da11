"""Page after page of what AWS lists, as long as it goes on: a list that tells the same again would never end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from serverless_pipeline.errors import Error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

Page = TypeVar("Page", bound="Mapping[str, Any]")

_OF_THE_ANSWER = "ResponseMetadata"
"""It is another one each time."""


def moving(pages: Iterable[Page], what: str) -> Iterator[Page]:
    """Every page of a paginator; `what` is what is listed, in words.

    Raises:
        Error: AWS tells a page again, or names a page as the one after itself.
    """
    from botocore.exceptions import PaginationError

    told: set[int] = set()
    try:
        for page in pages:
            mark = hash(repr({name: value for name, value in page.items() if name != _OF_THE_ANSWER}))
            if mark in told:
                raise _standstill(what)
            told.add(mark)
            yield page
    except PaginationError as error:
        raise _standstill(what) from error


def pages(operation: Callable[..., Mapping[str, Any]], what: str, **request: Any) -> Iterator[Mapping[str, Any]]:  # noqa: ANN401 - any request
    """Every page of an operation for which boto3 has no paginator; the next one is named by `NextToken`.

    Raises:
        Error: AWS tells a page again.
    """
    return moving(_by_token(operation, request), what)


def _by_token(operation: Callable[..., Mapping[str, Any]], request: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    token: dict[str, str] = {}
    while True:
        page = operation(**request, **token)
        yield page
        if not page.get("NextToken"):
            return
        token = {"NextToken": page["NextToken"]}


def _standstill(what: str) -> Error:
    return Error(f"AWS tells the same of {what} again and again.", hint="type the same command again in a while")
