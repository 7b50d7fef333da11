"""An invalidation is in progress, has its limits, and makes the cache forget when it is complete.

MiniStack's is complete at once, takes any number of any paths, and has nothing to forget. AWS answers
CreateInvalidation with `InProgress`, and takes 3,000 files and 15 wildcards of a distribution at a time:
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html#limits-invalidations.

How many seconds it takes says the setting `local_eventual`; without it, one is complete when it is looked at.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from typing import Any
from xml.etree.ElementTree import fromstring

from serverless_pipeline.local import seams
from serverless_pipeline.local.cloudfront.cache import Cache

Response = tuple[int, dict[str, str], bytes]
Operation = Callable[..., Response]

FILES, WILDCARDS = 3000, 15

_DUE = "_due"
_IN_PROGRESS, _COMPLETED = "InProgress", "Completed"


def install(cache: Cache, seconds: float) -> None:
    """Begin invalidations that take as many seconds, and complete them before anybody looks."""
    seams.CREATE_INVALIDATION.wrap(lambda create: beginning(create, seconds, time.monotonic))
    seams.GET_INVALIDATION.wrap(lambda find: completing(find, cache, time.monotonic))
    seams.LIST_INVALIDATIONS.wrap(lambda find: completing(find, cache, time.monotonic))


def beginning(create: Operation, seconds: float, clock: Callable[[], float]) -> Operation:
    """CreateInvalidation: the paths make sense, there is room for them, and the answer is that it is in progress."""

    def begin(distribution: str, body: bytes) -> Response:
        paths = [element.text or "" for element in fromstring(body).iter() if element.tag.endswith("}Path")]  # noqa: S314 - a client's own
        if refusal := _refusal(distribution, paths):
            return refusal
        status, headers, answer = create(distribution, body)
        for invalidation in seams.INVALIDATIONS.value.get(distribution, []):
            if _DUE not in invalidation:
                invalidation.update({_DUE: clock() + seconds, "Status": _IN_PROGRESS})
                answer = answer.replace(f"<Status>{_COMPLETED}<".encode(), f"<Status>{_IN_PROGRESS}<".encode())
        return status, headers, answer

    return begin


def completing(find: Operation, cache: Cache, clock: Callable[[], float]) -> Operation:
    """GetInvalidation and ListInvalidations: what is due is complete."""

    def complete(distribution: str, *others: Any) -> Response:  # noqa: ANN401 - MiniStack's
        settle(distribution, cache, clock())
        return find(distribution, *others)

    return complete


def settle(distribution: str, cache: Cache, now: float) -> None:
    """Forget what the invalidations that are due are for."""
    for invalidation in _in_progress(distribution):
        if invalidation[_DUE] <= now:
            for path in _paths(invalidation):
                cache.forget(distribution, path)
            invalidation["Status"] = _COMPLETED


def _in_progress(distribution: str) -> Iterator[dict[str, Any]]:
    for invalidation in seams.INVALIDATIONS.value.get(distribution, []):
        if invalidation["Status"] == _IN_PROGRESS:
            yield invalidation


def _paths(invalidation: Mapping[str, Any]) -> list[str]:
    return list(invalidation["InvalidationBatch"]["Paths"]["Items"])


def _refusal(distribution: str, paths: list[str]) -> Response | None:
    if any(not path.startswith("/") or "*" in path[:-1] for path in paths) or not paths:
        return _refuse("InvalidArgument", "Your request contains one or more invalid invalidation paths.")
    under_way = [path for invalidation in _in_progress(distribution) for path in _paths(invalidation)]
    wildcards = sum(path.endswith("*") for path in [*under_way, *paths])
    if wildcards > WILDCARDS or len(under_way) + len(paths) - wildcards > FILES:
        message = "Processing your request will cause you to exceed the maximum number of in-progress invalidations."
        return _refuse("TooManyInvalidationsInProgress", message)
    return None


def _refuse(code: str, message: str) -> Response:
    return seams.CLOUDFRONT_ERROR(code, message, HTTPStatus.BAD_REQUEST)  # type: ignore[no-any-return]
