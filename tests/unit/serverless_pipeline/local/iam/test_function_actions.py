import pytest

from serverless_pipeline.local.iam import function_actions

FUNCTION = "/2015-03-31/functions/shop"


@pytest.fixture(autouse=True, scope="module")
def _installed() -> None:
    function_actions.install()


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


def test_a_path_that_lambda_does_not_have_asks_for_nothing() -> None:
    assert function_actions.action("GET", "/nothing/of/lambda") is None
