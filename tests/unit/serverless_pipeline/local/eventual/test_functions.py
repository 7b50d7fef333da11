from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from serverless_pipeline.local import seams
from serverless_pipeline.local.eventual import functions

ARN = "arn:aws:lambda:eu-west-1:123456789012:function:f"
ROOT = "/2015-03-31/functions"
SECONDS = 0.5


class Lambda:
    """A function `f`, and what happens to it."""

    def __init__(self) -> None:
        self.configuration: dict[str, Any] = {"FunctionArn": ARN, "State": "Active", "LastUpdateStatus": "Successful"}
        self.scheduled: list[tuple[str, float]] = []
        self.status = 200

    async def serve(self, method: str, _path: str, *_: Any) -> Any:
        """As MiniStack does it: whatever is updated is pending."""
        if method == "PUT" and self.status == 200:
            self.configuration.update(State="Pending", StateReason="why", LastUpdateStatus="InProgress")
        seams.SCHEDULE_STATE_TRANSITION("f", 3.0)
        return self.status, {}, json.dumps(self.configuration).encode()


@pytest.fixture
def service(empty_ministack: None) -> Lambda:  # noqa: ARG001 - it has to be empty first
    service = Lambda()
    handlers = {"lambda": service.serve}
    seams.SERVICE_HANDLERS.replace(handlers)
    seams.LAMBDA_FUNCTIONS.replace({"f": {"config": service.configuration}})
    seams.SCHEDULE_STATE_TRANSITION.replace(lambda *call: service.scheduled.append(call))
    seams.ERROR_RESPONSE_JSON.replace(lambda code, message, status: (status, {}, f"{code}: {message}".encode()))
    functions.install(SECONDS)
    return service


def ask(method: str, path: str) -> tuple[int, str]:
    status, _, body = asyncio.run(seams.SERVICE_HANDLERS.value["lambda"](method, f"{ROOT}/{path}", {}, b"", {}))
    return status, body.decode()


@pytest.mark.parametrize("request_", [("PUT", "f/code"), ("PUT", "f/configuration"), ("POST", "f/versions")])
def test_what_is_in_progress_is_neither_updated_nor_published(service: Lambda, request_: tuple[str, str]) -> None:
    service.configuration["LastUpdateStatus"] = "InProgress"

    status, words = ask(*request_)

    assert (status, words.partition(": ")[0]) == (409, "ResourceConflictException")
    assert words.endswith(f"cannot be performed at this time. An update is in progress for resource: {ARN}")


@pytest.mark.parametrize("name", ["f", "f:live", ARN.replace(":", "%3A"), f"{ARN}:live"])
def test_what_is_pending_is_not_invoked_by_whatever_name(service: Lambda, name: str) -> None:
    service.configuration["State"] = "Pending"

    status, words = ask("POST", f"{name}/invocations")

    assert (status, words.endswith("currently in the following state: Pending")) == (409, True)


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "f/configuration"), ("GET", "f/versions"), ("POST", "f/invocations"), ("PUT", "g/code")],
)
def test_what_is_in_progress_is_looked_at_and_invoked(service: Lambda, method: str, path: str) -> None:
    service.configuration["LastUpdateStatus"] = "InProgress"

    assert ask(method, path)[0] == 200


def test_a_function_stays_active_while_it_is_updated(service: Lambda) -> None:
    status, body = ask("PUT", "f/configuration")

    told = json.loads(body)
    assert (status, told["State"], told["StateReason"], told["LastUpdateStatus"]) == (200, "Active", "", "InProgress")
    assert service.configuration["State"] == "Active"


def test_an_update_that_fails_is_told_as_it_is(service: Lambda) -> None:
    service.status = 400

    assert ask("PUT", "f/code")[0] == 400


def test_it_takes_its_time_after_a_request_and_none_where_cloudformation_waited(service: Lambda) -> None:
    ask("PUT", "f/code")
    seams.SCHEDULE_STATE_TRANSITION("f", 3.0)

    assert service.scheduled == [("f", SECONDS), ("f", 0.0)]
