"""The kinds of resources that the templates are made of, in nested stacks: made, updated and deleted without a rest."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.local.functions import runtime
from tests.support.stacks import table
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mypy_boto3_cloudformation.type_defs import StackTypeDef

    from serverless_pipeline.aws import Clients

ASSUME = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}

SOURCE = "import json, os\ndef handler(e, c):\n    return {'statusCode': 200, 'body': os.environ['WORD']}\n"

LAMBDA_PATH = "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions"


def resource(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": f"AWS::{kind}", "Properties": properties}


def allow(action: str, place: Any, **more: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": action, "Resource": place, **more}
    return {"Version": "2012-10-17", "Statement": [statement]}


def site() -> dict[str, Any]:
    encryption = [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
    blocked = {"BlockPublicAcls": True, "IgnorePublicAcls": True}
    return {
        "SiteBucket": resource(
            "S3::Bucket",
            WebsiteConfiguration={"IndexDocument": "index.html", "ErrorDocument": "error.html"},
            BucketEncryption={"ServerSideEncryptionConfiguration": encryption},
            VersioningConfiguration={"Status": "Enabled"},
            PublicAccessBlockConfiguration={**blocked, "BlockPublicPolicy": False, "RestrictPublicBuckets": False},
        ),
        "SitePolicy": resource(
            "S3::BucketPolicy",
            Bucket={"Ref": "SiteBucket"},
            PolicyDocument=allow("s3:GetObject", {"Fn::Sub": "${SiteBucket.Arn}/*"}, Principal="*"),
        ),
    }


def function(name: str) -> dict[str, Any]:
    python, architecture = runtime.identity()
    return {
        "Role": resource(
            "IAM::Role",
            AssumeRolePolicyDocument={"Version": "2012-10-17", "Statement": [ASSUME]},
            Policies=[
                {"PolicyName": "table", "PolicyDocument": allow("dynamodb:GetItem", {"Fn::GetAtt": ["Table", "Arn"]})}
            ],
        ),
        "LogGroup": resource("Logs::LogGroup", LogGroupName=f"/aws/lambda/{name}", RetentionInDays=14),
        "Function": resource(
            "Lambda::Function",
            FunctionName=name,
            Runtime=python,
            Architectures=[architecture],
            Handler="index.handler",
            Role={"Fn::GetAtt": ["Role", "Arn"]},
            Environment={"Variables": {"WORD": {"Ref": "Word"}}},
            EphemeralStorage={"Size": 2048},
            LoggingConfig={"LogGroup": {"Ref": "LogGroup"}},
            Code={"ZipFile": SOURCE},
        ),
        "Version": resource("Lambda::Version", FunctionName={"Ref": "Function"}),
        "Alias": resource(
            "Lambda::Alias",
            FunctionName={"Ref": "Function"},
            FunctionVersion={"Fn::GetAtt": ["Version", "Version"]},
            Name="live",
        ),
        "Retries": resource(
            "Lambda::EventInvokeConfig", FunctionName={"Ref": "Function"}, Qualifier="$LATEST", MaximumRetryAttempts=0
        ),
        "Permission": resource(
            "Lambda::Permission",
            Action="lambda:InvokeFunction",
            FunctionName={"Ref": "Function"},
            Principal="apigateway.amazonaws.com",
            SourceArn={"Fn::Sub": "arn:aws:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/*"},
        ),
    }


def api() -> dict[str, Any]:
    uri = {"Fn::Sub": f"{LAMBDA_PATH}/${{Function.Arn}}/invocations"}
    integration = {"type": "aws_proxy", "httpMethod": "POST", "uri": uri}
    anything = {"x-amazon-apigateway-any-method": {"x-amazon-apigateway-integration": integration}}
    body = {"openapi": "3.0.1", "info": {"title": "api", "version": "1"}, "paths": {"/{proxy+}": anything}}
    return {
        "Api": resource("ApiGateway::RestApi", Name="api", Body=body),
        "Deployment": resource("ApiGateway::Deployment", RestApiId={"Ref": "Api"}),
        "Stage": resource(
            "ApiGateway::Stage", RestApiId={"Ref": "Api"}, DeploymentId={"Ref": "Deployment"}, StageName="test"
        ),
    }


class Deployed:
    """A root stack, a stack in it, and one more inside that."""

    def __init__(self, clients: Clients, bucket: str) -> None:
        self.name = f"root-{uuid.uuid4().hex[:8]}"
        self.clients, self.cloudformation = clients, clients.cloudformation
        assert clients.endpoint
        self._url = f"{clients.endpoint.url}/{bucket}"
        inner = {"Resources": {"Table": table()}}
        outer = {
            "Parameters": {"Word": {"Type": "String"}},
            "Resources": {
                "Inner": resource("CloudFormation::Stack", TemplateURL=f"{self._url}/inner.json"),
                **site(),
                "Table": table(),
                **function(self.name),
                **api(),
            },
            "Outputs": {"Path": {"Value": {"Fn::Sub": "/_aws/execute-api/${Api}/test/data"}}},
        }
        for name, template in {"inner.json": inner, "outer.json": outer}.items():
            clients.s3.put_object(Bucket=bucket, Key=name, Body=json.dumps(template))

    def deploy(self, operation: Callable[..., Any], word: str) -> StackTypeDef:
        parameters = {"Word": word}
        nested = resource("CloudFormation::Stack", TemplateURL=f"{self._url}/outer.json", Parameters=parameters)
        path = {"Value": {"Fn::GetAtt": ["Test", "Outputs.Path"]}}
        template = {"Resources": {"Test": nested}, "Outputs": {"Path": path}}
        operation(
            StackName=self.name,
            TemplateBody=json.dumps(template),
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        )
        until(lambda: not self.stack()["StackStatus"].endswith("_IN_PROGRESS"), "the operation")
        return self.stack()

    def stack(self) -> StackTypeDef:
        return self.cloudformation.describe_stacks(StackName=self.name)["Stacks"][0]

    def family(self) -> list[StackTypeDef]:
        pages = self.cloudformation.get_paginator("describe_stacks").paginate()
        return [stack for page in pages for stack in page["Stacks"] if stack["StackName"].startswith(self.name)]

    def delete(self) -> None:
        self.cloudformation.delete_stack(StackName=self.name)
        until(lambda: not self.family(), "the deletion")


@pytest.fixture
def deployed(clients: Clients, bucket: str) -> Iterator[Deployed]:
    stacks = Deployed(clients, bucket)
    yield stacks
    stacks.delete()


def test_what_the_templates_use_is_made_and_works(deployed: Deployed, ask: Callable[..., Any]) -> None:
    stack = deployed.deploy(deployed.cloudformation.create_stack, "first")

    assert (stack["StackStatus"], stack.get("StackStatusReason", "")) == ("CREATE_COMPLETE", "")
    assert ask(stack["Outputs"][0]["OutputValue"]).body == b"first"


def test_nested_stacks_know_their_parent_and_their_root(deployed: Deployed) -> None:
    deployed.deploy(deployed.cloudformation.create_stack, "first")

    root, outer, inner = deployed.family()

    assert "ParentId" not in root
    assert (outer["ParentId"], outer["RootId"]) == (root["StackId"], root["StackId"])
    assert (inner["ParentId"], inner["RootId"]) == (outer["StackId"], root["StackId"])


def test_a_nested_stack_is_updated_again_and_again(deployed: Deployed) -> None:
    deployed.deploy(deployed.cloudformation.create_stack, "first")

    statuses = [deployed.deploy(deployed.cloudformation.update_stack, word)["StackStatus"] for word in ("next", "last")]
    variables = deployed.clients.functions.get_function_configuration(FunctionName=deployed.name)["Environment"]

    assert statuses == ["UPDATE_COMPLETE"] * 2
    assert variables["Variables"]["WORD"] == "last"


def test_nothing_is_left_of_a_deleted_stack(clients: Clients, bucket: str, ask: Callable[..., Any]) -> None:
    before = inventory(clients)
    stacks = Deployed(clients, bucket)
    stack = stacks.deploy(clients.cloudformation.create_stack, "first")
    ask(stack["Outputs"][0]["OutputValue"])
    while_there = inventory(clients)

    stacks.delete()

    assert all(there != earlier for there, earlier in zip(while_there, before, strict=True))
    assert inventory(clients) == before


def inventory(clients: Clients) -> list[set[str]]:
    assert clients.endpoint
    tables = clients.client("dynamodb")
    return [
        {bucket["Name"] for bucket in clients.s3.list_buckets()["Buckets"]},
        {function["FunctionName"] for function in clients.functions.list_functions()["Functions"]},
        {role["RoleName"] for role in clients.iam.list_roles()["Roles"]},
        {group["logGroupName"] for group in clients.logs.describe_log_groups()["logGroups"] if "root-" in str(group)},
        set(tables.list_tables()["TableNames"]),
        {api["id"] for api in clients.apis.get_rest_apis()["items"]},
    ]
