"""Amazon Kinesis Data Streams and Amazon Data Firehose.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonkinesisdatastreams.html and
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondatafirehose.html
"""

from collections.abc import Mapping

from serverless_pipeline.cloudformation.calls.iam import ROLE
from serverless_pipeline.cloudformation.calls.kms import KEY
from serverless_pipeline.cloudformation.calls.model import ANYTHING, Calls, Resource, of, regional

_stream, _firehose, _kms = of("kinesis"), of("firehose"), of("kms")

DELIVERY_STREAM = regional("firehose", "deliverystream/{stack}-*", one="deliverystream/{id}")
STREAM = regional("kinesis", "stream/{stack}-*", one="stream/{id}")

_KEYS = _kms("CreateGrant DescribeKey RevokeGrant")
_ENDS = (
    "AmazonOpenSearchServerlessDestinationConfiguration",
    "AmazonopensearchserviceDestinationConfiguration",
    "ElasticsearchDestinationConfiguration",
    "ExtendedS3DestinationConfiguration",
    "HttpEndpointDestinationConfiguration",
    "IcebergDestinationConfiguration",
    "RedshiftDestinationConfiguration",
    "S3DestinationConfiguration",
    "SnowflakeDestinationConfiguration",
)
_ROLES = (
    "KinesisStreamSourceConfiguration.RoleARN",
    "SplunkDestinationConfiguration.S3Configuration.RoleARN",
    *(f"{end}.{place}" for end in _ENDS for place in ("RoleARN", "S3Configuration.RoleARN")),
)

TYPES: Mapping[str, Calls] = {
    "AWS::Kinesis::Stream": Calls(
        STREAM,
        create=_stream("CreateStream DescribeStreamSummary ListTagsForResource ListTagsForStream"),
        read=_stream("DescribeStreamSummary ListTagsForResource ListTagsForStream"),
        update=_stream("DescribeStreamSummary ListTagsForResource ListTagsForStream"),
        delete=_stream("DeleteStream DescribeStreamSummary"),
        properties={
            "DesiredShardLevelMetrics": _stream("EnableEnhancedMonitoring"),
            "MaxRecordSizeInKiB": _stream("UpdateMaxRecordSize"),
            "RetentionPeriodHours": _stream("IncreaseStreamRetentionPeriod"),
            "StreamEncryption": _stream("StartStreamEncryption"),
            "WarmThroughputMiBps": _stream("UpdateStreamWarmThroughput"),
        },
        changes={
            "RecordDistributionStrategy": _stream("UpdateStreamRecordDistributionStrategy"),
            "RetentionPeriodHours": _stream("DecreaseStreamRetentionPeriod"),
            "ShardCount": _stream("UpdateShardCount"),
            "StreamModeDetails": _stream("UpdateStreamMode"),
        },
        removals={
            "DesiredShardLevelMetrics": _stream("DisableEnhancedMonitoring"),
            "MaxRecordSizeInKiB": _stream("UpdateMaxRecordSize"),
            "RetentionPeriodHours": _stream("DecreaseStreamRetentionPeriod"),
            "StreamEncryption": _stream("StopStreamEncryption"),
            "WarmThroughputMiBps": _stream("UpdateStreamWarmThroughput"),
        },
        tag=_stream("AddTagsToStream TagResource"),
        untag=_stream("RemoveTagsFromStream UntagResource"),
        elsewhere={
            **dict.fromkeys(
                _stream("DisableEnhancedMonitoring EnableEnhancedMonitoring UpdateShardCount UpdateStreamMode"),
                ANYTHING,
            ),
            # a stream, and the key that it is encrypted with
            **dict.fromkeys(
                _stream("StartStreamEncryption StopStreamEncryption"),
                Resource(STREAM.arn, (*STREAM.patterns, *KEY.patterns)),
            ),
        },
    ),
    "AWS::KinesisFirehose::DeliveryStream": Calls(
        DELIVERY_STREAM,
        create=(*_firehose("CreateDeliveryStream DescribeDeliveryStream"), "iam:GetRole"),
        read=_firehose("DescribeDeliveryStream ListTagsForDeliveryStream"),
        update=_firehose("UpdateDestination DescribeDeliveryStream ListTagsForDeliveryStream"),
        delete=_firehose("DeleteDeliveryStream DescribeDeliveryStream"),
        properties={
            "DeliveryStreamEncryptionConfigurationInput": (*_firehose("StartDeliveryStreamEncryption"), *_KEYS)
        },
        removals={"DeliveryStreamEncryptionConfigurationInput": _firehose("StopDeliveryStreamEncryption")},
        tag=_firehose("TagDeliveryStream"),
        untag=_firehose("UntagDeliveryStream"),
        passes=dict.fromkeys(_ROLES, "firehose.amazonaws.com"),
        elsewhere={
            **dict.fromkeys(_KEYS, KEY),
            "iam:GetRole": Resource("{id}", ROLE.patterns, missing=ROLE.missing, each="*.RoleARN"),
        },
    ),
}
