"""Ordinary SAM templates, delivered as the pipeline delivers them: by a change set, with a service role."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from serverless_pipeline.local.functions import runtime
from tests.support.lambdas import zipped
from tests.support.services import EVERYTHING, Service
from tests.support.stacks import published, settings
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable

    from serverless_pipeline.aws import Clients

HELLO = f"""
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Parameters:
  Stage: {{Type: String, Default: dev}}
  Bucket: {{Type: String}}
  Key: {{Type: String}}
Globals:
  Function:
    Runtime: {runtime.identity()[0]}
    Timeout: 5
    Environment: {{Variables: {{STAGE: !Ref Stage}}}}
    Tags: {{team: shop}}
Resources:
  Api:
    Type: AWS::Serverless::Api
    Properties: {{StageName: !Ref Stage, Cors: "'*'"}}
  Hello:
    Type: AWS::Serverless::Function
    Properties:
      Handler: pages.hello.handler
      CodeUri: {{Bucket: !Ref Bucket, Key: !Ref Key}}
      AutoPublishAlias: live
      Policies:
        - AWSLambdaBasicExecutionRole
        - DynamoDBReadPolicy: {{TableName: !Ref Table}}
      Events:
        Rest: {{Type: Api, Properties: {{Path: /hello, Method: get, RestApiId: !Ref Api}}}}
        Http: {{Type: HttpApi, Properties: {{Path: /hello, Method: get}}}}
  Other:
    Type: AWS::Serverless::Function
    Properties:
      Handler: index.handler
      InlineCode: "def handler(event, context): pass"
  Table: {{Type: AWS::Serverless::SimpleTable, Properties: {{PrimaryKey: {{Name: id, Type: String}}}}}}
Outputs:
  Rest: {{Value: !Sub "https://${{Api}}.execute-api.${{AWS::Region}}.amazonaws.com/${{Stage}}/hello"}}
  Http: {{Value: !Sub "https://${{ServerlessHttpApi}}.execute-api.${{AWS::Region}}.${{AWS::URLSuffix}}/hello"}}
  Function: {{Value: !Ref Hello}}
  Alias: {{Value: !Ref Hello.Alias}}
  Table: {{Value: !Ref Table}}
"""
SOURCE = """
import os

def handler(event, context):
    return {"statusCode": 200, "body": " ".join([%r, os.environ["STAGE"], context.invoked_function_arn.split(":")[-1]])}
"""


class Shop(Service):
    """A service whose function says a word, which comes from a bucket."""

    def place(self, word: str) -> dict[str, str]:
        """The parameters of the template for code that says a word."""
        archive = zipped({"pages/__init__.py": "", "pages/hello.py": SOURCE % word})
        bucket, key = f"{self.name}-code", f"{word}.zip"
        if bucket not in [one["Name"] for one in self.clients.s3.list_buckets()["Buckets"]]:
            self.clients.s3.create_bucket(Bucket=bucket)
        self.clients.s3.put_object(Bucket=bucket, Key=key, Body=archive)
        return {"Bucket": bucket, "Key": key}


@pytest.fixture
def shop(clients: Clients) -> Shop:
    return Shop(clients, name=f"shop-{uuid.uuid4().hex[:8]}")


def said(ask: Callable[..., Any], url: str) -> str:
    answer = ask("/" + url.split("/", 3)[3])
    assert answer.status == 200
    return str(answer.body.decode())


def test_hello_world_answers_where_it_says(shop: Shop, ask: Callable[..., Any]) -> None:
    outputs = shop.deliver(HELLO, Stage="qa", **shop.place("hello"))

    assert said(ask, outputs["Rest"]) == "hello qa live"
    assert said(ask, outputs["Http"]) == "hello qa live"
    assert outputs["Alias"].endswith(f":function:{outputs['Function']}:live")


def test_a_template_that_is_there_already_changes_nothing(shop: Shop) -> None:
    place = shop.place("hello")
    shop.deliver(HELLO, **place)

    change_set = shop.propose(HELLO, **place)

    assert (change_set["Status"], change_set["ExecutionStatus"]) == ("FAILED", "UNAVAILABLE")
    assert change_set["StatusReason"].startswith("The submitted information didn't contain changes")


def test_only_the_function_whose_code_changed_is_updated(shop: Shop, ask: Callable[..., Any]) -> None:
    shop.deliver(HELLO, **shop.place("hello"))
    place = shop.place("goodbye")
    changes = shop.changes(shop.propose(HELLO, **place))

    outputs = shop.deliver(HELLO, **place)

    versions = {name for name in changes if name.startswith("HelloVersion")}
    assert len(versions) == 2  # a version goes, another comes
    assert {name for name in changes if name.startswith("Other")} == set()
    assert changes["Hello"] == "Modify"
    assert said(ask, outputs["Rest"]) == "goodbye dev live"


def test_a_template_is_kept_as_it_was_written_and_as_it_was_transformed(shop: Shop, clients: Clients) -> None:
    shop.deliver(HELLO, **shop.place("hello"))

    def template(stage: Any) -> Any:
        return clients.cloudformation.get_template(StackName=shop.name, TemplateStage=stage)["TemplateBody"]

    processed: Any = template("Processed")
    assert template("Original") == HELLO
    assert processed["Resources"]["Hello"]["Type"] == "AWS::Lambda::Function"
    assert "Transform" not in processed


def test_the_tags_of_globals_and_of_the_stack_reach_the_function(shop: Shop, clients: Clients) -> None:
    shop.tags = {"Owner": "me"}
    outputs = shop.deliver(HELLO, **shop.place("hello"))

    tags = clients.functions.get_function(FunctionName=outputs["Function"])["Tags"]

    assert {"Owner": "me", "team": "shop", "lambda:createdBy": "SAM"}.items() <= tags.items()


def test_a_role_gets_the_policies_that_are_named(shop: Shop, clients: Clients) -> None:
    shop.deliver(HELLO, **shop.place("hello"))
    role = shop.physical("HelloRole")

    attached = clients.iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    (inline,) = clients.iam.list_role_policies(RoleName=role)["PolicyNames"]
    document: Any = clients.iam.get_role_policy(RoleName=role, PolicyName=inline)["PolicyDocument"]

    assert [policy["PolicyName"] for policy in attached] == ["AWSLambdaBasicExecutionRole"]
    assert "dynamodb:Query" in json.dumps(document["Statement"])


def test_a_template_that_cannot_be_transformed_fails_its_change_set(shop: Shop) -> None:
    change_set = shop.propose(HELLO.replace("Handler: index", "Hander: index"), **shop.place("hello"))

    assert (change_set["Status"], change_set["ExecutionStatus"]) == ("FAILED", "UNAVAILABLE")
    assert change_set["StatusReason"] == (
        "Transform AWS::Serverless-2016-10-31 failed with: Invalid Serverless Application Specification document. "
        "Number of errors found: 1. Resource with id [Other] is invalid. "
        "property Hander not defined for resource of type AWS::Serverless::Function"
    )


@pytest.mark.parametrize("given", [(), ("CAPABILITY_AUTO_EXPAND",)])
def test_roles_that_the_transform_adds_have_to_be_acknowledged(shop: Shop, given: tuple[str, ...]) -> None:
    shop.capabilities = given

    with pytest.raises(ClientError, match=r"Requires capabilities : \[CAPABILITY_IAM\]") as caught:
        shop.propose(HELLO, **shop.place("hello"))

    assert caught.value.response["Error"]["Code"] == "InsufficientCapabilitiesException"


def test_what_the_service_role_may_not_do_fails_and_is_named(shop: Shop, clients: Clients) -> None:
    session = f"arn:aws:sts::{clients.account}:assumed-role/{shop.name}-cloudformation/AWSCloudFormation"
    everything_but = {"Effect": "Deny", "Action": ["lambda:CreateFunction", "lambda:DeleteFunction"], "Resource": "*"}
    shop.permit(*EVERYTHING, everything_but)
    shop.deliver(HELLO, **shop.place("hello"))
    made, status = shop.failures()[0], shop.status()
    shop.permit(*EVERYTHING)
    clients.cloudformation.delete_stack(StackName=shop.name, RoleARN=shop.role)
    until(lambda: shop.status() == "", "the deletion")
    shop.deliver(HELLO, **shop.place("hello"))
    shop.permit(*EVERYTHING, everything_but)

    clients.cloudformation.delete_stack(StackName=shop.name)
    until(lambda: shop.status() == "DELETE_FAILED", "the deletion")

    assert status == "ROLLBACK_COMPLETE"
    assert f": User: {session} is not authorized to perform: lambda:CreateFunction on resource: arn:aws:lambda:" in made
    assert f": User: {session} is not authorized to perform: lambda:DeleteFunction on" in shop.failures()[0]


def test_a_nested_application_is_transformed_with_its_values(clients: Clients) -> None:
    chosen = settings("inner")
    function = {
        "Type": "AWS::Serverless::Function",
        "Properties": {
            "Runtime": runtime.identity()[0],
            "Handler": "index.handler",
            "InlineCode": "def handler(event, context): pass",
            "AutoPublishAlias": {"Ref": "Name"},
        },
    }
    inner = {
        "Transform": "AWS::Serverless-2016-10-31",
        "Parameters": {"Name": {"Type": "String"}},
        "Resources": {"Hello": function},
        "Outputs": {"Alias": {"Value": {"Ref": "Hello.Alias"}}},
    }
    outer = {
        "Transform": "AWS::Serverless-2016-10-31",
        "Resources": {
            "Inner": {
                "Type": "AWS::Serverless::Application",
                "Properties": {"Location": published(clients, chosen, inner), "Parameters": {"Name": "blue"}},
            }
        },
        "Outputs": {"Alias": {"Value": {"Fn::GetAtt": ["Inner", "Outputs.Alias"]}}},
    }

    outputs = Service(clients).deliver(outer)

    assert outputs["Alias"].endswith(":blue")


CANARY = "CodeDeployDefault.LambdaCanary10Percent5Minutes"
PREFERENCE = f"""
Transform: AWS::Serverless-2016-10-31
Resources:
  Hello:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: {runtime.identity()[0]}
      Handler: index.handler
      InlineCode: "def handler(event, context): return 'WORD'"
      AutoPublishAlias: live
      DeploymentPreference: {{Type: TYPE}}
Outputs:
  Alias: {{Value: !Ref Hello.Alias}}
"""


@pytest.mark.parametrize(
    ("preference", "reasons"),
    [
        ("AllAtOnce", set()),
        (
            "Canary10Percent5Minutes",
            {f"The embedded AWS shifts all traffic at once, where AWS follows {CANARY}"},
        ),
    ],
)
def test_a_deployment_preference_moves_the_alias_at_once_and_says_so(
    clients: Clients, preference: str, reasons: set[str]
) -> None:
    service = Service(clients)
    answers = []
    for word in ("one", "two"):
        outputs = service.deliver(PREFERENCE.replace("TYPE", preference).replace("WORD", word))
        answers.append(json.load(clients.functions.invoke(FunctionName=outputs["Alias"])["Payload"]))

    events = clients.cloudformation.describe_stack_events(StackName=service.name)["StackEvents"]
    assert answers == ["one", "two"]
    assert {
        event["ResourceStatusReason"]
        for event in events
        if event["ResourceType"] == "AWS::CodeDeploy::DeploymentGroup" and event.get("ResourceStatusReason")
    } == reasons


def test_the_hooks_of_a_deployment_preference_are_refused_by_name(clients: Clients) -> None:
    template = PREFERENCE.replace("TYPE", "AllAtOnce, Hooks: {PreTraffic: !Ref Hello}")

    with pytest.raises(ClientError, match="no CodeDeploy that BeforeAllowTrafficHook of HelloAliaslive could answer"):
        Service(clients).propose(template)
