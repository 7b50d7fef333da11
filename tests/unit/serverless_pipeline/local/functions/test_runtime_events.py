from __future__ import annotations

from itertools import permutations

from serverless_pipeline.local.functions.runtime_events import Exited, Failure, Invocation, Ready, Response


def test_what_happened_is_told_apart_by_its_kind_and_by_what_it_says() -> None:
    happened = [Ready(), Response(b"1"), Response(b"2"), Failure({}), Failure({"errorType": "x"}), Exited("x")]

    assert [pair for pair in permutations(happened, 2) if pair[0] == pair[1]] == []
    assert [Ready(), Response(b"1"), Failure({}), Exited("x")] == [Ready(), Response(b"1"), Failure({}), Exited("x")]


def test_an_invocation_is_the_event_as_it_is_sent() -> None:
    assert Invocation("id", b"{}", {}) == Invocation(request_id="id", event=b"{}", headers={})
