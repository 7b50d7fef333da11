from __future__ import annotations

import json
from typing import Any

import pytest

from serverless_pipeline.local import seams
from serverless_pipeline.local.s3 import versions

Detail = dict[str, Any]


@pytest.fixture
def dispatched(empty_ministack: None) -> list[tuple[Any, ...]]:
    """The events that reach the rules. MiniStack makes one for each object, and one of its own within."""
    assert empty_ministack is None
    events: list[tuple[Any, ...]] = []

    def fire(_bucket: str, key: str, source: str = "aws.s3", **_more: Any) -> None:
        event = {"Source": source, "Detail": json.dumps({"object": {"key": key}, "reason": "PutObject"}), "Time": 1}
        seams.DISPATCH_EVENT(event, "view")

    seams.FIRE_S3_EVENT.replace(fire)
    seams.DISPATCH_EVENT.replace(lambda *arguments: events.append(arguments))
    versions.install()
    return events


def detail(event: tuple[Any, ...]) -> Detail:
    return dict(json.loads(event[0]["Detail"]))


def test_an_event_says_the_version_of_its_object(dispatched: list[tuple[Any, ...]]) -> None:
    seams.FIRE_S3_EVENT("bucket", "key", version_id="v7")

    ((event, view),) = dispatched
    assert json.loads(event.pop("Detail")) == {"object": {"key": "key", "version-id": "v7"}, "reason": "PutObject"}
    assert (event, view) == ({"Source": "aws.s3", "Time": 1}, "view")


@pytest.mark.parametrize("options", [{}, {"version_id": None}, {"version_id": "v7", "source": "aws.other"}])
def test_an_object_without_versions_and_other_events_are_as_they_were(
    dispatched: list[tuple[Any, ...]], options: dict[str, Any]
) -> None:
    seams.FIRE_S3_EVENT("bucket", "key", **options)

    assert detail(dispatched[0])["object"] == {"key": "key"}


def test_a_version_is_forgotten_when_its_event_is_made(dispatched: list[tuple[Any, ...]]) -> None:
    seams.FIRE_S3_EVENT("bucket", "one", version_id="v7")

    seams.DISPATCH_EVENT({"Source": "aws.s3", "Detail": '{"object": {}}'})

    assert detail(dispatched[1]) == {"object": {}}
