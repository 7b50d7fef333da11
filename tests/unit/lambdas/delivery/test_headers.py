import pytest

from lambdas.delivery import headers
from lambdas.delivery.headers import ASK, KEEP, Headers


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("index.html", "text/html; charset=utf-8"),
        ("a/b/app.js", "text/javascript; charset=utf-8"),
        ("app.mjs", "text/javascript; charset=utf-8"),
        ("style.CSS", "text/css; charset=utf-8"),
        ("config.json", "application/json; charset=utf-8"),
        ("logo.svg", "image/svg+xml; charset=utf-8"),
        ("photo.webp", "image/webp"),
        ("font.woff2", "font/woff2"),
        ("app.wasm", "application/wasm"),
        ("notes.txt.gz", "application/octet-stream"),
        ("LICENSE", "application/octet-stream"),
        ("data:text/html,x", "application/octet-stream"),
    ],
)
def test_a_type_follows_from_the_suffix(name: str, expected: str) -> None:
    assert headers.of(name).content_type == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("assets/app-0a1b2c3d.js", KEEP),
        ("app.0a1b2c3d4e5f.css", KEEP),
        ("app.js", ASK),
        ("report-20240101.pdf", ASK),
        ("my-deadbeef.js", ASK),
        ("0a1b2c3d-folder/app.js", ASK),
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


def test_the_rules_have_one_digest() -> None:
    assert headers.rules() == headers.rules()
    assert len(headers.rules()) == 16
