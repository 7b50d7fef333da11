from __future__ import annotations

import pytest

from lambdas.delivery.patterns import LONGEST, Patterns
from lambdas.job import parameters

DIRECTIVES = ", ".join(
    [
        *("max-age=SECONDS", "s-maxage=SECONDS", "stale-if-error=SECONDS", "stale-while-revalidate=SECONDS"),
        *("immutable", "must-revalidate", "must-understand", "no-cache", "no-store"),
        *("no-transform", "private", "proxy-revalidate", "public"),
    ]
)


def patterns(**pairs: str) -> Patterns:
    return Patterns(tuple(pairs.items()))


def fits(pattern: str, key: str) -> bool:
    return Patterns(((f"Cache.{pattern}", "no-store"),)).value("Cache.", key) is not None


@pytest.mark.parametrize(
    ("pattern", "key"),
    [
        ("*.ics", "a.ics"),
        ("*.ics", "feed/deep/a.ics"),
        ("a.ics", "feed/a.ics"),
        ("feed/**", "feed/a"),
        ("feed/**", "feed/deep/a"),
        ("feed/*.xml", "feed/a.xml"),
        ("/a.ics", "a.ics"),
        ("**/a.ics", "a.ics"),
        ("**/a.ics", "feed/deep/a.ics"),
        ("feed/**/a.ics", "feed/a.ics"),
        ("feed/**/a.ics", "feed/x/y/a.ics"),
        ("?.js", "b/a.js"),
        ("**", "any/thing"),
        ("*", "any/thing"),
        ("a[b].js", "a[b].js"),
        ("a+b.(c)", "a+b.(c)"),
        ("x**z", "x/y/z"),
    ],
)
def test_a_pattern_fits(pattern: str, key: str) -> None:
    assert fits(pattern, key)


@pytest.mark.parametrize(
    ("pattern", "key"),
    [
        ("*.ics", "a.icsx"),
        ("*.ics", "aXics"),
        ("*.ICS", "a.ics"),
        ("feed/*", "feed/deep/a"),
        ("feed/**", "feeds/a"),
        ("feed/**", "my/feed/a"),
        ("/a.ics", "feed/a.ics"),
        ("a/?", "a//"),
        ("a[b].js", "ab.js"),
        ("a.ics", "ba.ics"),
    ],
)
def test_a_pattern_does_not_fit(pattern: str, key: str) -> None:
    assert not fits(pattern, key)


def test_the_last_pattern_that_fits_counts_for_each_header_by_itself() -> None:
    own = patterns(**{"Type.a*": "text/x-1", "Cache.a*": "no-store", "Type.a?": "text/x-2", "Type.b*": "text/x-3"})

    assert own.value("Type.", "ab") == "text/x-2"
    assert own.value("Type.", "abc") == "text/x-1"
    assert own.value("Cache.", "ab") == "no-store"
    assert own.value("Encoding.", "ab") is None
    assert own.value("Type.", "c") is None


def test_they_are_read_from_the_query_string_of_an_action_in_its_order() -> None:
    text = "type=s3&Type.*.atom=application/atom%2Bxml&bucket=b&Cache.feed/**=max-age=300,public&Encoding.*.br=br"

    assert Patterns.from_parameters(parameters.parse(text)) == patterns(
        **{"Type.*.atom": "application/atom+xml", "Cache.feed/**": "max-age=300,public", "Encoding.*.br": "br"}
    )


def test_as_text_they_are_ascii_and_can_be_read_again() -> None:
    own = patterns(**{"Type.ü &=+%": "a/b; c=d", "Cache.x": ""})

    assert own.to_text().isascii()
    assert Patterns.from_text(own.to_text()) == own


def test_a_pattern_that_is_for_no_file_is_idle() -> None:
    own = patterns(**{"Type.*.ics": "a/b", "Cache.*.isc": "no-store"})

    assert own.idle(["a.ics", "b.js"]) == ["Cache.*.isc"]


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        *(("Type.*", value) for value in ("text/calendar", "text/html; charset=utf-8", 'a/b;c="d e"', "a/b+xml")),
        *(("Encoding.*", value) for value in ("br", "gzip", "zstd", "identity")),
        *(("Cache.*", value) for value in ("no-cache", "max-age=300,public", "public, s-maxage=5, immutable")),
    ],
)
def test_what_makes_sense_is_no_mistake(parameter: str, value: str) -> None:
    assert list(patterns(**{parameter: value}).mistakes()) == []


@pytest.mark.parametrize(
    ("parameter", "value", "mistake"),
    [
        ("Type.*", "calendar", "Type.* must be a media type, as text/calendar; it is 'calendar'"),
        ("Type.*", "", "Type.* must be a media type, as text/calendar; it is ''"),
        ("Type.*", "a/b\r\nX: y", "Type.* must be a media type, as text/calendar; it is 'a/b\\r\\nX: y'"),
        ("Type.*", "a/b xml", "Type.* must be a media type, as text/calendar (a + is written %2B); it is 'a/b xml'"),
        (
            "Encoding.*",
            "brotli",
            "Encoding.* must be one of br, compress, deflate, gzip, zstd, identity; it is 'brotli'",
        ),
        ("Cache.*", "max-age=soon", "Cache.* must say how many seconds, as max-age=300; it is 'max-age=soon'"),
        ("Cache.*", "max-age", "Cache.* must say how many seconds, as max-age=300; it is 'max-age'"),
        (
            "Cache.*",
            "new",
            f"Cache.* must hold directives of Cache-Control, separated by commas, of these: {DIRECTIVES}; it is 'new'",
        ),
        (
            "Cache.feed/",
            "no-store",
            "Cache.feed/ is for a folder, and files have headers; Cache.feed/** is for all in it",
        ),
    ],
)
def test_what_makes_no_sense_is_named(parameter: str, value: str, mistake: str) -> None:
    assert list(patterns(**{parameter: value}).mistakes()) == [mistake]


def test_mistakes_are_told_together() -> None:
    assert len(list(patterns(**{"Type.*": "x", "Cache.*": "y", "Encoding.*": "z"}).mistakes())) == 3


def test_more_than_s3_keeps_as_metadata_is_too_long() -> None:
    own = patterns(**{f"Cache.{'ü' * 250}": "no-store"})

    assert list(own.mistakes()) == [
        f"the patterns have {len(own.to_text())} characters, written as a query string; S3 keeps {LONGEST}"
    ]
