from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.local import seams
from serverless_pipeline.local.functions import event_sources
from serverless_pipeline.local.functions.event_sources import MAPPING, Refused
from serverless_pipeline.local.iam import decisions

if TYPE_CHECKING:
    from collections.abc import Callable

PLACE = "eu-west-1:123456789012"
QUEUE = f"arn:aws:sqs:{PLACE}:queue"
STREAM = f"arn:aws:dynamodb:{PLACE}:table/shop/stream/1"
ROLE = "arn:aws:iam::123456789012:role/worker"


class World:
    """What came through to MiniStack, and what IAM was asked; it denies the actions in `denied`."""

    def __init__(self) -> None:
        self.handled: list[Any] = []
        self.questions: list[Any] = []
        self.denied: set[str] = set()

    def handle(self, *arguments: Any) -> Any:
        self.handled.append(arguments)
        return 202, {}, b"made"

    def may(self, *question: str) -> bool:
        self.questions.append(question)
        return question[1] not in self.denied


@pytest.fixture
def world(empty_ministack: None, monkeypatch: pytest.MonkeyPatch) -> World:
    del empty_ministack
    world = World()
    handlers: defaultdict[str, dict[str, Callable[..., Any]]] = defaultdict(lambda: {"create": world.handle})
    seams.RESOURCE_HANDLERS.replace(handlers)
    seams.CREATE_EVENT_SOURCE_MAPPING.replace(world.handle)
    seams.GET_FUNC_RECORD_FOR_REF.replace(lambda name: (None, {"Role": ROLE} if name == "worker" else None, name))
    seams.ERROR_RESPONSE_JSON.replace(lambda code, message, status: (status, {}, f"{code}: {message}".encode()))
    monkeypatch.setattr(decisions, "may", world.may)
    event_sources.install()
    return world


@pytest.mark.parametrize(("source", "service"), [(QUEUE, "sqs"), (STREAM, "dynamodb")])
def test_the_role_of_the_function_is_asked_about_what_reading_needs(world: World, source: str, service: str) -> None:
    mapping = {"FunctionName": "worker", "EventSourceArn": source}

    seams.CREATE_EVENT_SOURCE_MAPPING(mapping)
    seams.RESOURCE_HANDLERS.value[MAPPING]["create"]("Logical", mapping, "stack")

    assert world.questions == [(ROLE, action, source) for action in event_sources.ACTIONS[service]] * 2
    assert world.handled == [(mapping,), ("Logical", mapping, "stack")]


@pytest.mark.parametrize(
    ("source", "denied", "message"),
    [
        (QUEUE, "sqs:DeleteMessage", "call DeleteMessage on SQS"),
        (STREAM, "dynamodb:GetRecords", "call GetRecords on DynamoDB"),
    ],
)
def test_a_source_that_it_may_not_read_is_refused(world: World, source: str, denied: str, message: str) -> None:
    world.denied.add(denied)
    mapping = {"FunctionName": "worker", "EventSourceArn": source}

    status, _, body = seams.CREATE_EVENT_SOURCE_MAPPING(mapping)
    with pytest.raises(Refused, match=message):
        seams.RESOURCE_HANDLERS.value[MAPPING]["create"]("Logical", mapping, "stack")

    assert (status, world.handled) == (400, [])
    assert body.decode() == (
        "InvalidParameterValueException: The provided execution role does not have permissions to "
        f"{message} ({ROLE} on {source})"
    )


@pytest.mark.parametrize(
    "mapping",
    [
        {"FunctionName": "nobody", "EventSourceArn": QUEUE},
        {"FunctionName": "worker", "EventSourceArn": f"arn:aws:kafka:{PLACE}:cluster/x"},
        {"FunctionName": "worker", "EventSourceArn": "odd"},
        {"FunctionName": "worker", "SelfManagedEventSource": {}},
        {},
    ],
)
def test_all_else_is_ministacks_to_judge(world: World, mapping: Any) -> None:
    seams.CREATE_EVENT_SOURCE_MAPPING(mapping)

    assert (world.handled, world.questions) == ([(mapping,)], [])
