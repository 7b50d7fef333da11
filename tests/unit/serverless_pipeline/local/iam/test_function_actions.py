from __future__ import annotations

from typing import Any

import pytest

from serverless_pipeline.local import seams
from serverless_pipeline.local.iam import function_actions

FUNCTION = "/2015-03-31/functions/shop"


@pytest.fixture(scope="module")
def _installed() -> None:
    function_actions.install()


@pytest.mark.usefixtures("_installed")
@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", f"{FUNCTION}/aliases", "ListAliases"),
        ("POST", f"{FUNCTION}/aliases", "CreateAlias"),
        ("GET", f"{FUNCTION}/aliases/live", "GetAlias"),
        ("PUT", f"{FUNCTION}/aliases/live", "UpdateAlias"),
        ("DELETE", f"{FUNCTION}/aliases/live", "DeleteAlias"),
        ("GET", FUNCTION, "GetFunction"),
        ("DELETE", FUNCTION, "DeleteFunction"),
        ("PUT", f"{FUNCTION}/code", "UpdateFunctionCode"),
        ("GET", f"{FUNCTION}/configuration", "GetFunctionConfiguration"),
        ("POST", f"{FUNCTION}/versions", "PublishVersion"),
        ("POST", f"{FUNCTION}/invocations", "InvokeFunction"),
        ("GET", "/2015-03-31/functions/", "ListFunctions"),
        ("POST", "/2015-03-31/functions", "CreateFunction"),
    ],
)
def test_each_request_asks_for_the_action_of_its_route(method: str, path: str, expected: str) -> None:
    assert function_actions.action(method, path) == expected


@pytest.mark.usefixtures("_installed")
def test_a_path_that_lambda_does_not_have_asks_for_nothing() -> None:
    assert function_actions.action("GET", "/nothing/of/lambda") is None


@pytest.mark.usefixtures("empty_ministack")
@pytest.mark.parametrize("operation", ["Invoke", "InvokeAsync", "InvokeWithResponseStream"])
def test_invoking_is_one_action_under_three_operations(operation: str) -> None:
    requests: list[Any] = []

    def match(*request: str) -> str:
        requests.append(request)
        return operation

    seams.MATCH_REST_ACTION.replace(match)

    assert function_actions.action("POST", "/path") == "InvokeFunction"
    assert requests == [("lambda", "POST", "/path")]


@pytest.mark.usefixtures("empty_ministack")
def test_lambda_joins_the_services_whose_routes_are_looked_up() -> None:
    seams.BOTOCORE_SERVICES.replace({"s3": ["s3"]})

    function_actions.install()

    assert seams.BOTOCORE_SERVICES.value == {"s3": ["s3"], "lambda": ["lambda"]}
    assert seams.LAMBDA_ACTION.value is function_actions.action
