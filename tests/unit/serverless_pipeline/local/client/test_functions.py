from __future__ import annotations

import json

import pytest

from serverless_pipeline.local.client import functions, health
from serverless_pipeline.local.client.functions import Functions

URL = "http://127.0.0.1:4600"
DIFFERENCES = ("nodejs22.x runs on Node.js 20", "python3.9 runs on Python 3.13")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, float]]:
    """What was asked, and for how long; the answer is that of a laptop without a sandbox."""
    asked: list[tuple[str, float]] = []

    def ask(url: str, seconds: float) -> bytes:
        asked.append((url, seconds))
        return json.dumps({"sandbox": "none", "reason": "no Linux", "differences": DIFFERENCES}).encode()

    monkeypatch.setattr(health, "ask", ask)
    return asked


def test_the_embedded_aws_is_asked_and_may_try_its_sandboxes_first(asked: list[tuple[str, float]]) -> None:
    assert functions.ask(URL) == Functions("none", "no Linux", DIFFERENCES)
    assert asked == [("http://127.0.0.1:4600/_local/functions", 30)]


def test_one_that_does_not_answer_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_url: str, _seconds: float) -> bytes:
        raise health.Unwell("it hangs")

    monkeypatch.setattr(health, "ask", refuse)

    with pytest.raises(health.Unwell, match="it hangs"):
        functions.ask(URL)


def test_the_kind_of_the_sandbox_is_shown() -> None:
    assert list(Functions("bubblewrap", "", ()).lines()) == [("functions", "run in a sandbox (bubblewrap)")]


def test_without_a_sandbox_the_reason_is_shown_and_what_does_not_hold() -> None:
    assert list(Functions("none", "no Linux", ()).lines()) == [
        ("functions", "run without a sandbox (no Linux)"),
        ("", "they reach this laptop's files, programs and processes, and have no /tmp of their own size"),
    ]


def test_each_runtime_that_differs_has_a_line() -> None:
    _, *lines = Functions("namespaces", "", DIFFERENCES).lines()

    assert lines == [("runtime", sentence) for sentence in DIFFERENCES]


def test_a_server_that_does_not_say_it_is_told_and_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def ask(url: str, seconds: float) -> bytes:
        raise health.Unwell(f"{url} says nothing for {seconds:g} s")

    monkeypatch.setattr(health, "ask", ask)

    assert functions.describe(URL) == [("functions", f"not told: {URL}/_local/functions says nothing for 30 s")]
