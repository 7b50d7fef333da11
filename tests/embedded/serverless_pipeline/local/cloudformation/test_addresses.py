"""The addresses that an ordinary template prints answer as they are printed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener

import pytest

from serverless_pipeline.local.functions import runtime
from tests.support.stacks import deployed, published, resource, settings

if TYPE_CHECKING:
    from serverless_pipeline.aws import Clients

SOURCE = """
import os

def handler(event, context):
    return {"statusCode": 200, "body": os.environ["WORD"] + event.get("rawPath", event.get("path"))}
"""
SUB, GET_ATT = "Fn::Sub", "Fn::GetAtt"
LAMBDA = "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Function.Arn}/invocations"


def fetch(url: str) -> tuple[int, str]:
    """What a browser or curl sees; redirects are followed."""
    try:
        with build_opener(ProxyHandler({})).open(url, timeout=30) as response:
            return response.status, response.read().decode()
    except HTTPError as error:
        return error.code, error.read().decode()


def allow(principal: Any, action: str, place: Any = "*") -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": principal, "Action": action}
    return {"Version": "2012-10-17", "Statement": [statement | ({"Resource": place} if place != "*" else {})]}


def function(word: Any) -> dict[str, Any]:
    """A function that answers a word and the path that it was called at."""
    trust = allow({"Service": "lambda.amazonaws.com"}, "sts:AssumeRole")
    return {
        "Role": resource("IAM::Role", AssumeRolePolicyDocument=trust),
        "Function": resource(
            "Lambda::Function",
            Runtime=runtime.identity()[0],
            Handler="index.handler",
            Role={GET_ATT: ["Role", "Arn"]},
            Environment={"Variables": {"WORD": word}},
            Code={"ZipFile": SOURCE},
        ),
        "ApiMay": resource(
            "Lambda::Permission",
            Action="lambda:InvokeFunction",
            FunctionName={"Ref": "Function"},
            Principal="apigateway.amazonaws.com",
        ),
    }


def function_url() -> dict[str, Any]:
    may: dict[str, Any] = {"FunctionName": {"Ref": "Function"}, "Principal": "*"}
    url = resource("Lambda::Url", TargetFunctionArn={"Ref": "Function"}, AuthType="NONE")
    return {
        "Url": url,
        "AnybodyMay": resource(
            "Lambda::Permission", Action="lambda:InvokeFunctionUrl", FunctionUrlAuthType="NONE", **may
        ),
        "ByUrl": resource("Lambda::Permission", Action="lambda:InvokeFunction", InvokedViaFunctionUrl=True, **may),
    }


def rest_api(path: str = "/hello") -> dict[str, Any]:
    integration = {"type": "aws_proxy", "httpMethod": "POST", "uri": {SUB: LAMBDA}}
    body = {"openapi": "3.0.1", "paths": {path: {"get": {"x-amazon-apigateway-integration": integration}}}}
    deployment = f"Deployment{path.strip('/')}"
    api: dict[str, Any] = {"RestApiId": {"Ref": "RestApi"}}
    return {
        "RestApi": resource("ApiGateway::RestApi", Name="rest", Body=body),
        deployment: {**resource("ApiGateway::Deployment", **api), "DependsOn": ["RestApi"]},
        "Stage": resource("ApiGateway::Stage", StageName="Prod", DeploymentId={"Ref": deployment}, **api),
    }


def http_api(path: str = "/hello") -> dict[str, Any]:
    integration = {"type": "aws_proxy", "httpMethod": "POST", "uri": {SUB: LAMBDA}, "payloadFormatVersion": "2.0"}
    paths = {path: {"get": {"x-amazon-apigateway-integration": integration}}}
    return {
        "HttpApi": resource("ApiGatewayV2::Api", Body={"openapi": "3.0.1", "info": {"title": "http"}, "paths": paths}),
        "HttpStage": resource("ApiGatewayV2::Stage", ApiId={"Ref": "HttpApi"}, StageName="$default", AutoDeploy=True),
    }


def site() -> dict[str, Any]:
    everybody = allow("*", "s3:GetObject", {SUB: "${Site.Arn}/*"})
    blocks = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
    return {
        "Site": resource(
            "S3::Bucket",
            WebsiteConfiguration={"IndexDocument": "index.html"},
            PublicAccessBlockConfiguration=dict.fromkeys(blocks, False),
        ),
        "SitePolicy": resource("S3::BucketPolicy", Bucket={"Ref": "Site"}, PolicyDocument=everybody),
    }


def outputs(**texts: Any) -> dict[str, Any]:
    return {name: {"Value": text} for name, text in texts.items()}


REST_URL = {SUB: "https://${RestApi}.execute-api.${AWS::Region}.amazonaws.com/Prod/hello"}
HTTP_URL = {SUB: "https://${HttpApi}.execute-api.${AWS::Region}.${AWS::URLSuffix}"}


@pytest.fixture(scope="module")
def printed(clients: Clients) -> dict[str, str]:
    """The outputs of a stack with all that has an address; no parameter says where it is deployed."""
    printing = outputs(
        Rest=REST_URL,
        Http={SUB: [f"{HTTP_URL[SUB]}/${{Path}}", {"Path": "hello"}]},
        HttpEndpoint={GET_ATT: ["HttpApi", "ApiEndpoint"]},
        FunctionUrl={GET_ATT: ["Url", "FunctionUrl"]},
        Website={GET_ATT: ["Site", "WebsiteURL"]},
        Bucket={"Ref": "Site"},
        Function={"Ref": "Function"},
    )
    printing["Rest"]["Export"] = {"Name": {SUB: "${AWS::StackName}-url"}}
    resources = function({GET_ATT: ["Site", "WebsiteURL"]}) | rest_api() | http_api() | function_url() | site()
    chosen = settings("addresses")
    stack = deployed(clients, chosen, published(clients, chosen, {"Resources": resources, "Outputs": printing}))
    clients.s3.put_object(Bucket=stack.outputs["Bucket"], Key="index.html", Body=b"home")
    return {"Stack": chosen.stack_name, **stack.outputs}


@pytest.mark.parametrize(
    ("output", "path"), [("Rest", "/hello"), ("Http", "/hello"), ("FunctionUrl", "/")], ids=lambda value: value
)
def test_an_address_of_a_function_answers_as_it_is_printed(printed: dict[str, str], output: str, path: str) -> None:
    answer = fetch(printed[output])

    assert answer == (200, f"{printed['Website']}{path}")


def test_the_address_of_an_http_api_is_the_start_of_what_it_answers(printed: dict[str, str]) -> None:
    assert fetch(f"{printed['HttpEndpoint']}/hello")[0] == 200
    assert fetch(printed["HttpEndpoint"]) == (404, '{"message":"Not Found"}')  # it has no such route


def test_a_website_answers_as_it_is_printed(printed: dict[str, str]) -> None:
    assert fetch(printed["Website"]) == (200, "home")
    assert fetch(f"{printed['Website']}/index.html") == (200, "home")


def test_an_export_is_the_address_that_is_printed(clients: Clients, printed: dict[str, str]) -> None:
    exports = {export["Name"]: export["Value"] for export in clients.cloudformation.list_exports()["Exports"]}

    assert exports[f"{printed['Stack']}-url"] == printed["Rest"]


def test_a_variable_of_a_function_is_an_address_that_answers(clients: Clients, printed: dict[str, str]) -> None:
    configuration = clients.functions.get_function_configuration(FunctionName=printed["Function"])

    assert configuration["Environment"]["Variables"] == {"WORD": printed["Website"]}


def test_a_function_url_answers_nobody_whom_the_function_does_not_let_in(clients: Clients) -> None:
    chosen = settings("shut")
    resources = function("x") | {"Url": function_url()["Url"]}
    template = {"Resources": resources, "Outputs": outputs(Url={GET_ATT: ["Url", "FunctionUrl"]})}
    stack = deployed(clients, chosen, published(clients, chosen, template))

    status, body = fetch(stack.outputs["Url"])

    assert (status, json.loads(body)["message"][:9]) == (403, "Forbidden")


def test_an_api_does_not_invoke_a_function_that_does_not_let_it_in(clients: Clients) -> None:
    chosen = settings("uninvited")
    resources = function("x") | rest_api() | http_api()
    resources.pop("ApiMay")
    printing = outputs(Rest=REST_URL, Http={SUB: f"{HTTP_URL[SUB]}/hello"})
    stack = deployed(clients, chosen, published(clients, chosen, {"Resources": resources, "Outputs": printing}))

    assert [fetch(url)[0] for url in stack.outputs.values()] == [500, 500]


def test_an_api_whose_document_changes_keeps_its_address(clients: Clients) -> None:
    chosen = settings("moved")
    printing = outputs(Rest=REST_URL, Http={SUB: f"{HTTP_URL[SUB]}/hello"})
    seen = []
    for path in ("/hello", "/bye"):
        resources = function("x") | rest_api(path) | http_api(path)
        url = published(clients, chosen, {"Resources": resources, "Outputs": printing})
        seen.append(deployed(clients, chosen, url).outputs)

    first, second = seen
    assert first == second
    assert [fetch(url)[0] for url in second.values()] == [403, 404]
    assert [fetch(url.replace("hello", "bye")) for url in second.values()] == [(200, "x/bye")] * 2


def test_a_parent_is_told_the_address_of_what_is_nested(clients: Clients) -> None:
    chosen = settings("nested")
    inner = function("x") | rest_api()
    child = published(clients, chosen, {"Resources": inner, "Outputs": outputs(Url=REST_URL)})
    nested = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": child}}
    parent = {"Resources": {"Inner": nested}, "Outputs": outputs(Url={GET_ATT: ["Inner", "Outputs.Url"]})}

    stack = deployed(clients, chosen, published(clients, chosen, parent))

    assert fetch(stack.outputs["Url"]) == (200, "x/hello")
