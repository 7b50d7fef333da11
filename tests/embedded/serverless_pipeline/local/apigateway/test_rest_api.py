from __future__ import annotations

import json
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.support.embedded import endpoint_of
from tests.support.lambdas import let_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from serverless_pipeline.aws import Clients

ECHO = "import json\ndef handler(e, c): return {'statusCode': 200, 'body': json.dumps(e)}\n"


def document(uri: str, *paths: str, title: str = "api", method: str = "get") -> dict[str, Any]:
    integration = {"type": "aws_proxy", "httpMethod": "POST", "uri": uri}
    operation = {method: {"x-amazon-apigateway-integration": integration}}
    return {"openapi": "3.0.1", "info": {"title": title, "version": "1"}, "paths": dict.fromkeys(paths, operation)}


def uri(function: str) -> str:
    path = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions"
    return f"{path}/arn:aws:lambda:us-east-1:000000000000:function:{function}/invocations"


@pytest.fixture
def echo(clients: Clients, make: Callable[..., str]) -> str:
    """The name of a function that answers its event, and lets every API in."""
    name = make(ECHO)
    let_in(clients, name)
    return name


@pytest.fixture
def gateway(clients: Clients) -> Any:
    return clients.apis


@pytest.fixture
def api(gateway: Any) -> Iterator[str]:
    identity = gateway.create_rest_api(name="before", tags={"kept": "yes"})["id"]
    yield identity
    gateway.delete_rest_api(restApiId=identity)


@pytest.fixture
def put(gateway: Any, api: str) -> Callable[..., Any]:
    def do(specification: Any, mode: str = "overwrite", *, strict: bool = True) -> Any:
        body = specification if isinstance(specification, bytes) else json.dumps(specification).encode()
        return gateway.put_rest_api(restApiId=api, mode=mode, failOnWarnings=strict, body=body)

    return do


def paths(gateway: Any, api: str) -> dict[str, list[str]]:
    resources = gateway.get_resources(restApiId=api)["items"]
    return {item["path"]: sorted(item.get("resourceMethods", {})) for item in resources}


def test_overwrite_replaces_the_resources_and_keeps_the_identity(
    gateway: Any, api: str, put: Callable[..., Any]
) -> None:
    put(document(uri("f"), "/old"))
    deployed = gateway.create_deployment(restApiId=api, stageName="test")["id"]

    answer = put(document(uri("f"), "/new/{id}", title="after"))

    assert paths(gateway, api) == {"/": [], "/new": [], "/new/{id}": ["GET"]}
    assert (answer["id"], answer["name"], answer["tags"]) == (api, "after", {"kept": "yes"})
    assert gateway.get_stage(restApiId=api, stageName="test")["deploymentId"] == deployed


def test_merge_keeps_what_the_document_does_not_name(gateway: Any, api: str, put: Callable[..., Any]) -> None:
    put(document(uri("f"), "/old"))

    put(document(uri("f"), "/old", method="post"), mode="merge")
    put(document(uri("f"), "/new"), mode="merge")

    assert paths(gateway, api) == {"/": [], "/old": ["GET", "POST"], "/new": ["GET"]}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"[]", "Invalid OpenAPI input"),
        (b'{"paths": {}}', "openapi must be 3.0.x"),
        (b'{"openapi": "3.0.1"}', "paths is missing"),
        (b"{\x00", "Invalid OpenAPI input"),
        (json.dumps(document("${IntegrationUri}", "/data")).encode(), "Invalid ARN '${IntegrationUri}'"),
        (b'{"openapi": "3.0.1", "paths": {"/data": {"get": {}}}}', "No integration defined for method 'GET'"),
    ],
)
def test_a_faulty_document_changes_nothing(
    gateway: Any, api: str, put: Callable[..., Any], body: bytes, words: str
) -> None:
    put(document(uri("f"), "/old"))

    with pytest.raises(gateway.exceptions.BadRequestException) as caught:
        put(body)

    assert words in str(caught.value)
    assert paths(gateway, api) == {"/": [], "/old": ["GET"]}


def test_warnings_are_told_where_they_do_not_fail(put: Callable[..., Any]) -> None:
    answer = put(document("${IntegrationUri}", "/data"), strict=False)

    assert ["'/data'" in warning for warning in answer["warnings"]] == [True]


def test_an_unknown_api_is_not_found(gateway: Any) -> None:
    with pytest.raises(gateway.exceptions.NotFoundException):
        gateway.put_rest_api(restApiId="nobody", mode="overwrite", body=json.dumps(document(uri("f"), "/")))


def test_the_right_to_put_is_asked_for(
    clients: Clients, make: Callable[..., str], invoke: Callable[..., Any], role: str, api: str
) -> None:
    name = make(
        "import boto3, json\n"
        "def handler(e, c):\n"
        "    try:\n"
        "        return boto3.client('apigateway').put_rest_api(**e)['id']\n"
        "    except Exception as error:\n"
        "        return error.response['Error']['Code']\n",
        Timeout=30,
    )
    request = {"restApiId": api, "mode": "overwrite", "body": json.dumps(document(uri("f"), "/data"))}
    resource = f"arn:aws:apigateway:us-east-1::/restapis/{api}"
    statement = {"Effect": "Allow", "Action": "apigateway:PUT", "Resource": resource}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    role_name = role.rpartition("/")[2]

    before = invoke(name, request)
    clients.iam.put_role_policy(RoleName=role_name, PolicyName="put", PolicyDocument=policy)
    after = invoke(name, request)
    clients.iam.delete_role_policy(RoleName=role_name, PolicyName="put")

    assert before == "AccessDeniedException"
    assert after == api


def test_a_deployment_moves_the_stage_and_is_served(
    gateway: Any, api: str, put: Callable[..., Any], echo: str, ask: Callable[..., Any]
) -> None:
    put(document(uri(echo), "/{proxy+}", method="x-amazon-apigateway-any-method"))
    gateway.create_deployment(restApiId=api, stageName="test")

    second = gateway.create_deployment(restApiId=api, stageName="test")["id"]
    answer = ask(f"/_aws/execute-api/{api}/test//data?a=1&b=x%20y", headers={"X-Word": "hello"})
    event = json.loads(answer.body)

    assert gateway.get_stage(restApiId=api, stageName="test")["deploymentId"] == second
    assert answer.status == 200
    assert event["httpMethod"] == "GET"
    assert event["pathParameters"] == {"proxy": "data"}
    assert event["queryStringParameters"] == {"a": "1", "b": "x y"}
    assert event["requestContext"]["identity"]["sourceIp"] == "127.0.0.1"
    assert event["headers"]["x-word"] == "hello"


def test_a_function_that_does_not_let_the_api_in_is_not_invoked(
    gateway: Any, api: str, put: Callable[..., Any], make: Callable[..., str], ask: Callable[..., Any]
) -> None:
    put(document(uri(make(ECHO)), "/data"))
    gateway.create_deployment(restApiId=api, stageName="test")

    answer = ask(f"/_aws/execute-api/{api}/test/data")

    assert (answer.status, json.loads(answer.body)) == (500, {"message": "Internal server error"})


def test_the_policy_of_a_document_shuts_what_it_does_not_allow(
    gateway: Any, api: str, put: Callable[..., Any], echo: str, ask: Callable[..., Any]
) -> None:
    allowed = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "execute-api:Invoke",
        "Resource": "execute-api:/*/GET/open",
    }
    header = {"gatewayresponse.header.X-Word": "'shut'"}
    specification = {
        **document(uri(echo), "/open", "/shut"),
        "x-amazon-apigateway-policy": {"Version": "2012-10-17", "Statement": [allowed]},
        "x-amazon-apigateway-gateway-responses": {"ACCESS_DENIED": {"statusCode": 418, "responseParameters": header}},
    }
    put(specification)
    gateway.create_deployment(restApiId=api, stageName="test")

    answers = [ask(f"/_aws/execute-api/{api}/test/{path}") for path in ("open", "shut")]

    assert [answer.status for answer in answers] == [200, 418]
    assert answers[1].headers["x-word"] == "shut"


def test_a_mock_integration_answers_with_its_responses(
    gateway: Any, api: str, put: Callable[..., Any], ask: Callable[..., Any]
) -> None:
    template = '{"statusCode": 200}'
    mock = {
        "type": "mock",
        "requestTemplates": {"application/json": template},
        "responses": {
            "default": {
                "statusCode": "200",
                "responseParameters": {"method.response.header.X-Word": "'hello'"},
                "responseTemplates": {"application/json": '{"from": "mock"}'},
            }
        },
    }
    operation = {"get": {"x-amazon-apigateway-integration": mock}}
    put({"openapi": "3.0.1", "info": {"title": "api"}, "paths": {"/word": operation}})
    gateway.create_deployment(restApiId=api, stageName="test")

    answer = ask(f"/_aws/execute-api/{api}/test/word")

    assert json.loads(answer.body) == {"from": "mock"}
    assert answer.headers["x-word"] == "hello"


def test_yaml_is_read_as_well(gateway: Any, api: str, put: Callable[..., Any]) -> None:
    text = "openapi: 3.0.1\ninfo: {title: api}\npaths:\n  /data:\n    get:\n      x-amazon-apigateway-integration:\n"
    put(f"{text}        {{type: aws_proxy, httpMethod: POST, uri: '{uri('f')}'}}\n".encode())

    assert paths(gateway, api) == {"/": [], "/data": ["GET"]}


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/{a}-{b}", "Resource's path part only allow"),
        ("/{proxy+}/x", "Cannot create a child of a resource with a greedy path variable"),
    ],
)
def test_paths_that_api_gateway_does_not_take_are_refused(put: Callable[..., Any], path: str, words: str) -> None:
    with pytest.raises(ClientError, match=f"Errors found during import:\n\tUnable to create resource at path.*{words}"):
        put(document(uri("f"), "/fine", path))


def test_openapi_3_1_is_refused(put: Callable[..., Any]) -> None:
    with pytest.raises(ClientError, match="Invalid OpenAPI input"):
        put(document(uri("f"), "/") | {"openapi": "3.1.0"})


def test_an_api_without_methods_is_not_deployed(gateway: Any, api: str) -> None:
    with pytest.raises(ClientError, match=r"BadRequestException.*The REST API doesn't contain any methods"):
        gateway.create_deployment(restApiId=api, stageName="test")


def test_each_stage_calls_the_function_that_its_variable_names(
    clients: Clients, api: str, echo: str, make: Callable[..., str], put: Callable[..., Any]
) -> None:
    other = make("def handler(e, c): return {'statusCode': 200, 'body': 'other'}\n")
    let_in(clients, other)
    put(document(uri("${stageVariables.function}"), "/v"))
    for stage, function in (("one", echo), ("two", other)):
        clients.apis.create_deployment(restApiId=api, stageName=stage, variables={"function": function})

    root = f"{endpoint_of(clients).url}/_aws/execute-api/{api}"
    one, two = (urllib.request.urlopen(f"{root}/{stage}/v").read() for stage in ("one", "two"))

    assert (json.loads(one)["stageVariables"], two) == ({"function": echo}, b"other")
