from __future__ import annotations

from typing import Any

import pytest

from serverless_pipeline.local import seams
from serverless_pipeline.local.cloudfront import invalidations
from serverless_pipeline.local.cloudfront.cache import Cache, Kept, Key

pytestmark = pytest.mark.usefixtures("empty_ministack")

KEPT = Kept((200, "OK", {}, b""), 0.0, 1000.0)


class CloudFront:
    """The invalidations of a MiniStack, and what time it is."""

    def __init__(self) -> None:
        self.now = 100.0
        self.records: list[dict[str, Any]] = []
        seams.INVALIDATIONS.replace({"E1": self.records})
        seams.CLOUDFRONT_ERROR.replace(lambda code, message, status: (status, {}, f"{code}: {message}".encode()))

    def create(self, distribution: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
        assert distribution == "E1"
        paths = [part.partition(b"<")[0].decode() for part in body.split(b"<Path>")[1:]]
        self.records.append({"Status": "Completed", "InvalidationBatch": {"Paths": {"Items": paths}}})
        return 201, {"Location": "x"}, b"<Invalidation><Status>Completed</Status></Invalidation>"

    def find(self, distribution: str, *others: str) -> tuple[int, dict[str, str], bytes]:
        return 200, {}, f"{distribution} {others} {self.statuses()}".encode()

    def statuses(self) -> list[str]:
        return [record["Status"] for record in self.records]

    def clock(self) -> float:
        return self.now


@pytest.fixture
def cloudfront() -> CloudFront:
    return CloudFront()


def batch(*paths: str) -> bytes:
    items = "".join(f"<Path>{path}</Path>" for path in paths)
    return f'<Batch xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/"><Paths>{items}</Paths></Batch>'.encode()


def begin(cloudfront: CloudFront, *paths: str, seconds: float = 10) -> tuple[int, dict[str, str], bytes]:
    answer: tuple[int, dict[str, str], bytes] = invalidations.beginning(cloudfront.create, seconds, cloudfront.clock)(
        "E1", batch(*paths)
    )
    return answer


def test_an_invalidation_that_was_made_is_in_progress(cloudfront: CloudFront) -> None:
    status, headers, body = begin(cloudfront, "/a")

    assert (status, headers) == (201, {"Location": "x"})
    assert body == b"<Invalidation><Status>InProgress</Status></Invalidation>"
    assert cloudfront.statuses() == ["InProgress"]


def test_a_request_that_is_made_again_finds_it_as_it_is(cloudfront: CloudFront) -> None:
    begin(cloudfront, "/a", seconds=0)
    invalidations.settle("E1", Cache(), 100.0)
    again = invalidations.beginning(lambda *_: (201, {}, b"<Status>Completed</Status>"), 0, cloudfront.clock)

    assert again("E1", batch("/a")) == (201, {}, b"<Status>Completed</Status>")
    assert cloudfront.statuses() == ["Completed"]


def test_it_is_complete_when_its_time_has_come_and_the_cache_has_forgotten(cloudfront: CloudFront) -> None:
    cache = Cache()
    cache.keep("E1", Key("/a"), KEPT)
    begin(cloudfront, "/a", "/b")
    find = invalidations.completing(cloudfront.find, cache, cloudfront.clock)

    before = find("E1", "I1")
    still_there = cache.find("E1", Key("/a"), 0.0)
    cloudfront.now += 10
    after = find("E1", "I1")

    assert before[2] == b"E1 ('I1',) ['InProgress']"
    assert still_there == KEPT
    assert after[2] == b"E1 ('I1',) ['Completed']"
    assert cache.find("E1", Key("/a"), 0.0) is None


def test_what_is_complete_forgets_nothing_more(cloudfront: CloudFront) -> None:
    cache = Cache()
    begin(cloudfront, "/a", seconds=0)
    invalidations.settle("E1", cache, 100.0)
    cache.keep("E1", Key("/a"), KEPT)

    invalidations.settle("E1", cache, 100.0)

    assert cache.find("E1", Key("/a"), 0.0) == KEPT


@pytest.mark.parametrize("paths", [(), ("a",), ("/a", "b"), ("/a*b",), ("*",)])
def test_paths_that_are_none_are_refused(cloudfront: CloudFront, paths: tuple[str, ...]) -> None:
    status, _, body = begin(cloudfront, *paths)

    assert (status, body) == (
        400,
        b"InvalidArgument: Your request contains one or more invalid invalidation paths.",
    )
    assert cloudfront.records == []


@pytest.mark.parametrize(
    ("first", "second", "is_taken"),
    [
        (["/*"] * 14, ["/*"], True),
        (["/*"] * 15, ["/*"], False),
        (["/a"] * 2999, ["/b"], True),
        (["/a"] * 3000, ["/b"], False),
        (["/a"] * 3000, ["/*"], True),
    ],
)
def test_so_many_paths_are_taken_at_a_time(
    cloudfront: CloudFront,
    first: list[str],
    second: list[str],
    is_taken: bool,  # noqa: FBT001 - what is looked at
) -> None:
    begin(cloudfront, *first)

    status, _, body = begin(cloudfront, *second)

    assert (status == 201, b"TooManyInvalidationsInProgress" in body) == (is_taken, not is_taken)


def test_what_is_complete_takes_no_room(cloudfront: CloudFront) -> None:
    begin(cloudfront, *["/*"] * 15)
    invalidations.settle("E1", Cache(), 110.0)

    assert begin(cloudfront, "/*")[0] == 201


def test_all_three_operations_are_told(cloudfront: CloudFront) -> None:
    for seam in (seams.CREATE_INVALIDATION, seams.GET_INVALIDATION, seams.LIST_INVALIDATIONS):
        seam.replace(cloudfront.create if seam is seams.CREATE_INVALIDATION else cloudfront.find)

    invalidations.install(Cache(), 3600)

    assert seams.CREATE_INVALIDATION("E1", batch("/a"))[0] == 201
    assert seams.GET_INVALIDATION("E1", "I1")[2] == b"E1 ('I1',) ['InProgress']"
    assert seams.LIST_INVALIDATIONS("E1")[2] == b"E1 () ['InProgress']"


def test_a_distribution_of_which_nothing_is_known_has_none() -> None:
    seams.INVALIDATIONS.replace({})

    invalidations.settle("E9", Cache(), 0.0)

    assert seams.INVALIDATIONS.value == {}
