"""Amazon DynamoDB.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
"""

from collections.abc import Mapping

from serverless_pipeline.cloudformation.calls.iam import SERVICE_LINKED
from serverless_pipeline.cloudformation.calls.kinesis import STREAM
from serverless_pipeline.cloudformation.calls.kms import KEY
from serverless_pipeline.cloudformation.calls.model import ANYTHING, Calls, Resource, of, regional
from serverless_pipeline.cloudformation.calls.s3 import BUCKET, objects

_table, _scaling, _kms, _kinesis, _logs = (
    of("dynamodb"),
    of("application-autoscaling"),
    of("kms"),
    of("kinesis"),
    of("logs"),
)

TABLE = regional("dynamodb", "table/{stack}-*", one="table/{id}")
EVERYWHERE = Resource(TABLE.arn, ("arn:{partition}:dynamodb:*:{account}:table/{stack}-*",))
"""A global table, in each region that it is in."""
IMPORT_LOGS = regional("logs", "log-group:/aws-dynamodb/imports*", one="log-group:/aws-dynamodb/imports")
"""Where DynamoDB tells of imports:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataImport.Requesting.html."""
_SCALED = regional("application-autoscaling", "scalable-target/*", one="scalable-target/*")
"""The ID of a target is drawn by the service."""

_IMPORTED = "ImportSourceSpecification.S3BucketSource.S3Bucket"
_READ_TABLE = _table(
    "DescribeContinuousBackups DescribeContributorInsights DescribeKinesisStreamingDestination DescribeTable "
    "DescribeTimeToLive GetResourcePolicy ListTagsOfResource"
)
_ENCRYPT = _kms("CreateGrant Decrypt DescribeKey Encrypt RevokeGrant")
_ENCRYPT_REPLICAS = _kms("CreateGrant Decrypt DescribeKey RevokeGrant")
_STREAMED = _kinesis("DescribeStream PutRecords")
_IMPORT_LOGS = _logs("CreateLogGroup CreateLogStream DescribeLogStreams PutLogEvents PutRetentionPolicy")
_ITEMS = _table("BatchWriteItem DeleteItem GetItem PutItem Query Scan UpdateItem")
_SCALE = _scaling(
    "DeleteScalingPolicy DeleteScheduledAction DeregisterScalableTarget PutScalingPolicy PutScheduledAction "
    "RegisterScalableTarget"
)
_LOOK_AT_SCALE = _scaling("Describe*")

TYPES: Mapping[str, Calls] = {
    "AWS::DynamoDB::GlobalTable": Calls(
        EVERYWHERE,
        create=(
            *_table("CreateTable CreateTableReplica UpdateTable Describe* GetResourcePolicy ListTagsOfResource"),
            *_table("UpdateTableReplicaAutoScaling"),
            *_SCALE,
            *_LOOK_AT_SCALE,
            *_ITEMS,
            "cloudwatch:PutMetricData",
            "iam:CreateServiceLinkedRole",
        ),
        read=(
            *_table("Describe* GetResourcePolicy ListTagsOfResource"),
            *_LOOK_AT_SCALE,
            "cloudwatch:PutMetricData",
        ),
        update=(
            *_table("CreateTableReplica DeleteTable DeleteTableReplica DisassociateTableReplica UpdateTable Describe*"),
            *_table("GetResourcePolicy ListTagsOfResource UpdateTableReplicaAutoScaling"),
            *_SCALE,
            *_LOOK_AT_SCALE,
            *_ITEMS,
            "cloudwatch:PutMetricData",
        ),
        delete=(*_table("DeleteTable Describe*"), *_SCALE, *_LOOK_AT_SCALE),
        # backups, insights, policies, streams to Kinesis and tags are told of each replica
        properties={
            "Replicas": (
                *_table("DeleteResourcePolicy DisableKinesisStreamingDestination EnableKinesisStreamingDestination"),
                *_table("PutResourcePolicy TagResource UntagResource UpdateContinuousBackups"),
                *_table("UpdateContributorInsights UpdateKinesisStreamingDestination"),
                *_STREAMED,
                "kinesis:ListStreams",
            ),
            "SSESpecification": (*_ENCRYPT_REPLICAS, "kms:ListAliases"),
            "TimeToLiveSpecification": _table("UpdateTimeToLive"),
        },
        removals={"TimeToLiveSpecification": _table("UpdateTimeToLive")},
        elsewhere={
            **dict.fromkeys(_SCALE, _SCALED),
            **dict.fromkeys(
                (*_LOOK_AT_SCALE, "cloudwatch:PutMetricData", "kinesis:ListStreams", "kms:ListAliases"), ANYTHING
            ),
            **dict.fromkeys(_ENCRYPT_REPLICAS, KEY),
            **dict.fromkeys(_STREAMED, STREAM),
            "iam:CreateServiceLinkedRole": SERVICE_LINKED,
        },
    ),
    "AWS::DynamoDB::Table": Calls(
        TABLE,
        create=(*_table("CreateTable"), *_READ_TABLE),
        read=_READ_TABLE,
        update=(*_table("UpdateTable"), *_READ_TABLE),
        delete=_table("DeleteTable DescribeTable"),
        properties={
            "ContributorInsightsSpecification": _table("UpdateContributorInsights"),
            "ImportSourceSpecification": (
                *_table("ImportTable DescribeImport"),
                *_IMPORT_LOGS,
                "logs:DescribeLogGroups",
                "s3:GetObject",
                "s3:ListBucket",
            ),
            "KinesisStreamSpecification": (
                *_table("EnableKinesisStreamingDestination UpdateKinesisStreamingDestination"),
                *_STREAMED,
            ),
            "PointInTimeRecoverySpecification": _table("UpdateContinuousBackups"),
            "ResourcePolicy": _table("PutResourcePolicy"),
            "SSESpecification": (*_ENCRYPT, "kms:ListAliases"),
            "TimeToLiveSpecification": _table("UpdateTimeToLive"),
        },
        removals={
            "ContributorInsightsSpecification": _table("UpdateContributorInsights"),
            "KinesisStreamSpecification": _table("DisableKinesisStreamingDestination"),
            "PointInTimeRecoverySpecification": _table("UpdateContinuousBackups"),
            "ResourcePolicy": _table("DeleteResourcePolicy"),
            "TimeToLiveSpecification": _table("UpdateTimeToLive"),
        },
        tag=_table("TagResource"),
        untag=_table("UntagResource"),
        elsewhere={
            **dict.fromkeys(_ENCRYPT, KEY),
            **dict.fromkeys(_STREAMED, STREAM),
            **dict.fromkeys(_IMPORT_LOGS, IMPORT_LOGS),
            **dict.fromkeys(("kms:ListAliases", "logs:DescribeLogGroups"), ANYTHING),
            "s3:GetObject": objects(_IMPORTED, f"{BUCKET.arn}/*"),
            "s3:ListBucket": Resource(BUCKET.arn, BUCKET.patterns, each=_IMPORTED),
        },
    ),
}
