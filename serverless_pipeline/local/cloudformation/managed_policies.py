"""A role is made with managed policies that are there, and with no other.

MiniStack attaches whatever it is told, and what it does not know allows nothing, so that a function is refused much
later and for no visible reason. IAM refuses a policy that does not exist. Of AWS's own MiniStack knows some; what SAM
needs and it lacks is added here, and another one is refused by name. Their documents are those of
https://docs.aws.amazon.com/aws-managed-policy/latest/reference/.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from serverless_pipeline.local import seams

ROLE = "AWS::IAM::Role"
AWS = "arn:aws:iam::aws:policy/"

Properties = Mapping[str, Any]

ADDED: Mapping[str, list[dict[str, Any]]] = {
    "service-role/AWSCodeDeployRoleForLambda": [
        {
            "Effect": "Allow",
            "Action": [
                "cloudwatch:DescribeAlarms",
                "lambda:GetAlias",
                "lambda:GetProvisionedConcurrencyConfig",
                "lambda:UpdateAlias",
                "sns:Publish",
            ],
            "Resource": "*",
        },
        {
            "Effect": "Allow",
            "Action": ["s3:GetObject", "s3:GetObjectVersion"],
            "Resource": "arn:aws:s3:::*/CodeDeploy/*",
        },
        {
            "Effect": "Allow",
            "Action": ["s3:GetObject", "s3:GetObjectVersion"],
            "Resource": "*",
            "Condition": {"StringEquals": {"s3:ExistingObjectTag/UseWithCodeDeploy": "true"}},
        },
        {
            "Effect": "Allow",
            "Action": ["lambda:InvokeFunction"],
            "Resource": "arn:aws:lambda:*:*:function:CodeDeployHook_*",
        },
    ],
    "AWSXrayWriteOnlyAccess": [
        {
            "Effect": "Allow",
            "Action": [
                "xray:GetSamplingRules",
                "xray:GetSamplingStatisticSummaries",
                "xray:GetSamplingTargets",
                "xray:PutTelemetryRecords",
                "xray:PutTraceSegments",
            ],
            "Resource": ["*"],
        }
    ],
}


class NotAttachable(Exception):
    """A managed policy that is not there; the message names it."""


def install() -> None:
    """Add what SAM needs, and look before a role is made or updated."""
    for name, statements in ADDED.items():
        document = json.dumps({"Version": "2012-10-17", "Statement": statements})
        seams.AWS_MANAGED_POLICIES.value.setdefault(AWS + name, seams.MAKE_AWS_MANAGED_RECORD(name, document))
    handlers = seams.RESOURCE_HANDLERS.value[ROLE]
    handlers["create"] = looking_first(handlers["create"], position=1)
    handlers["update"] = looking_first(handlers["update"], position=2)


def looking_first(handle: Callable[..., Any], *, position: int) -> Callable[..., Any]:
    """A handler of roles, whose properties stand at this position of its arguments."""

    def handle_known(*arguments: Any) -> Any:  # noqa: ANN401 - as MiniStack's
        for arn in _unknown(arguments[position]):
            raise NotAttachable(_message(arn))
        return handle(*arguments)

    return handle_known


def _unknown(role: Properties) -> Iterator[str]:
    attached = [*(role.get("ManagedPolicyArns") or []), role.get("PermissionsBoundary")]
    return (arn for arn in attached if arn and not seams.POLICY_KNOWN(arn))


def _message(arn: str) -> str:
    if arn.startswith(AWS):
        return (
            f"The embedded AWS does not know the managed policy {arn}; "
            "allow what the role needs in a policy of the template"
        )
    return f"Policy {arn} does not exist or is not attachable. (Service: Iam, Status Code: 404)"
