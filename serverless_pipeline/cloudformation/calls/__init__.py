"""What CloudFormation calls for a resource of each type: the actions of its handlers, and what they are allowed on.

The handlers of AWS's resource schemas list them (`handlers` and `tagging` of
https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html). A test compares the table
with them, both ways, and names what is left out, with the reason. What actions can be limited to is told by the Service
Authorization Reference (https://docs.aws.amazon.com/service-authorization/latest/reference/reference.html).

CloudFormation calls in the name of who called it, or as the service role of the stack. So the policies of a deployer
and of an environment's role are made of this table, and the embedded AWS asks IAM by it. It is plain data and needs
nothing but the standard library; a module per group of services::

    model            what an entry says
    apigateway       REST APIs
    apigatewayv2     HTTP and WebSocket APIs
    appsync          GraphQL APIs
    cloudformation   stacks in stacks, custom resources, and entries that make nothing
    cloudfront       distributions and what they refer to
    cloudwatch       alarms and dashboards
    codedeploy       applications and groups of deployments
    codepipeline     pipelines
    cognito          pools of users and of identities
    domains          zones and records of Route 53, certificates
    dynamodb         tables
    events           rules, buses, schedules, pipes
    iam              roles and policies
    kinesis          streams, and those of Firehose
    kms              keys and their aliases
    lambda_          functions, layers, and what belongs to them
    logs             log groups and what belongs to them
    messaging        queues and topics
    s3               buckets
    secrets          secrets, and parameters of Systems Manager
    states           state machines
"""

from collections.abc import Mapping
from operator import itemgetter

from serverless_pipeline.cloudformation.calls import (
    apigateway,
    apigatewayv2,
    appsync,
    cloudformation,
    cloudfront,
    cloudwatch,
    codedeploy,
    codepipeline,
    cognito,
    domains,
    dynamodb,
    events,
    iam,
    kinesis,
    kms,
    lambda_,
    logs,
    messaging,
    s3,
    secrets,
    states,
)
from serverless_pipeline.cloudformation.calls.apigateway import REST_API
from serverless_pipeline.cloudformation.calls.cloudformation import STACK
from serverless_pipeline.cloudformation.calls.codepipeline import PIPELINE
from serverless_pipeline.cloudformation.calls.iam import ROLE
from serverless_pipeline.cloudformation.calls.lambda_ import FUNCTION
from serverless_pipeline.cloudformation.calls.logs import LOG_GROUP
from serverless_pipeline.cloudformation.calls.model import ANY, ANYTHING, Calls, Resource, values_at
from serverless_pipeline.cloudformation.calls.s3 import BUCKET

__all__ = [
    "ANY",
    "ANYTHING",
    "BUCKET",
    "FUNCTION",
    "LOG_GROUP",
    "PIPELINE",
    "REST_API",
    "ROLE",
    "STACK",
    "TYPES",
    "Calls",
    "Resource",
    "entry",
    "values_at",
]

_GROUPS = (
    apigateway,
    apigatewayv2,
    appsync,
    cloudformation,
    cloudfront,
    cloudwatch,
    codedeploy,
    codepipeline,
    cognito,
    domains,
    dynamodb,
    events,
    iam,
    kinesis,
    kms,
    lambda_,
    logs,
    messaging,
    s3,
    secrets,
    states,
)

TYPES: Mapping[str, Calls] = dict(
    sorted((item for group in _GROUPS for item in group.TYPES.items()), key=itemgetter(0))
)
"""The table, by the type of a resource."""


def entry(kind: str) -> Calls | None:
    """What the table says of a type, if it knows it."""
    return TYPES.get(listed(kind))


def listed(kind: str) -> str:
    """The type under which the table has another: a custom resource can have a name of its own."""
    return "AWS::CloudFormation::CustomResource" if kind.startswith("Custom::") else kind
