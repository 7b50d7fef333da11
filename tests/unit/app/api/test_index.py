import json
from collections.abc import Iterable
from typing import Any

import index
import pytest
from table import Table, Unavailable
from votes import Votes


class FakeBallot:
    def __init__(self) -> None:
        self.stored = {"darkblue": 10, "red": 10, "yellow": 10}
        self.broken = False
        self.admits = True

    def counts(self, colors: Iterable[str]) -> dict[str, int]:
        if self.broken:
            raise Unavailable("arn:aws:dynamodb:us-east-1:123456789012:table/secret is on fire")
        return {color: self.stored[color] for color in colors}

    def add(self, color: str) -> int:
        self.stored[color] += 1
        return self.stored[color]

    def admit(self, address: str, now: int) -> bool:
        del address, now
        return self.admits


@pytest.fixture
def ballot(monkeypatch: pytest.MonkeyPatch) -> FakeBallot:
    fake = FakeBallot()
    votes = Votes(fake)
    monkeypatch.setattr(index, "_votes", lambda: votes)
    return fake


def request(path: str, query: dict[str, str] | None = None, method: str = "GET") -> dict[str, Any]:
    return index.handler(
        {
            "httpMethod": method,
            "path": path,
            "queryStringParameters": query,
            "requestContext": {"identity": {"sourceIp": "192.0.2.1"}},
        },
        None,
    )


def body(answer: dict[str, Any]) -> Any:
    return json.loads(answer["body"])


@pytest.mark.usefixtures("ballot")
def test_data_is_what_the_chart_draws() -> None:
    answer = request("/data")

    assert answer["statusCode"] == 200
    assert body(answer) == [
        {"value": 10, "color": "#000066", "highlight": "#6F6F6F", "label": "DarkBlue"},
        {"value": 10, "color": "#CC0000", "highlight": "#C9DF6E", "label": "Red"},
        {"value": 10, "color": "#FF9900", "highlight": "#FFB75E", "label": "Yellow"},
    ]


@pytest.mark.usefixtures("ballot")
@pytest.mark.parametrize("path", ["/data", "//data", "///data", "/data/"])
@pytest.mark.parametrize("value", ["true", "1", ""])
def test_counts_only_whatever_the_value_and_the_slashes(path: str, value: str) -> None:
    answer = request(path, {"countsOnly": value})

    assert body(answer) == {"darkblue": 10, "red": 10, "yellow": 10}


def test_nocache_reads_the_table(ballot: FakeBallot) -> None:
    request("/data")
    ballot.stored["red"] = 42

    cached = body(request("/data", {"countsOnly": "true"}))["red"]
    read = body(request("/data", {"countsOnly": "true", "nocache": "1"}))["red"]

    assert (cached, read) == (10, 42)


@pytest.mark.usefixtures("ballot")
@pytest.mark.parametrize("color", ["red", "Red", "RED"])
def test_a_vote_answers_the_new_count(color: str) -> None:
    answer = request("/increment", {"color": color})

    assert (answer["statusCode"], body(answer)) == (200, {"count": 11})


@pytest.mark.usefixtures("ballot")
def test_an_unknown_colour_is_an_error_with_status_200() -> None:
    answer = request("/increment", {"color": "mauve"})

    assert answer["statusCode"] == 200
    assert body(answer) == {"error": "There is no colour 'mauve'; vote for darkblue, red, yellow"}


@pytest.mark.parametrize("query", [None, {}, {"color": ""}])
def test_a_vote_without_a_colour_counts_nothing(ballot: FakeBallot, query: dict[str, str] | None) -> None:
    answer = request("/increment", query)

    assert (answer["statusCode"], body(answer)) == (200, {"count": 0})
    assert sum(ballot.stored.values()) == 30


def test_a_hasty_vote_is_an_error_with_status_200(ballot: FakeBallot) -> None:
    ballot.admits = False

    answer = request("/increment", {"color": "red"})

    assert answer["statusCode"] == 200
    assert body(answer) == {"error": "This address has only just voted; wait 100 milliseconds"}


@pytest.mark.usefixtures("ballot")
def test_the_root_says_what_there_is() -> None:
    assert request("/") == {
        "statusCode": 200,
        "headers": {
            "Access-Control-Allow-Headers": "*",
            "Access-Control-Allow-Methods": "GET, OPTIONS",
            "Access-Control-Allow-Origin": "*",
            "Cache-Control": "no-store",
            "Content-Type": "application/json",
        },
        "body": '{"name": "Dromedary", "links": ["data", "data?countsOnly=true", "increment?color=red"]}',
        "isBase64Encoded": False,
    }


def test_an_unknown_path_is_named() -> None:
    answer = request("/nowhere//else")

    assert (answer["statusCode"], body(answer)) == (404, {"error": "There is nothing at /nowhere/else"})


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "HEAD"])
def test_other_methods_are_refused_and_told_the_right_ones(method: str) -> None:
    answer = request("/data", method=method)

    assert answer["statusCode"] == 405
    assert body(answer) == {"error": f"{method} is not possible here"}
    assert answer["headers"]["Allow"] == "GET, OPTIONS"


def test_a_browser_may_ask_first() -> None:
    answer = request("/increment", method="OPTIONS")

    assert (answer["statusCode"], body(answer)) == (200, {"methods": ["GET", "OPTIONS"]})
    assert answer["headers"]["Access-Control-Allow-Methods"] == "GET, OPTIONS"
    assert "Allow" not in answer["headers"]


@pytest.mark.usefixtures("ballot")
@pytest.mark.parametrize("path", ["/data", "/increment", "/", "/nowhere"])
def test_every_answer_is_json_for_every_origin(path: str) -> None:
    headers = request(path)["headers"]

    assert headers["Access-Control-Allow-Origin"] == "*"
    assert headers["Content-Type"] == "application/json"


def test_a_failing_table_is_logged_and_not_shown(ballot: FakeBallot, caplog: pytest.LogCaptureFixture) -> None:
    ballot.broken = True

    answer = request("/data")

    assert (answer["statusCode"], body(answer)) == (500, {"error": "The votes are out of reach; try again"})
    assert "table/secret is on fire" in caplog.text


@pytest.mark.usefixtures("ballot")
def test_a_request_to_the_root_may_have_no_path_at_all() -> None:
    assert request("")["statusCode"] == request("/")["statusCode"] == 200


def test_the_votes_lie_in_the_table_of_the_environment_and_are_connected_once(monkeypatch: pytest.MonkeyPatch) -> None:
    names: list[str] = []

    def connect(name: str) -> Table:
        names.append(name)
        return Table(None, name)  # type: ignore[arg-type]

    monkeypatch.setattr(index, "connect", connect)
    monkeypatch.setenv("TABLE_NAME", "dromedary-test-votes")
    index._votes.cache_clear()

    first, second = index._votes(), index._votes()

    index._votes.cache_clear()
    assert first is second
    assert first.ballot == Table(None, "dromedary-test-votes")  # type: ignore[arg-type]
    assert names == ["dromedary-test-votes"]
