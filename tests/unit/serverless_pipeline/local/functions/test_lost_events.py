from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from serverless_pipeline.local import seams
from serverless_pipeline.local.functions import lost_events
from serverless_pipeline.local.iam import sessions
from serverless_pipeline.local.iam.credentials import Credentials
from serverless_pipeline.local.iam.sessions import Session

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.usefixtures("empty_ministack")

URL = "http://127.0.0.1:4600"
ARN = "arn:aws:lambda:eu-west-1:000000000000:function:shop"
TARGET = "arn:aws:lambda:eu-west-1:000000000000:function:lost"
ROLE = "arn:aws:iam::000000000000:role/shop"
CONFIG = {"FunctionName": "shop", "FunctionArn": ARN, "Role": ROLE}
RESULT = {"body": {"errorType": "KeyError"}, "error": True, "log": "a log"}


class Client:
    """A client of Lambda that keeps who it acts as and what it was asked."""

    def __init__(self) -> None:
        self.acts_as: list[tuple[Credentials, str]] = []
        self.requests: list[dict[str, Any]] = []
        self.error: Exception | None = None

    def invoke(self, **request: Any) -> None:
        if self.error:
            raise self.error
        self.requests.append(request)

    @property
    def record(self) -> dict[str, Any]:
        (request,) = self.requests
        record: dict[str, Any] = json.loads(request["Payload"])
        return record


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Client:
    client = Client()

    def act_as(credentials: Credentials, service: str) -> Client:
        client.acts_as.append((credentials, service))
        return client

    monkeypatch.setattr(Credentials, "client", act_as)
    parts = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    monkeypatch.setattr(
        sessions, "of_function", lambda config: Session(*(f"{part} of {config['FunctionName']}" for part in parts))
    )
    return client


@pytest.fixture
def elsewhere() -> list[Any]:
    """What MiniStack itself routes; the function `shop` has no configuration of its failures."""
    routed: list[Any] = []
    seams.LAMBDA_FUNCTIONS.replace({"shop": {"config": CONFIG}})
    seams.ROUTE_ASYNC_FAILURE.replace(lambda *words: routed.append(words))
    return routed


@pytest.fixture
def route(elsewhere: list[Any]) -> Callable[..., None]:
    assert elsewhere == []
    lost_events.install(URL)
    return seams.ROUTE_ASYNC_FAILURE


def test_a_function_gets_the_record_with_the_role_of_the_one_that_failed(
    route: Callable[..., None], client: Client, elsewhere: list[Any]
) -> None:
    route(TARGET, "shop", {"word": 1}, RESULT)

    credentials = Credentials(
        role=ROLE,
        endpoint_url=URL,
        region="eu-west-1",
        access_key_id="AWS_ACCESS_KEY_ID of shop",
        secret_access_key="AWS_SECRET_ACCESS_KEY of shop",
        session_token="AWS_SESSION_TOKEN of shop",
    )
    assert client.acts_as == [(credentials, "lambda")]
    assert client.requests[0] | {"Payload": ""} == {
        "FunctionName": TARGET,
        "InvocationType": "Event",
        "Payload": "",
    }
    assert client.record["requestPayload"] == {"word": 1}
    assert elsewhere == []


def test_another_destination_stays_ministacks_business(
    route: Callable[..., None], client: Client, elsewhere: list[Any]
) -> None:
    queue = "arn:aws:sqs:eu-west-1:000000000000:lost"

    route(queue, "shop", {"word": 1}, RESULT)

    assert elsewhere == [(queue, "shop", {"word": 1}, RESULT)]
    assert client.acts_as == []


def test_the_record_is_lambdas() -> None:
    record = lost_events.record(ARN, {"word": 1}, RESULT, invocations=2)

    timestamp, request_id = record.pop("timestamp"), record["requestContext"].pop("requestId")
    assert record == {
        "version": "1.0",
        "requestContext": {
            "functionArn": f"{ARN}:$LATEST",
            "condition": "RetriesExhausted",
            "approximateInvokeCount": 2,
        },
        "requestPayload": {"word": 1},
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "responsePayload": {"errorType": "KeyError"},
    }
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", timestamp)
    assert abs(datetime.fromisoformat(timestamp) - datetime.now(UTC)) < timedelta(minutes=1)
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", request_id)


def test_each_record_has_an_id_of_its_own_and_may_lack_an_answer() -> None:
    records = [lost_events.record(ARN, None, {}, invocations=1) for _ in range(2)]

    assert records[0]["requestContext"]["requestId"] != records[1]["requestContext"]["requestId"]
    assert records[0]["responsePayload"] is None


@pytest.mark.parametrize(
    ("settings", "invocations"),
    [
        ({}, 3),
        ({"event_invoke_configs": None, "event_invoke_config": None}, 3),
        ({"event_invoke_configs": {"$LATEST": {"MaximumRetryAttempts": 0}}}, 1),
        ({"event_invoke_configs": {"live": {"MaximumRetryAttempts": 0}}}, 3),
        ({"event_invoke_config": {"MaximumRetryAttempts": 1}}, 2),
        (
            {
                "event_invoke_config": {"MaximumRetryAttempts": 1},
                "event_invoke_configs": {"$LATEST": {"MaximumRetryAttempts": 0}},
            },
            2,
        ),
        ({"event_invoke_config": {"Qualifier": "x"}}, 3),
    ],
)
def test_the_record_counts_the_first_try_and_its_retries(
    route: Callable[..., None], client: Client, settings: dict[str, Any], invocations: int
) -> None:
    seams.LAMBDA_FUNCTIONS.value["shop"].update(settings)

    route(TARGET, "shop", None, RESULT)

    assert client.record["requestContext"]["approximateInvokeCount"] == invocations


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ClientError({"Error": {"Code": "AccessDenied", "Message": "not you"}}, "Invoke"), "not you"),
        (EndpointConnectionError(endpoint_url=URL), "Could not connect"),
    ],
)
def test_a_record_that_cannot_be_delivered_is_told_to_the_log_of_the_server(
    route: Callable[..., None], client: Client, capsys: pytest.CaptureFixture[str], error: Exception, words: str
) -> None:
    client.error = error

    route(TARGET, "shop", None, RESULT)

    line = capsys.readouterr().err
    assert line.startswith("The destination of shop got no record: ")
    assert words in line
    assert line.endswith("\n")


def test_an_event_that_found_no_room_was_too_old() -> None:
    result = {"throttle": True, "error": True, "body": {"Reason": "ReservedFunctionConcurrentInvocationLimitExceeded"}}

    told = lost_events.record(ARN, {}, result, invocations=1)

    assert told["requestContext"]["condition"] == "EventAgeExceeded"
    assert lost_events.record(ARN, {}, RESULT, invocations=1)["requestContext"]["condition"] == "RetriesExhausted"
