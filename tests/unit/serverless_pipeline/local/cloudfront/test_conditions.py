from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from serverless_pipeline.local.cloudfront import conditions

if TYPE_CHECKING:
    from serverless_pipeline.local.cloudfront.cache import Answer

HEADERS = {
    "etag": '"1"',
    "last-modified": "Wed, 21 Oct 2026 07:28:00 GMT",
    "content-length": "10",
    "content-type": "text/html",
}
ANSWER = (200, "OK", HEADERS, b"0123456789")
EARLIER, SAME, LATER = (f"Wed, 21 Oct 2026 07:2{minute}:00 GMT" for minute in (7, 8, 9))


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"if-none-match": '"2"'},
        {"if-modified-since": EARLIER},
        {"if-modified-since": "some day"},
        {"if-none-match": '"2"', "if-modified-since": LATER},
        {"if-match": '"1"'},
        {"if-match": "*"},
        {"if-unmodified-since": SAME},
        {"range": "pages=1-2"},
        {"range": "bytes=-"},
        {"range": "bytes=0-1,3-4"},
        {"range": "bytes=0-1", "if-range": '"2"'},
    ],
)
def test_all_of_it_is_answered(asked: dict[str, str]) -> None:
    assert conditions.apply(asked, ANSWER) == ANSWER


@pytest.mark.parametrize(
    "asked",
    [
        {"if-none-match": '"1"'},
        {"if-none-match": 'W/"1"'},
        {"if-none-match": '"2", "1"'},
        {"if-none-match": "*"},
        {"if-modified-since": SAME},
        {"if-modified-since": LATER},
        {"if-none-match": '"1"', "range": "bytes=0-1"},
    ],
)
def test_a_viewer_that_has_it_is_told_so(asked: dict[str, str]) -> None:
    kept = {"etag": '"1"', "last-modified": SAME}

    assert conditions.apply(asked, ANSWER) == (304, "Not Modified", kept, b"")


@pytest.mark.parametrize("asked", [{"if-match": '"2"'}, {"if-unmodified-since": EARLIER}])
def test_another_file_than_the_one_that_is_meant_is_refused(asked: dict[str, str]) -> None:
    assert conditions.apply(asked, ANSWER)[0] == 412


@pytest.mark.parametrize(
    ("asked", "content", "span"),
    [
        ("bytes=0-0", b"0", "0-0"),
        ("bytes=2-4", b"234", "2-4"),
        ("bytes=7-", b"789", "7-9"),
        ("bytes=7-99", b"789", "7-9"),
        ("bytes=-3", b"789", "7-9"),
        ("bytes=-99", b"0123456789", "0-9"),
    ],
)
def test_a_part_is_answered(asked: str, content: bytes, span: str) -> None:
    status, _, headers, body = conditions.apply({"range": asked}, ANSWER)

    assert (status, body) == (206, content)
    assert headers == HEADERS | {"content-range": f"bytes {span}/10", "content-length": str(len(content))}


def test_a_part_of_the_file_that_is_meant_is_answered() -> None:
    for mark in ('"1"', SAME):
        assert conditions.apply({"range": "bytes=0-0", "if-range": mark}, ANSWER)[0] == 206


@pytest.mark.parametrize("asked", ["bytes=10-", "bytes=99-100", "bytes=5-4", "bytes=-0"])
def test_a_part_that_is_not_there_is_refused_with_the_length(asked: str) -> None:
    status, _, headers, body = conditions.apply({"range": asked}, ANSWER)

    assert (status, headers["content-range"], body) == (416, "bytes */10", b"")
    assert "content-length" not in headers


def test_what_is_no_success_stays_as_it_is() -> None:
    missing = (404, "Not Found", {"etag": '"1"'}, b"sorry")

    assert conditions.apply({"if-none-match": '"1"', "range": "bytes=0-1"}, missing) == missing


def test_a_file_without_a_date_or_a_tag_is_always_another() -> None:
    bare: Answer = (200, "OK", {}, b"x")

    assert conditions.apply({"if-none-match": '"1"'}, bare) == bare
    assert conditions.apply({"if-modified-since": LATER}, bare) == bare
