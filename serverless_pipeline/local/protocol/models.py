"""The model of a service and of the operation that a request names, as botocore has them: shapes of what is sent."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from serverless_pipeline.local import seams

if TYPE_CHECKING:
    from botocore.model import OperationModel, ServiceModel

    from serverless_pipeline.local.gate.head import Head

TARGETS = {
    "AWSCognitoIdentityProviderService": "cognito-idp",
    "AWSCognitoIdentityService": "cognito-identity",
    "AWSEvents": "events",
    "AWSStepFunctions": "stepfunctions",
    "AmazonSQS": "sqs",
    "AmazonSSM": "ssm",
    "CertificateManager": "acm",
    "DynamoDB_20120810": "dynamodb",
    "Kinesis_20131202": "kinesis",
    "Logs_20140328": "logs",
    "TrentService": "kms",
    "secretsmanager": "secretsmanager",
}
"""The services of MiniStack's that are named by the first part of `X-Amz-Target`; CodePipeline looks for itself."""
ROUTES = {
    "apigateway": ("apigateway", "apigatewayv2"),
    "appsync": ("appsync",),
    "lambda": ("lambda",),
    "scheduler": ("scheduler",),
}
"""The services whose operations are named by method and path, by the name in their signatures."""

FORMS = {
    "cloudformation": "cloudformation",
    "iam": "iam",
    "monitoring": "cloudwatch",
    "sns": "sns",
    "sts": "sts",
}
"""The services of the query protocol, by the name in their signatures."""


@cache
def model(service: str) -> ServiceModel:
    """All of a service."""
    import botocore.session

    return botocore.session.get_session().get_service_model(service)


def operation(head: Head) -> OperationModel | None:
    """The operation of a request in JSON; None where no model tells it."""
    prefix, _, name = head.headers.get("x-amz-target", "").partition(".")
    if prefix:
        return _named(TARGETS[prefix], name) if prefix in TARGETS else None
    if head.scope_service not in ROUTES:
        return None
    services = ROUTES[head.scope_service]
    name = seams.MATCH_REST_ACTION(head.scope_service, head.method, head.path, head.query) or ""
    return _named(services[-1] if head.path.startswith("/v2/") else services[0], name)


def action(head: Head, name: str) -> OperationModel | None:
    """The operation of a form; None where no model tells it."""
    service = FORMS.get(head.scope_service)
    return _named(service, name) if service else None


def _named(service: str, name: str) -> OperationModel | None:
    known = model(service)
    return known.operation_model(name) if name in known.operation_names else None
