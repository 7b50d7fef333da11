from __future__ import annotations

import asyncio
from typing import Any

import pytest

from serverless_pipeline.local import seams
from serverless_pipeline.local.apigateway import permissions
from serverless_pipeline.local.iam import decisions, deliveries

FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:shop:live"
URI = f"arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"
API = "arn:aws:execute-api:eu-west-1:123456789012:api"
OWNER = {"owner_region": "eu-west-1", "owner_account_id": "123456789012"}
INVOKED: tuple[int, dict[str, str], bytes] = (200, {}, b"invoked")


class World:
    """What was invoked, and what IAM was asked; it allows while `allows` says so."""

    def __init__(self) -> None:
        self.invoked: list[Any] = []
        self.questions: list[Any] = []
        self.allows = True

    async def invoke(self, *words: Any, **options: Any) -> Any:
        self.invoked.append((words, options))
        return INVOKED

    def asked(self, *question: Any) -> bool:
        self.questions.append(question)
        return self.allows


@pytest.fixture
def world(empty_ministack: None, monkeypatch: pytest.MonkeyPatch) -> World:
    del empty_ministack
    world = World()
    for seam in (seams.INVOKE_PROXY_OF_REST_API, seams.INVOKE_CUSTOM_OF_REST_API, seams.INVOKE_PROXY_OF_HTTP_API):
        seam.replace(world.invoke)
    seams.GET_REGION.replace(lambda: "us-east-1")
    seams.GET_ACCOUNT_ID.replace(lambda: "000000000000")
    monkeypatch.setattr(deliveries, "function_lets_in", world.asked)
    monkeypatch.setattr(decisions, "may", world.asked)
    permissions.install()
    return world


def rest(uri: str = URI, **more: Any) -> tuple[Any, ...]:
    return {"uri": uri, **more}, "api", "Prod", {}, {"path": "/pets/{id}"}, "/pets/1", "GET", {}, b"", {}, {}


def http(uri: str = URI, *, route_key: str = "ANY /pets/{id}", **more: Any) -> tuple[Any, ...]:
    return {"integrationUri": uri, **more}, "api", "$default", "/pets/1", "GET", {}, b"", {}, route_key, {}


@pytest.mark.parametrize(
    ("seam", "words", "source"),
    [
        (seams.INVOKE_PROXY_OF_REST_API, rest(), f"{API}/Prod/GET/pets/{{id}}"),
        (seams.INVOKE_CUSTOM_OF_REST_API, rest(), f"{API}/Prod/GET/pets/{{id}}"),
        (seams.INVOKE_PROXY_OF_HTTP_API, http(), f"{API}/$default/GET/pets/{{id}}"),
        (
            seams.INVOKE_PROXY_OF_HTTP_API,
            http(route_key="$default"),
            f"{API}/$default/$default",
        ),
    ],
)
def test_a_function_is_invoked_if_its_policy_lets_the_api_in(
    world: World, seam: Any, words: Any, source: str, capsys: pytest.CaptureFixture[str]
) -> None:
    allowed = asyncio.run(seam(*words, **OWNER))
    world.allows = False
    status, _, body = asyncio.run(seam(*words, **OWNER))

    assert (allowed, world.invoked) == (INVOKED, [(words, OWNER)])
    assert world.questions == [(FUNCTION, "apigateway.amazonaws.com", source)] * 2
    assert (status, body.lower()) == (500, b'{"message": "internal server error"}')
    assert f"{source} may not invoke {FUNCTION}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("seam", "words"),
    [
        (seams.INVOKE_PROXY_OF_REST_API, rest(credentials="arn:role")),
        (seams.INVOKE_PROXY_OF_HTTP_API, http(credentialsArn="arn:role")),
    ],
)
def test_with_credentials_the_role_decides(world: World, seam: Any, words: Any) -> None:
    asyncio.run(seam(*words, **OWNER))

    assert world.questions == [("arn:role", "lambda:InvokeFunction", FUNCTION)]


@pytest.mark.parametrize("uri", ["shop", "", "arn:aws:apigateway:eu-west-1:sqs:path/123456789012/queue"])
def test_what_is_not_named_by_its_arn_is_ministacks(world: World, uri: str) -> None:
    assert asyncio.run(seams.INVOKE_PROXY_OF_REST_API(*rest(uri))) == INVOKED
    assert world.questions == []


def test_without_an_owner_the_place_is_that_of_the_request(world: World) -> None:
    asyncio.run(seams.INVOKE_PROXY_OF_REST_API(*rest()))

    (question,) = world.questions
    assert question[2].startswith("arn:aws:execute-api:us-east-1:000000000000:api/")
