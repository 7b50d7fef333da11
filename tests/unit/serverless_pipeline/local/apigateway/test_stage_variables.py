from __future__ import annotations

import asyncio
from typing import Any

import pytest

from serverless_pipeline.local import seams
from serverless_pipeline.local.apigateway import stage_variables

RESOURCE = {
    "path": "/",
    "resourceMethods": {
        "GET": {"methodIntegration": {"uri": "https://${stageVariables.host}/${stageVariables.none}x"}},
        "PUT": {},
    },
}


@pytest.fixture(autouse=True)
def _stages(empty_ministack: None) -> None:
    """The API `api`, whose stage `test` has variables."""
    del empty_ministack

    async def execute(*_: Any) -> Any:
        return seams.MATCH_RESOURCE_TREE("api", "/"), seams.MATCH_GREEDY_FALLBACK("api", "/")

    seams.STAGES_FOR_API.replace(lambda _: {"test": {"variables": {"host": "example.org"}}, "bare": {}})
    seams.EXECUTE_IN_SCOPE.replace(execute)
    seams.MATCH_RESOURCE_TREE.replace(lambda *_: (RESOURCE, {"a": "b"}))
    seams.MATCH_GREEDY_FALLBACK.replace(lambda *_: (None, None))
    stage_variables.install()


def uri(stage: str) -> str:
    (resource, parameters), greedy = asyncio.run(seams.EXECUTE_IN_SCOPE({}, "api", stage))
    assert (parameters, greedy) == ({"a": "b"}, (None, None))
    found: str = resource["resourceMethods"]["GET"]["methodIntegration"]["uri"]
    return found


def test_an_address_is_the_one_of_its_stage_and_what_is_not_set_is_empty() -> None:
    assert uri("test") == "https://example.org/x"
    assert uri("bare") == "https:///x"


def test_the_api_itself_keeps_its_references() -> None:
    uri("test")

    assert seams.MATCH_RESOURCE_TREE("api", "/") == (RESOURCE, {"a": "b"})
    assert "${stageVariables.host}" in str(RESOURCE)
