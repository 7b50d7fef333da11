"""What a visitor of the deployed application can rely on: run against the site whose address is TARGET_URL."""

# ruff: noqa: D103, PLR2004, S101 - the rules that all tests of this project are free of

import json
import os
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from http.client import HTTPResponse
from pathlib import Path
from typing import Any

import pytest

SITE = Path(__file__).parents[1] / "site"
COLORS = ("darkblue", "red", "yellow")
PATIENCE = 30

Ask = Callable[[str], Any]


@pytest.fixture(scope="session")
def site() -> str:
    """The address of the site, ending with a slash."""
    return os.environ["TARGET_URL"].rstrip("/") + "/"


@pytest.fixture(scope="session")
def config(site: str) -> dict[str, str]:
    """The site's config.json."""
    config: dict[str, str] = json.load(fetch(site + "config.json"))
    return config


@pytest.fixture(scope="session")
def ask(config: dict[str, str]) -> Ask:
    """Asks the API, as soon as it answers at all: a deployed stage can take some seconds to arrive everywhere."""

    def ask(path: str) -> Any:  # noqa: ANN401 - whatever JSON can hold
        return json.load(fetch(config["apiBaseurl"] + path))

    eventually(lambda: answers(config["apiBaseurl"] + "data"))
    return ask


def fetch(url: str) -> HTTPResponse:
    response: HTTPResponse = urllib.request.urlopen(url, timeout=PATIENCE)  # noqa: S310 - the address under test
    return response


def answers(url: str) -> bool:
    try:
        return fetch(url).status == 200
    except urllib.error.URLError:
        return False


def eventually(holds: Callable[[], Any]) -> Any:  # noqa: ANN401 - what `holds` gives
    """The first true answer of `holds`, or its last one when the patience is over."""
    deadline = time.monotonic() + PATIENCE
    while not (answer := holds()) and time.monotonic() < deadline:
        time.sleep(0.15)
    return answer


def test_the_root_is_the_page_byte_for_byte(site: str) -> None:
    expected = (SITE / "index.html").read_bytes()

    response = fetch(site)

    assert response.read() == expected
    assert response.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("name", sorted(path.name for path in SITE.iterdir() if path.name != "index.html"))
def test_what_the_page_needs_lies_beside_it(site: str, name: str) -> None:
    expected = (SITE / name).read_bytes()

    actual = fetch(site + name).read()

    assert actual == expected


def test_config_names_the_api_and_the_version(config: dict[str, str]) -> None:
    assert sorted(config) == ["apiBaseurl", "version"]
    assert config["apiBaseurl"].endswith("/")
    assert re.fullmatch(r"[0-9a-f]{40}|\d{8}-\d{6}", config["version"])


def test_data_holds_three_colours_for_the_chart(ask: Ask) -> None:
    data = ask("data")

    assert [(item["label"], item["color"], item["highlight"]) for item in data] == [
        ("DarkBlue", "#000066", "#6F6F6F"),
        ("Red", "#CC0000", "#C9DF6E"),
        ("Yellow", "#FF9900", "#FFB75E"),
    ]
    assert all(set(item) == {"value", "color", "highlight", "label"} for item in data)
    assert all(item["value"] >= 10 for item in data)


@pytest.mark.parametrize("path", ["/data?countsOnly=true", "data?countsOnly=true"])
def test_counts_answer_with_a_slash_too_many(ask: Ask, path: str) -> None:
    counts = ask(path)

    assert tuple(counts) == COLORS
    assert all(count >= 10 for count in counts.values())


def test_pages_of_other_sites_may_read_the_answers(ask: Ask, config: dict[str, str]) -> None:
    del ask

    headers = fetch(config["apiBaseurl"] + "data").headers

    assert headers["Access-Control-Allow-Origin"] == "*"
    assert headers["Content-Type"].startswith("application/json")


@pytest.mark.parametrize("color", COLORS)
def test_a_vote_is_counted(ask: Ask, color: str) -> None:
    before = ask("data?countsOnly=true&nocache=true")[color]

    answer = eventually(lambda: counted(ask, color))

    assert answer["count"] > before
    assert ask("data?countsOnly=true&nocache=true")[color] >= answer["count"]


def counted(ask: Ask, color: str) -> dict[str, int] | None:
    """The answer to a vote, unless this address voted less than 100 milliseconds ago."""
    answer: dict[str, int] = ask(f"increment?color={color}")
    return answer if "count" in answer else None


def test_a_vote_for_an_unknown_colour_is_refused(ask: Ask) -> None:
    answer = ask("increment?color=mauve")

    assert list(answer) == ["error"]
    assert "mauve" in answer["error"]


def test_a_vote_for_nothing_counts_nothing(ask: Ask) -> None:
    assert ask("increment") == {"count": 0}
