"""Amazon S3, whose ARNs have neither region nor account.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
"""

from collections.abc import Mapping

from serverless_pipeline.cloudformation.calls.model import Calls, Resource, of, regional

_s3 = of("s3")
_METADATA_TABLES = of("s3tables")(
    "CreateNamespace CreateTable CreateTableBucket GetTable GetTableMetadataLocation PutTableBucketPolicy "
    "PutTableEncryption PutTablePolicy UpdateTableMetadataLocation"
)

BUCKET = Resource("arn:{partition}:s3:::{id}", ("arn:{partition}:s3:::{stack}-*",))
TABLES = regional("s3tables", "bucket/aws-s3*", one="bucket/aws-s3")
"""Where S3 keeps tables of metadata:
https://docs.aws.amazon.com/AmazonS3/latest/userguide/metadata-tables-overview.html."""

_SET: Mapping[str, str] = {
    "AbacStatus": "PutBucketAbac",
    "AccelerateConfiguration": "PutAccelerateConfiguration",
    "AccessControl": "PutBucketAcl",
    "AnalyticsConfigurations": "PutAnalyticsConfiguration",
    "BucketEncryption": "PutEncryptionConfiguration",
    "CorsConfiguration": "PutBucketCORS",
    "IntelligentTieringConfigurations": "PutIntelligentTieringConfiguration",
    "InventoryConfigurations": "PutInventoryConfiguration",
    "LifecycleConfiguration": "PutLifecycleConfiguration",
    "LoggingConfiguration": "PutBucketLogging",
    "MetricsConfigurations": "PutMetricsConfiguration",
    "NotificationConfiguration": "PutBucketNotification",
    "ObjectLockConfiguration": "PutBucketObjectLockConfiguration",
    "ObjectLockEnabled": "PutBucketObjectLockConfiguration",
    "OwnershipControls": "PutBucketOwnershipControls",
    "PublicAccessBlockConfiguration": "PutBucketPublicAccessBlock",
    "ReplicationConfiguration": "PutReplicationConfiguration",
    "VersioningConfiguration": "PutBucketVersioning",
}
"""By one and the same action these are set and taken away."""


def objects(place: str, arn: str = "arn:{partition}:s3:::{bare}") -> Resource:
    """Objects in a bucket of the stack, for who has a service read them; the place in the properties names them."""
    return Resource(arn, ("arn:{partition}:s3:::{stack}-*/*",), each=place)


TYPES: Mapping[str, Calls] = {
    "AWS::S3::Bucket": Calls(
        BUCKET,
        create=_s3("CreateBucket ListBucket"),
        read=_s3(
            "GetAccelerateConfiguration GetAnalyticsConfiguration GetBucketAbac GetBucketCORS GetBucketLogging "
            "GetBucketMetadataTableConfiguration GetBucketNotification GetBucketObjectLockConfiguration "
            "GetBucketOwnershipControls GetBucketPublicAccessBlock GetBucketTagging GetBucketVersioning "
            "GetBucketWebsite GetEncryptionConfiguration GetIntelligentTieringConfiguration GetInventoryConfiguration "
            "GetLifecycleConfiguration GetMetricsConfiguration GetReplicationConfiguration ListBucket "
            "ListTagsForResource"
        ),
        update=_s3("ListBucket"),
        delete=_s3("DeleteBucket ListBucket"),
        properties={
            **{name: _s3(action) for name, action in _SET.items()},
            "AccessControl": _s3("GetBucketAcl PutBucketAcl"),
            "MetadataConfiguration": (
                *_s3(
                    "CreateBucketMetadataTableConfiguration GetBucketMetadataTableConfiguration "
                    "UpdateBucketMetadataAnnotationTableConfiguration UpdateBucketMetadataInventoryTableConfiguration "
                    "UpdateBucketMetadataJournalTableConfiguration"
                ),
                *_METADATA_TABLES,
            ),
            "MetadataTableConfiguration": (
                *_s3("CreateBucketMetadataTableConfiguration GetBucketMetadataTableConfiguration"),
                *_METADATA_TABLES,
            ),
            "WebsiteConfiguration": _s3("PutBucketWebsite"),
        },
        removals={
            **{name: _s3(action) for name, action in _SET.items()},
            "MetadataConfiguration": _s3("DeleteBucketMetadataTableConfiguration"),
            "MetadataTableConfiguration": _s3("DeleteBucketMetadataTableConfiguration"),
            "WebsiteConfiguration": _s3("DeleteBucketWebsite"),
        },
        tag=_s3("PutBucketTagging TagResource"),
        untag=_s3("PutBucketTagging UntagResource"),
        passes={"ReplicationConfiguration.Role": "s3.amazonaws.com"},
        elsewhere=dict.fromkeys(_METADATA_TABLES, TABLES),
    ),
    "AWS::S3::BucketPolicy": Calls(
        Resource("arn:{partition}:s3:::{Bucket}", BUCKET.patterns),
        create=_s3("PutBucketPolicy GetBucketPolicy"),
        read=_s3("GetBucketPolicy"),
        update=_s3("PutBucketPolicy GetBucketPolicy"),
        delete=_s3("DeleteBucketPolicy GetBucketPolicy"),
    ),
}
