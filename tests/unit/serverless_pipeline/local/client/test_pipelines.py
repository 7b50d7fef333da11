from __future__ import annotations

from typing import TYPE_CHECKING

from serverless_pipeline.local.client import health, pipelines

if TYPE_CHECKING:
    import pytest

URL = "http://127.0.0.1:4600"


def test_each_sentence_has_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, float]] = []

    def ask(url: str, seconds: float) -> bytes:
        asked.append((url, seconds))
        return b'["shop: one", "shop: two"]'

    monkeypatch.setattr(health, "ask", ask)

    assert pipelines.describe(URL) == [("pipeline", "shop: one"), ("pipeline", "shop: two")]
    assert asked == [(f"{URL}/_local/pipelines", 10)]


def test_a_server_that_does_not_say_it_is_told_and_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def ask(_url: str, _seconds: float) -> bytes:
        raise health.Unwell("it hangs")

    monkeypatch.setattr(health, "ask", ask)

    assert pipelines.describe(URL) == [("pipelines", "not told: it hangs")]
