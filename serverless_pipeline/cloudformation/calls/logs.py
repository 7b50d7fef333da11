"""Amazon CloudWatch Logs.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html
"""

from collections.abc import Mapping

from serverless_pipeline.cloudformation.calls.model import ANYTHING, Calls, Resource, of, regional

_logs = of("logs")

LOG_GROUP = regional(
    "logs",
    "log-group:/aws/*/{stack}-*",
    "log-group:{stack}-*",
    "log-group:{stack}/*",
    "log-group:/{stack}/*",
    one="log-group:{id}",
)
"""Those of functions, of what else logs in a stack's name, and those of a project's own."""
OF_GROUP = Resource(regional("logs", one="log-group:{LogGroupName}").arn, LOG_GROUP.patterns)
DELIVERIES = _logs(
    "CreateLogDelivery DeleteLogDelivery DescribeLogGroups DescribeResourcePolicies GetLogDelivery ListLogDeliveries "
    "PutResourcePolicy UpdateLogDelivery"
)
"""For who has a service log into a group; IAM bounds none of them."""

_WIDE = _logs(
    "DeleteIndexPolicy DeleteResourcePolicy DescribeIndexPolicies DescribeLogGroups DescribeResourcePolicies "
    "PutIndexPolicy PutResourcePolicy"
)

TYPES: Mapping[str, Calls] = {
    "AWS::Logs::LogGroup": Calls(
        LOG_GROUP,
        create=_logs(
            "CreateLogGroup DescribeIndexPolicies DescribeLogGroups DescribeResourcePolicies GetDataProtectionPolicy"
        ),
        read=_logs(
            "DescribeIndexPolicies DescribeLogGroups DescribeResourcePolicies GetDataProtectionPolicy "
            "ListTagsForResource"
        ),
        update=_logs("DescribeLogGroups DescribeResourcePolicies GetDataProtectionPolicy ListTagsForResource"),
        delete=_logs("DeleteLogGroup DescribeLogGroups"),
        properties={
            "BearerTokenAuthenticationEnabled": _logs("PutBearerTokenAuthentication"),
            "DataProtectionPolicy": _logs("PutDataProtectionPolicy"),
            "DeletionProtectionEnabled": _logs("PutLogGroupDeletionProtection"),
            "FieldIndexPolicies": _logs("PutIndexPolicy"),
            "KmsKeyId": _logs("AssociateKmsKey"),
            "ResourcePolicyDocument": _logs("PutResourcePolicy"),
            "RetentionInDays": _logs("PutRetentionPolicy"),
        },
        removals={
            "BearerTokenAuthenticationEnabled": _logs("PutBearerTokenAuthentication"),
            "DataProtectionPolicy": _logs("DeleteDataProtectionPolicy"),
            "DeletionProtectionEnabled": _logs("PutLogGroupDeletionProtection"),
            "FieldIndexPolicies": _logs("DeleteIndexPolicy"),
            "KmsKeyId": _logs("DisassociateKmsKey"),
            "ResourcePolicyDocument": _logs("DeleteResourcePolicy"),
            "RetentionInDays": _logs("DeleteRetentionPolicy"),
        },
        tag=_logs("TagResource"),
        untag=_logs("UntagResource"),
        elsewhere=dict.fromkeys(_WIDE, ANYTHING),
    ),
    "AWS::Logs::LogStream": Calls(
        OF_GROUP,
        create=_logs("CreateLogStream DescribeLogStreams"),
        read=_logs("DescribeLogStreams"),
        delete=_logs("DeleteLogStream"),
    ),
    "AWS::Logs::MetricFilter": Calls(
        OF_GROUP,
        create=_logs("PutMetricFilter DescribeMetricFilters"),
        read=_logs("DescribeMetricFilters"),
        update=_logs("PutMetricFilter DescribeMetricFilters"),
        delete=_logs("DeleteMetricFilter"),
    ),
    "AWS::Logs::ResourcePolicy": Calls(
        ANYTHING,
        create=_logs("PutResourcePolicy DescribeResourcePolicies"),
        read=_logs("DescribeResourcePolicies"),
        update=_logs("PutResourcePolicy DeleteResourcePolicy DescribeResourcePolicies"),
        delete=_logs("DeleteResourcePolicy"),
    ),
    "AWS::Logs::SubscriptionFilter": Calls(
        OF_GROUP,
        create=_logs("PutSubscriptionFilter DescribeSubscriptionFilters"),
        read=_logs("DescribeSubscriptionFilters"),
        update=_logs("PutSubscriptionFilter DescribeSubscriptionFilters"),
        delete=_logs("DeleteSubscriptionFilter"),
        passes={"RoleArn": "logs.amazonaws.com"},
    ),
}
