from __future__ import annotations

import sys
from typing import Any

import pytest

from serverless_pipeline.cloudformation import permissions, sam
from serverless_pipeline.errors import Misconfigured

NAMES = {"stack": "shop-test", "region": "eu-west-1", "account": "123456789012", "partition": "aws"}


def function(**properties: Any) -> dict[str, Any]:
    given = {"Runtime": "python3.12", "Handler": "api.handler", "CodeUri": "src/", **properties}
    return {"Type": "AWS::Serverless::Function", "Properties": given}


def template(*more: str, **resources: dict[str, Any]) -> dict[str, Any]:
    return {"Transform": [*more, sam.SAM], "Resources": resources}


def types(body: dict[str, Any]) -> dict[str, str]:
    return {name: one["Type"] for name, one in body["Resources"].items()}


def test_a_function_becomes_what_sam_makes_of_it() -> None:
    events = {"Get": {"Type": "HttpApi", "Properties": {"Path": "/", "Method": "get"}}}

    expanded = sam.expand(template(Api=function(Events=events)))

    assert types(expanded) == {
        "Api": "AWS::Lambda::Function",
        "ApiRole": "AWS::IAM::Role",
        "ApiGetPermission": "AWS::Lambda::Permission",
        "ServerlessHttpApi": "AWS::ApiGatewayV2::Api",
        "ServerlessHttpApiApiGatewayDefaultStage": "AWS::ApiGatewayV2::Stage",
    }
    assert "Transform" not in expanded
    assert "Globals" not in expanded


def test_the_template_itself_stays_as_it_is() -> None:
    body = template(Api=function())

    sam.expand(body)

    assert body == template(Api=function())


@pytest.mark.parametrize(
    "body",
    [
        template(Api=function()),
        {**template(Api={"Type": "AWS::Serverless::Function"}), "Globals": {"Function": function()["Properties"]}},
        template(Deps={"Type": "AWS::Serverless::LayerVersion", "Properties": {"ContentUri": "deps/"}}),
        template(Api={"Type": "AWS::Serverless::Api", "Properties": {"StageName": "v1", "DefinitionUri": "api.yml"}}),
        template(Flow={"Type": "AWS::Serverless::StateMachine", "Properties": {"DefinitionUri": "flow.json"}}),
        template(Api={"Type": "AWS::Serverless::Function", "Properties": {"PackageType": "Image"}}),
        template(App={"Type": "AWS::Serverless::Application", "Properties": {"Location": "inner.yml"}}),
    ],
)
def test_what_is_filled_by_packaging_need_not_be_there(body: dict[str, Any]) -> None:
    assert not {kind for kind in types(sam.expand(body)).values() if kind.startswith("AWS::Serverless::")}


def test_what_has_its_place_already_keeps_it() -> None:
    expanded = sam.expand(template(Api=function(CodeUri="s3://assets/code.zip")))

    assert expanded["Resources"]["Api"]["Properties"]["Code"] == {"S3Bucket": "assets", "S3Key": "code.zip"}


def test_an_application_of_the_repository_is_not_looked_into_and_is_told_by_its_type() -> None:
    location = {"ApplicationId": "arn:aws:serverlessrepo:us-east-1:1:applications/x", "SemanticVersion": "1.0.0"}
    published = {"Type": "AWS::Serverless::Application", "Properties": {"Location": location}}

    expanded = sam.expand(template(App=published, Api=function()))

    assert expanded["Resources"]["App"] == published
    assert permissions.rights(expanded["Resources"].items(), NAMES).unknown == ("AWS::Serverless::Application",)


def test_a_shift_of_traffic_brings_rights_to_deploy() -> None:
    shifting = function(AutoPublishAlias="live", DeploymentPreference={"Type": "Canary10Percent5Minutes"})

    expanded = sam.expand(template(Api=shifting))

    rights = permissions.rights(expanded["Resources"].items(), NAMES)
    actions = {action for one in rights.statements for action in one["Action"]}
    assert rights.unknown == ()
    assert {"codedeploy:CreateDeploymentGroup", "codedeploy:CreateDeployment", "lambda:UpdateAlias"} <= actions


def test_sam_of_all_kinds_makes_nothing_that_the_table_does_not_know() -> None:
    everything = template(
        Api=function(
            AutoPublishAlias="live",
            DeadLetterQueue={"Type": "SQS", "TargetArn": {"Fn::GetAtt": ["Jobs", "Arn"]}},
            EventInvokeConfig={"MaximumRetryAttempts": 0},
            FunctionUrlConfig={"AuthType": "NONE"},
            Policies=["AWSLambdaBasicExecutionRole", {"SQSPollerPolicy": {"QueueName": "jobs"}}],
            Events={
                "Rest": {"Type": "Api", "Properties": {"Path": "/", "Method": "get"}},
                "Queue": {"Type": "SQS", "Properties": {"Queue": {"Fn::GetAtt": ["Jobs", "Arn"]}}},
                "Topic": {"Type": "SNS", "Properties": {"Topic": {"Ref": "News"}}},
                "Bucket": {"Type": "S3", "Properties": {"Bucket": {"Ref": "Files"}, "Events": "s3:ObjectCreated:*"}},
                "Nightly": {"Type": "Schedule", "Properties": {"Schedule": "rate(1 day)"}},
                "Hourly": {"Type": "ScheduleV2", "Properties": {"ScheduleExpression": "rate(1 hour)"}},
                "Event": {"Type": "EventBridgeRule", "Properties": {"Pattern": {"source": ["shop"]}}},
                "Logs": {"Type": "CloudWatchLogs", "Properties": {"LogGroupName": "shop", "FilterPattern": ""}},
            },
        ),
        Jobs={"Type": "AWS::SQS::Queue"},
        News={"Type": "AWS::SNS::Topic"},
        Files={"Type": "AWS::S3::Bucket"},
        Items={"Type": "AWS::Serverless::SimpleTable"},
        Deps={"Type": "AWS::Serverless::LayerVersion", "Properties": {"ContentUri": "deps/"}},
        Flow={
            "Type": "AWS::Serverless::StateMachine",
            "Properties": {
                "DefinitionUri": "flow.json",
                "Events": {"Hourly": {"Type": "ScheduleV2", "Properties": {"ScheduleExpression": "rate(1 hour)"}}},
            },
        },
        Web={
            "Type": "AWS::Serverless::Api",
            "Properties": {
                "StageName": "v1",
                "Auth": {"UsagePlan": {"CreateUsagePlan": "PER_API"}, "ApiKeyRequired": True},
                "Domain": {"DomainName": "api.shop.test", "CertificateArn": "arn:c", "Route53": {"HostedZoneId": "Z1"}},
            },
        },
        Graph={
            "Type": "AWS::Serverless::GraphQLApi",
            "Properties": {
                "SchemaUri": "schema.graphql",
                "Auth": {"Type": "API_KEY"},
                "ApiKeys": {"Key": {}},
                "DataSources": {"DynamoDb": {"Items": {"TableName": "x", "TableArn": "arn:t"}}},
                "Functions": {
                    "find": {
                        "Runtime": {"Name": "APPSYNC_JS", "Version": "1.0.0"},
                        "DataSource": "Items",
                        "CodeUri": "find.js",
                    }
                },
                "Resolvers": {
                    "Query": {"find": {"Runtime": {"Name": "APPSYNC_JS", "Version": "1.0.0"}, "Pipeline": ["find"]}}
                },
            },
        },
        Link={
            "Type": "AWS::Serverless::Connector",
            "Properties": {"Source": {"Id": "Api"}, "Destination": {"Id": "Items"}, "Permissions": ["Read"]},
        },
    )

    expanded = sam.expand(everything)

    assert permissions.rights(expanded["Resources"].items(), NAMES).unknown == ()
    assert len(expanded["Resources"]) > 40


def test_mistakes_are_told_together_by_resource() -> None:
    body = template(Api=function(Polices=[]), Web={"Type": "AWS::Serverless::Api", "Properties": {}})

    with pytest.raises(Misconfigured) as refused:
        sam.expand(body)

    heading, *mistakes = str(refused.value).splitlines()
    assert heading == "the transform AWS::Serverless-2016-10-31 refuses the template:"
    assert [mistake[: mistake.index(".")] for mistake in mistakes] == [
        "  Resource with id [Api] is invalid",
        "  Resource with id [Web] is invalid",
    ]


def test_what_translates_sam_may_not_be_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "samtranslator"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "samtranslator", None)

    with pytest.raises(Misconfigured, match=r"not installed\n  Next: pip install aws-sam-translator"):
        sam.expand(template(Api=function()))


def test_a_template_without_transforms_is_the_same() -> None:
    plain = {"Resources": {"Jobs": {"Type": "AWS::SQS::Queue"}}, "Outputs": {}}

    assert sam.expand(plain) == plain


QUEUES = {"Fn::ForEach::Queues": ["Name", {"Ref": "Names"}, {"${Name}Queue": {"Type": "AWS::SQS::Queue"}}]}
PARAMETERS = {"Names": {"Type": "CommaDelimitedList", "Default": "Slow,Fast"}}


@pytest.mark.parametrize(("values", "names"), [(None, {"SlowQueue", "FastQueue"}), ({"Names": "One"}, {"OneQueue"})])
def test_a_loop_is_written_out_with_the_values_of_parameters(values: dict[str, str] | None, names: set[str]) -> None:
    body = {"Transform": sam.LANGUAGE, "Parameters": PARAMETERS, "Resources": QUEUES}

    expanded = sam.expand(body, values=values)

    assert expanded["Resources"].keys() == names
    assert expanded["Parameters"] == PARAMETERS
    assert "Transform" not in expanded


def test_loops_are_written_out_before_sam_translates_once() -> None:
    one = {"Type": "AWS::Serverless::Function", "Properties": {"CodeUri": "src/", "Layers": ["arn:own"]}}
    body = {
        **template(sam.LANGUAGE),
        "Resources": {"Fn::ForEach::Functions": ["Name", ["A", "B"], {"Api${Name}": one}]},
        "Globals": {"Function": {"Runtime": "python3.12", "Handler": "api.handler", "Layers": ["arn:all"]}},
    }

    expanded = sam.expand(body)

    assert expanded["Resources"]["ApiA"]["Properties"]["Layers"] == ["arn:all", "arn:own"]
    assert expanded["Resources"].keys() == {"ApiA", "ApiARole", "ApiB", "ApiBRole"}


def test_a_loop_that_cannot_be_written_out_is_refused() -> None:
    body = {"Transform": sam.LANGUAGE, "Resources": {"Fn::ForEach::Queues": ["Name", ["A"]]}}

    with pytest.raises(Misconfigured, match=r"AWS::LanguageExtensions refuses the template:\n.*list of 3 elements"):
        sam.expand(body)


def test_other_transforms_stay() -> None:
    include = {"Name": "AWS::Include", "Parameters": {"Location": "s3://b/k"}}
    body = {"Transform": [include, sam.SAM, "Own"], "Resources": {"Api": function()}}

    assert sam.transforms(body) == ["AWS::Include", sam.SAM, "Own"]
    assert sam.expand(body)["Transform"] == [include, "Own"]
