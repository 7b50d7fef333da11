from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from lambdas.delivery import headers
from lambdas.delivery import patterns as pattern
from lambdas.delivery.headers import ASK, KEEP, Headers
from lambdas.delivery.patterns import Patterns
from tests.support.frozen import changeable

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("index.html", "text/html; charset=utf-8"),
        ("a/b/app.js", "text/javascript; charset=utf-8"),
        ("app.mjs", "text/javascript; charset=utf-8"),
        ("app.js.map", "application/json; charset=utf-8"),
        ("style.CSS", "text/css; charset=utf-8"),
        ("config.json", "application/json; charset=utf-8"),
        ("site.webmanifest", "application/manifest+json; charset=utf-8"),
        ("feed.xml", "text/xml; charset=utf-8"),
        ("style.xsl", "application/xml; charset=utf-8"),
        ("logo.svg", "image/svg+xml; charset=utf-8"),
        ("openapi.yaml", "application/yaml"),
        ("openapi.yml", "application/yaml"),
        ("photo.avif", "image/avif"),
        ("photo.png", "image/png"),
        ("photo.webp", "image/webp"),
        ("favicon.ico", "image/x-icon"),
        ("font.otf", "font/otf"),
        ("font.ttf", "font/ttf"),
        ("font.woff", "font/woff"),
        ("font.woff2", "font/woff2"),
        ("app.wasm", "application/wasm"),
        ("feed.rss", "application/rss+xml; charset=utf-8"),
        ("feed.ATOM", "application/atom+xml; charset=utf-8"),
        ("events.ics", "text/calendar; charset=utf-8"),
        ("card.vcf", "text/vcard; charset=utf-8"),
        ("font.eot", "application/vnd.ms-fontobject"),
        ("data.jsonld", "application/ld+json; charset=utf-8"),
        ("map.geojson", "application/geo+json; charset=utf-8"),
        ("page.xhtml", "application/xhtml+xml; charset=utf-8"),
        ("notes.md", "text/markdown; charset=utf-8"),
        ("backup.tar.gz", "application/gzip"),
        ("backup.tgz", "application/gzip"),
        ("data.csv.gz", "application/gzip"),
        ("data.bin.br", "application/octet-stream"),
        ("apple-app-site-association", "application/json; charset=utf-8"),
        (".well-known/apple-app-site-association", "application/json; charset=utf-8"),
        ("LICENSE", "application/octet-stream"),
        ("data:text/html,x", "application/octet-stream"),
    ],
)
def test_a_type_follows_from_the_suffix(name: str, expected: str) -> None:
    assert headers.of(name).content_type == expected


@pytest.mark.parametrize(
    ("name", "content_type", "encoding"),
    [
        ("app.js.gz", "text/javascript; charset=utf-8", "gzip"),
        ("assets/app.CSS.BR", "text/css; charset=utf-8", "br"),
        ("index.html.zst", "text/html; charset=utf-8", "zstd"),
        ("app.wasm.br", "application/wasm", "br"),
        ("feed.xml.gz", "text/xml; charset=utf-8", "gzip"),
        ("logo.svgz", "image/svg+xml; charset=utf-8", "gzip"),
        ("logo.svg", "image/svg+xml; charset=utf-8", ""),
        ("data.csv.gz", "application/gzip", ""),
    ],
)
def test_what_was_compressed_ahead_for_browsers_is_what_it_was_before(
    name: str, content_type: str, encoding: str
) -> None:
    own = headers.of(name)

    assert (own.content_type, own.encoding) == (content_type, encoding)
    assert own.as_http().get("Content-Encoding", "") == encoding


def test_a_page_that_was_compressed_is_a_page_and_its_hash_counts() -> None:
    assert headers.of("index.html.br").is_page
    assert headers.of("assets/app-0a1b2c3d.js.gz").cache_control == KEEP


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"<!DOCTYPE html><title>about</title>", "text/html; charset=utf-8"),
        (b"\n  <HTML lang=en>", "text/html; charset=utf-8"),
        (b"token.thumbprint", "text/plain; charset=utf-8"),
        ("x" * 1023 + "\u00fc", "text/plain; charset=utf-8"),
        (b"", "text/plain; charset=utf-8"),
        (b"\x7fELF\xff\xfe", "application/octet-stream"),
        (b"a\0b", "application/octet-stream"),
    ],
)
def test_a_file_without_a_suffix_is_what_it_begins_like(tmp_path: Path, content: bytes | str, expected: str) -> None:
    (tmp_path / "about").write_bytes(content if isinstance(content, bytes) else content.encode())

    assert headers.of("about", tmp_path / "about").content_type == expected


def test_a_suffix_decides_before_the_content(tmp_path: Path) -> None:
    (tmp_path / "data.bin").write_text("<!doctype html>")

    assert headers.of("data.bin", tmp_path / "data.bin").content_type == "application/octet-stream"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("assets/app-0a1b2c3d.js", KEEP),
        ("app.0a1b2c3d4e5f.css", KEEP),
        ("app.js", ASK),
        ("app-0a1b2c3.js", ASK),
        ("report-20240101.pdf", ASK),
        ("my-deadbeef.js", ASK),
        ("0a1b2c3d-folder/app.js", ASK),
        ("folder-0a1b2c3d.d/app.js", ASK),
        ("index-0a1b2c3d.html", ASK),
    ],
)
def test_only_a_name_that_holds_a_hash_is_kept(name: str, expected: str) -> None:
    assert headers.of(name).cache_control == expected


def test_the_configuration_is_asked_for_each_time() -> None:
    assert headers.of("config.json") == Headers("application/json; charset=utf-8", ASK)


@pytest.mark.parametrize(("name", "expected"), [("a/b.html", True), ("b.htm", True), ("b.js", False), ("b", False)])
def test_a_page_is_told_by_its_type(name: str, expected: bool) -> None:  # noqa: FBT001 - it is what is looked at
    assert headers.of(name).is_page is expected


@pytest.mark.parametrize(
    ("name", "cache_control"),
    [("app.js", "no-cache"), ("app-0a1b2c3d.js", "public, max-age=31536000, immutable")],
)
def test_a_request_spells_the_headers_as_http_does(name: str, cache_control: str) -> None:
    assert headers.of(name).as_http() == {
        "Content-Type": "text/javascript; charset=utf-8",
        "Cache-Control": cache_control,
    }


def patterns(**pairs: str) -> Patterns:
    return Patterns(tuple(pairs.items()))


def test_a_pattern_goes_before_the_rules() -> None:
    own = patterns(**{"Type.*.js": "text/x-own", "Encoding.*.js": "br", "Cache.*.js": "no-store"})

    assert headers.of("a/b-0a1b2c3d.js", None, own) == Headers("text/x-own", "no-store", "br")
    assert headers.of("a.css", None, own) == headers.of("a.css")


def test_what_is_not_encoded_is_said_so() -> None:
    own = headers.of("app.js.br", None, patterns(**{"Encoding.*.br": "identity", "Type.*.br": "application/x-br"}))

    assert own.as_http() == {"Content-Type": "application/x-br", "Cache-Control": ASK}


def test_what_a_pattern_makes_a_page_is_one_and_asked_for_each_time_whatever_its_name() -> None:
    own = headers.of("start-0a1b2c3d.page", None, patterns(**{"Type.*.page": "text/html"}))

    assert own == Headers("text/html", ASK)
    assert own.is_page


def test_headers_do_not_change_on_their_way() -> None:
    assert changeable(Headers("text/html", ASK)) == []


def test_the_rules_have_one_digest() -> None:
    assert headers.rules() == headers.rules()
    assert len(headers.rules()) == 16


@pytest.mark.parametrize("module", [headers, pattern])
def test_other_rules_have_another_digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: ModuleType) -> None:
    before = headers.rules()
    (tmp_path / "other.py").write_text("ASK = 'never'")
    monkeypatch.setattr(module, "__file__", str(tmp_path / "other.py"))

    assert headers.rules() != before


def test_the_types_of_another_python_are_other_rules_but_not_those_of_its_next_patch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def rules(*version: int) -> str:
        monkeypatch.setattr(headers, "sys", SimpleNamespace(version_info=version))
        return headers.rules()

    assert rules(3, 11, 0) == rules(3, 11, 9)
    assert rules(3, 11, 0) != rules(3, 12, 0)
