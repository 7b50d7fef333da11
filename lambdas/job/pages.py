"""Page after page of what AWS lists, as long as it goes on: a list that tells the same again would never end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from botocore.exceptions import PaginationError

from lambdas.job import refusal
from lambdas.job.ending import JobError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Page = TypeVar("Page", bound="Mapping[str, Any]")

_OF_THE_ANSWER = "ResponseMetadata"
"""It is another one each time."""


def moving(pages: Iterable[Page], what: str) -> Iterator[Page]:
    """Every page of a paginator; `what` is what is listed, in words.

    Raises:
        JobError: AWS tells a page again, or names a page as the one after itself.
    """
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


def _standstill(what: str) -> JobError:
    return JobError(f"AWS tells the same of {what} again and again; {refusal.RETRY}")
