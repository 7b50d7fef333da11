from __future__ import annotations

from typing import Any

import pytest

from serverless_pipeline.local import seams
from serverless_pipeline.local.cloudformation import remarks

pytestmark = pytest.mark.usefixtures("empty_ministack")

FUNCTION, DISTRIBUTION = "AWS::Lambda::Function", "AWS::CloudFront::Distribution"
SENTENCES = {
    FUNCTION: lambda physical_id: f"{physical_id} is otherwise" if physical_id == "shop" else "",
    DISTRIBUTION: lambda physical_id: f"{physical_id} has no effect",
}

Event = tuple[tuple[str, ...], dict[str, str]]


def added(*event: str, **options: str) -> Event:
    """The event that is added in the end."""
    events: list[Event] = []
    seams.ADD_EVENT.replace(lambda *event, **options: events.append((event, options)))
    remarks.install(SENTENCES)
    seams.ADD_EVENT("stack-id", "stack", "Shop", *event, **options)
    ((words, details),) = events
    assert words[:3] == ("stack-id", "stack", "Shop")
    return words[3:], details


@pytest.mark.parametrize("status", ["CREATE_COMPLETE", "UPDATE_COMPLETE"])
@pytest.mark.parametrize(
    ("kind", "physical_id", "sentence"),
    [(FUNCTION, "shop", "shop is otherwise"), (DISTRIBUTION, "E1", "E1 has no effect")],
)
@pytest.mark.parametrize("is_named", [False, True])
def test_what_is_otherwise_with_a_resource_is_the_reason_of_its_event(
    status: str, kind: str, physical_id: str, sentence: str, *, is_named: bool
) -> None:
    details, options = ((), {"physical_id": physical_id}) if is_named else (("", physical_id), {})

    event = added(kind, status, *details, **options, more="x")

    assert event == ((kind, status), {"reason": sentence, "physical_id": physical_id, "more": "x"})


def test_where_there_is_nothing_to_say_the_reason_stays_empty() -> None:
    event = added(FUNCTION, "CREATE_COMPLETE", "", "other")

    assert event == ((FUNCTION, "CREATE_COMPLETE"), {"reason": "", "physical_id": "other"})


@pytest.mark.parametrize(
    "event",
    [
        ("AWS::S3::Bucket", "CREATE_COMPLETE", "", "shop"),
        ("AWS::CloudFormation::Stack", "CREATE_IN_PROGRESS"),
        (FUNCTION, "CREATE_IN_PROGRESS", "", "shop"),
        (FUNCTION, "DELETE_COMPLETE", "", "shop"),
        (FUNCTION, "CREATE_COMPLETE", "", ""),
        (FUNCTION, "CREATE_COMPLETE"),
        (FUNCTION, "CREATE_COMPLETE", "because", "shop"),
    ],
)
def test_another_event_is_as_it_was(event: tuple[str, ...]) -> None:
    assert added(*event, more="x") == (event, {"more": "x"})


def test_a_reason_that_is_named_stays() -> None:
    options: dict[str, Any] = {"physical_id": "shop", "reason": "because"}

    assert added(FUNCTION, "CREATE_COMPLETE", **options) == ((FUNCTION, "CREATE_COMPLETE"), options)
