"""A service role with nothing but the derived rights makes, changes and deletes what serverless projects have."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.cloudformation import change_set, operation, permissions, stack, statements
from serverless_pipeline.cloudformation.stack import Desired, Status
from serverless_pipeline.errors import Error
from serverless_pipeline.patience import Patience
from tests.support import stacks
from tests.support.stacks import resource
from tests.support.waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from serverless_pipeline.aws import Clients
    from serverless_pipeline.cloudformation.stack import Stack

ANYTHING = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'
TAGS = [{"Key": "Team", "Value": "shop"}]


def ref(name: str) -> dict[str, Any]:
    return {"Ref": name}


def arn(name: str) -> dict[str, Any]:
    return {"Fn::GetAtt": [name, "Arn"]}


def trust(service: str) -> dict[str, Any]:
    allowed = {"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": "sts:AssumeRole"}
    return {"Version": "2012-10-17", "Statement": [allowed]}


def document(*actions: str, **more: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*", **more}
    return {"Version": "2012-10-17", "Statement": [statement]}


def project(boundary: str, *, later: bool = False) -> dict[str, Any]:
    """The resources of a project; `later` with other properties, and without some."""
    timeout = 20 if later else 10
    tags = [] if later else TAGS
    code = {"ZipFile": f"def handler(event, context):\n    return {timeout}\n"}
    definition = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": timeout, "End": True}}}
    topic_policy = document("sns:Publish", Principal={"Service": "events.amazonaws.com"})
    queue_policy = document("sqs:SendMessage", Principal={"Service": "sns.amazonaws.com"})
    rules = [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}]
    shared: dict[str, Any] = {} if later else {"CorsConfiguration": {"CorsRules": rules}}
    retention: dict[str, Any] = {} if later else {"RetentionInDays": 14}
    reading = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
    writing = ("logs:PutLogEvents",) if later else ("logs:PutLogEvents", "logs:CreateLogStream")
    allowed = document(*reading, *writing)
    found: dict[str, Any] = {
        "Role": resource(
            "IAM::Role",
            AssumeRolePolicyDocument=trust("lambda"),
            PermissionsBoundary=boundary,
            Policies=[{"PolicyName": "logs", "PolicyDocument": allowed}],
            Tags=tags,
        ),
        "FlowRole": resource("IAM::Role", AssumeRolePolicyDocument=trust("states"), PermissionsBoundary=boundary),
        "RulesRole": resource("IAM::Role", AssumeRolePolicyDocument=trust("events"), PermissionsBoundary=boundary),
        "Policy": resource("IAM::Policy", PolicyName="more", PolicyDocument=allowed, Roles=[ref("Role")]),
        "Managed": resource("IAM::ManagedPolicy", PolicyDocument=allowed, Roles=[ref("FlowRole")]),
        "Function": resource(
            "Lambda::Function",
            Runtime="python3.12",
            Handler="index.handler",
            Role=arn("Role"),
            Code=code,
            Timeout=timeout,
            Tags=tags,
        ),
        "Version": resource("Lambda::Version", FunctionName=ref("Function")),
        "Alias": resource(
            "Lambda::Alias",
            FunctionName=ref("Function"),
            FunctionVersion={"Fn::GetAtt": ["Version", "Version"]},
            Name="live",
        ),
        "Permission": resource(
            "Lambda::Permission",
            FunctionName=ref("Function"),
            Action="lambda:InvokeFunction",
            Principal="events.amazonaws.com",
        ),
        "Url": resource("Lambda::Url", TargetFunctionArn=arn("Function"), AuthType="NONE"),
        "Retries": resource(
            "Lambda::EventInvokeConfig",
            FunctionName=ref("Function"),
            Qualifier="$LATEST",
            MaximumRetryAttempts=1 if later else 0,
        ),
        "Logs": resource(
            "Logs::LogGroup",
            LogGroupName={"Fn::Sub": "/aws/lambda/${Function}"},
            **retention,
        ),
        "Faults": resource(
            "Logs::MetricFilter",
            LogGroupName=ref("Logs"),
            FilterPattern="ERROR",
            MetricTransformations=[{"MetricName": "Faults", "MetricNamespace": "Shop", "MetricValue": "1"}],
        ),
        "Queue": resource("SQS::Queue", VisibilityTimeout=timeout, Tags=tags),
        "QueuePolicy": resource("SQS::QueuePolicy", Queues=[ref("Queue")], PolicyDocument=queue_policy),
        "Mapping": resource(
            "Lambda::EventSourceMapping",
            FunctionName=ref("Function"),
            EventSourceArn=arn("Queue"),
            BatchSize=timeout // 10,
        ),
        "Topic": resource("SNS::Topic", DisplayName=f"News {timeout}", Tags=tags),
        "TopicPolicy": resource("SNS::TopicPolicy", Topics=[ref("Topic")], PolicyDocument=topic_policy),
        "Subscription": resource("SNS::Subscription", TopicArn=ref("Topic"), Protocol="sqs", Endpoint=arn("Queue")),
        "Bus": resource("Events::EventBus", Name={"Fn::Sub": "${AWS::StackName}-bus"}),
        "Rule": resource(
            "Events::Rule",
            EventBusName=ref("Bus"),
            EventPattern={"source": ["shop"]},
            Targets=[{"Id": "flow", "Arn": ref("Flow"), "RoleArn": arn("RulesRole")}],
        ),
        "Nightly": resource(
            "Events::Rule",
            ScheduleExpression=f"rate({timeout} minutes)",
            Targets=[{"Id": "function", "Arn": arn("Function")}],
        ),
        "Flow": resource(
            "StepFunctions::StateMachine",
            RoleArn=arn("FlowRole"),
            DefinitionString=json.dumps(definition),
            Tags=tags,
        ),
        "Table": stacks.table(),
        "Bucket": resource(
            "S3::Bucket",
            Tags=tags,
            PublicAccessBlockConfiguration={"BlockPublicPolicy": False},
            **shared,
        ),
        "BucketPolicy": resource(
            "S3::BucketPolicy",
            Bucket=ref("Bucket"),
            PolicyDocument=document("s3:GetObject", Principal="*", Resource={"Fn::Sub": "${Bucket.Arn}/*"}),
        ),
        "Api": resource("ApiGateway::RestApi", Name=f"shop {timeout}", Tags=tags),
        "Items": resource(
            "ApiGateway::Resource",
            RestApiId=ref("Api"),
            ParentId={"Fn::GetAtt": ["Api", "RootResourceId"]},
            PathPart="items",
        ),
        "ListItems": resource(
            "ApiGateway::Method",
            RestApiId=ref("Api"),
            ResourceId=ref("Items"),
            HttpMethod="GET",
            AuthorizationType="NONE",
            Integration={"Type": "MOCK"},
        ),
        "Deployment": {
            **resource("ApiGateway::Deployment", RestApiId=ref("Api")),
            "DependsOn": ["ListItems"],
        },
        "Stage": resource("ApiGateway::Stage", RestApiId=ref("Api"), DeploymentId=ref("Deployment"), StageName="live"),
        "Http": resource("ApiGatewayV2::Api", Name="shop", ProtocolType="HTTP"),
        "HttpIntegration": resource(
            "ApiGatewayV2::Integration",
            ApiId=ref("Http"),
            IntegrationType="AWS_PROXY",
            IntegrationUri=arn("Function"),
            PayloadFormatVersion="2.0",
        ),
        "HttpRoute": resource(
            "ApiGatewayV2::Route",
            ApiId=ref("Http"),
            RouteKey="GET /",
            Target={"Fn::Sub": "integrations/${HttpIntegration}"},
        ),
        "HttpStage": resource("ApiGatewayV2::Stage", ApiId=ref("Http"), StageName="$default", AutoDeploy=True),
        "Users": resource("Cognito::UserPool", UserPoolName="shop"),
        "Client": resource("Cognito::UserPoolClient", UserPoolId=ref("Users"), ClientName="web"),
        "Alarm": resource(
            "CloudWatch::Alarm",
            Namespace="Shop",
            MetricName="Faults",
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=timeout,
            ComparisonOperator="GreaterThanThreshold",
        ),
        "Price": resource("SSM::Parameter", Type="String", Value=str(timeout)),
        "Named": resource("SSM::Parameter", Name={"Fn::Sub": "/${AWS::StackName}/price"}, Type="String", Value="1"),
        "Secret": resource(
            "SecretsManager::Secret",
            Name={"Fn::Sub": "${AWS::StackName}/secret"},
            SecretString=json.dumps({"timeout": timeout}),
        ),
        "Key": resource("KMS::Key", KeyPolicy=document("kms:*", Principal="*"), Description=f"key {timeout}"),
        "KeyAlias": resource(
            "KMS::Alias", AliasName={"Fn::Sub": "alias/${AWS::StackName}-key"}, TargetKeyId=ref("Key")
        ),
        "Stream": resource("Kinesis::Stream", ShardCount=1),
        "Group": resource("Scheduler::ScheduleGroup"),
        "Zone": resource("Route53::HostedZone", Name="shop.test."),
        "Handle": resource("CloudFormation::WaitConditionHandle"),
    }
    if later:
        del found["Url"], found["Policy"], found["Faults"]
    return found


def roled(clients: Clients, name: str, resources: Mapping[str, Any], boundary: str) -> str:
    """The ARN of a service role that has the rights for some resources of the stack of its name."""
    names = {"stack": name, "region": clients.region, "account": clients.account, "partition": "aws"}
    rights = permissions.rights(resources.items(), names, boundary=boundary)
    made = clients.iam.create_role(
        RoleName=f"role-{name}", AssumeRolePolicyDocument=json.dumps(trust("cloudformation"))
    )
    for count, one in enumerate(statements.documents(rights.statements)):
        clients.iam.put_role_policy(
            RoleName=f"role-{name}", PolicyName=f"rights-{count}", PolicyDocument=json.dumps(one)
        )
    assert rights.unknown == ()
    return made["Role"]["Arn"]


def deliver(clients: Clients, name: str, resources: Mapping[str, Any], role: str) -> Stack:
    url = stacks.published(clients, stacks.settings(), {"Resources": resources})
    change_set.deploy(clients, Desired(name, url, {}, role=role))
    return operation.watch(clients, stack.demand(clients, name), Patience(timeout=PATIENCE))


@pytest.fixture
def boundary(clients: Clients) -> str:
    made = clients.iam.create_policy(PolicyName=f"bounds-{uuid.uuid4().hex[:8]}", PolicyDocument=ANYTHING)
    return made["Policy"]["Arn"]


@pytest.fixture
def name(clients: Clients) -> Iterator[str]:
    found = f"shop-{uuid.uuid4().hex[:8]}"
    yield found
    if (left := stack.find(clients, found)) is not None:
        stack.delete(clients, left)


def test_the_whole_life_of_a_project_needs_the_derived_rights_only(clients: Clients, name: str, boundary: str) -> None:
    role = roled(clients, name, project(boundary), boundary)

    made = deliver(clients, name, project(boundary), role)
    operation.conclude(clients, made)
    changed = deliver(clients, name, project(boundary, later=True), role)
    operation.conclude(clients, changed)
    stack.delete(clients, changed, role)
    gone = operation.watch(clients, changed, Patience(timeout=PATIENCE))

    assert [made.status, changed.status] == [Status.CREATE_COMPLETE, Status.UPDATE_COMPLETE]
    assert gone.status is Status.DELETE_COMPLETE


@pytest.mark.parametrize(
    ("changed", "action"),
    [
        ({"Queue": {"QueueName": "others-jobs"}}, "sqs:CreateQueue"),
        ({"Bucket": {"BucketName": "others-site"}}, "s3:CreateBucket"),
        ({"Role": {"RoleName": "others-role"}}, "iam:CreateRole"),
        ({"Role": {"PermissionsBoundary": {"Ref": "AWS::NoValue"}}}, "iam:CreateRole"),
    ],
)
def test_what_is_not_of_the_stack_or_not_bounded_is_refused(
    clients: Clients, name: str, boundary: str, changed: dict[str, dict[str, Any]], action: str
) -> None:
    one = {logical_id: project(boundary)[logical_id] for logical_id in changed}
    role = roled(clients, name, one, boundary)
    for logical_id, properties in changed.items():
        one[logical_id]["Properties"] |= properties

    failed = deliver(clients, name, one, role)

    with pytest.raises(Error, match=f"not authorized to perform: {action}"):
        operation.conclude(clients, failed)
