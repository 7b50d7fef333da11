from __future__ import annotations

import json
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.lambdas import let_in, zipped

if TYPE_CHECKING:
    from collections.abc import Callable

    from serverless_pipeline.aws import Clients

SOURCE = """
def handler(event, context):
    if event == "fail" and {version} == 2:
        raise ValueError("the new version fails")
    return {{"statusCode": 200, "body": "{version}", "arn": context.invoked_function_arn}}
"""


@pytest.fixture
def function(clients: Clients, make: Callable[..., str]) -> str:
    """A function with versions 1 and 2, which say which they are."""
    name = make(SOURCE.format(version=1), Publish=True)
    code = zipped({"index.py": SOURCE.format(version=2)})
    clients.functions.update_function_code(FunctionName=name, ZipFile=code, Publish=True)
    return name


def weighted(clients: Clients, function: str, weight: float | None) -> None:
    """Make the alias `live`: version 1, and 2 with a weight."""
    weights = {} if weight is None else {"2": weight}
    clients.functions.create_alias(
        FunctionName=function,
        Name="live",
        FunctionVersion="1",
        RoutingConfig={"AdditionalVersionWeights": weights},
    )


def versions(clients: Clients, function: str, times: int) -> Counter[str]:
    """How often each version answered; each answer's header agrees with who answered."""

    def one(_: int) -> str:
        answer = clients.functions.invoke(FunctionName=function, Qualifier="live")
        payload = json.load(answer["Payload"])
        assert payload["body"] == answer["ExecutedVersion"]
        assert payload["arn"].endswith(f":{function}:live")
        return str(payload["body"])

    with ThreadPoolExecutor(4) as pool:
        return Counter(pool.map(one, range(times)))


@pytest.mark.parametrize(("weight", "version"), [(None, "1"), (0.0, "1"), (1.0, "2")])
def test_a_weight_of_nothing_or_all_leaves_no_choice(
    clients: Clients, function: str, weight: float | None, version: str
) -> None:
    weighted(clients, function, weight)

    assert versions(clients, function, 30) == {version: 30}


def test_invocations_are_divided_by_the_weight(clients: Clients, function: str) -> None:
    weighted(clients, function, 0.5)

    counted = versions(clients, function, 400)

    assert counted.total() == 400
    assert 100 < counted["2"] < 300  # ten standard deviations to each side


def test_an_api_is_divided_as_well(clients: Clients, function: str, ask: Callable[..., Any]) -> None:
    weighted(clients, function, 1.0)
    alias = clients.functions.get_alias(FunctionName=function, Name="live")["AliasArn"]
    let_in(clients, alias)
    uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{alias}/invocations"
    proxy = {"type": "aws_proxy", "httpMethod": "POST", "uri": uri}
    document = {
        "openapi": "3.0.3",
        "info": {"title": "api", "version": "1"},
        "paths": {"/": {"get": {"x-amazon-apigateway-integration": proxy}}},
    }
    gateway = clients.apis
    api = gateway.create_rest_api(name=f"api-{uuid.uuid4().hex[:8]}")["id"]
    gateway.put_rest_api(restApiId=api, mode="overwrite", body=json.dumps(document).encode())
    gateway.create_deployment(restApiId=api, stageName="test")

    answer = ask(f"/_aws/execute-api/{api}/test/")

    assert answer.body == b"2"


def test_errors_are_counted_by_function_alias_and_version(clients: Clients, function: str) -> None:
    weighted(clients, function, 1.0)
    for _ in range(3):
        clients.functions.invoke(FunctionName=function, Qualifier="live", Payload=b'"fail"')

    assert summed(clients, "Invocations", function, "2") == 3
    assert summed(clients, "Errors", function, "2") == 3
    assert summed(clients, "Errors", function, "1") == 0


def summed(clients: Clients, metric: str, function: str, version: str) -> float:
    now = datetime.now(UTC)
    dimensions = {"FunctionName": function, "Resource": f"{function}:live", "ExecutedVersion": version}
    metrics = clients.client("cloudwatch")
    answer = metrics.get_metric_statistics(
        Namespace="AWS/Lambda",
        MetricName=metric,
        Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
        StartTime=now - timedelta(minutes=5),
        EndTime=now + timedelta(minutes=1),
        Period=60,
        Statistics=["Sum"],
    )
    return float(sum(point["Sum"] for point in answer["Datapoints"]))
