"""Amazon EventBridge: rules and buses, schedules, pipes.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridge.html,
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridgescheduler.html and
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridgepipes.html
"""

from collections.abc import Mapping

from serverless_pipeline.cloudformation.calls.iam import SERVICE_LINKED
from serverless_pipeline.cloudformation.calls.kinesis import DELIVERY_STREAM
from serverless_pipeline.cloudformation.calls.kms import KEY
from serverless_pipeline.cloudformation.calls.logs import DELIVERIES
from serverless_pipeline.cloudformation.calls.model import ANYTHING, Calls, Resource, of, regional
from serverless_pipeline.cloudformation.calls.s3 import BUCKET

_events, _scheduler, _pipes = of("events"), of("scheduler"), of("pipes")
_kms = of("kms")
_BUS_KEY = _kms("Decrypt DescribeKey Encrypt GenerateDataKey GenerateDataKeyWithoutPlaintext ReEncryptFrom ReEncryptTo")
_PIPE_KEY = _kms("Decrypt DescribeKey GenerateDataKey")
_PIPE_LOGS = (
    "firehose:TagDeliveryStream",
    "iam:CreateServiceLinkedRole",
    "s3:GetBucketPolicy",
    "s3:PutBucketPolicy",
)

BUS = regional("events", "event-bus/{stack}-*", one="event-bus/{id}")
# The name of a pipe that has none begins with its logical ID.
PIPE = regional("pipes", "pipe/{stack}-*", "pipe/{logical}-*", one="pipe/{id}")
RULE = regional("events", "rule/{stack}-*", "rule/*/{stack}-*", one="rule/{path}")
"""On the default bus, or on one that is named: `bus|name` as a physical ID."""
SCHEDULE = Resource(
    regional("scheduler", one="schedule/{GroupName}/{id}").arn,
    regional("scheduler", "schedule/*/{stack}-*", one="").patterns,
    missing={"GroupName": "default"},
)
SCHEDULE_GROUP = regional("scheduler", "schedule-group/{stack}-*", one="schedule-group/{id}")

TYPES: Mapping[str, Calls] = {
    "AWS::Events::EventBus": Calls(
        BUS,
        create=_events("CreateEventBus DescribeEventBus ListTagsForResource"),
        read=_events("DescribeEventBus ListTagsForResource"),
        update=_events("UpdateEventBus DescribeEventBus"),
        delete=_events("DeleteEventBus DescribeEventBus ListTagsForResource UpdateEventBus"),
        properties={"KmsKeyIdentifier": _BUS_KEY, "Policy": _events("PutPermission")},
        removals={"Policy": _events("RemovePermission")},
        tag=_events("TagResource"),
        untag=_events("UntagResource"),
        elsewhere={
            **dict.fromkeys(_BUS_KEY, KEY),
            **dict.fromkeys(_events("PutPermission RemovePermission"), ANYTHING),
        },
    ),
    "AWS::Events::Rule": Calls(
        RULE,
        create=_events("PutRule DescribeRule"),
        read=_events("DescribeRule ListTagsForResource ListTargetsByRule"),
        update=_events("PutRule DescribeRule"),
        delete=_events("DeleteRule DescribeRule ListTargetsByRule RemoveTargets"),
        properties={"Targets": _events("PutTargets")},
        removals={"Targets": _events("RemoveTargets")},
        tag=_events("TagResource"),
        untag=_events("UntagResource"),
        passes=dict.fromkeys(("RoleArn", "Targets.*.RoleArn"), "events.amazonaws.com"),
    ),
    "AWS::Pipes::Pipe": Calls(
        PIPE,
        create=_pipes("CreatePipe DescribePipe"),
        read=_pipes("DescribePipe"),
        update=_pipes("UpdatePipe DescribePipe"),
        delete=_pipes("DeletePipe DescribePipe"),
        properties={"KmsKeyIdentifier": _PIPE_KEY, "LogConfiguration": (*DELIVERIES, *_PIPE_LOGS)},
        tag=_pipes("TagResource"),
        untag=_pipes("ListTagsForResource UntagResource"),
        passes={"RoleArn": "pipes.amazonaws.com"},
        elsewhere={
            **dict.fromkeys(_PIPE_KEY, KEY),
            **dict.fromkeys(DELIVERIES, ANYTHING),
            "firehose:TagDeliveryStream": Resource(
                "{id}", DELIVERY_STREAM.patterns, each="LogConfiguration.FirehoseLogDestination.DeliveryStreamArn"
            ),
            "iam:CreateServiceLinkedRole": SERVICE_LINKED,
            **dict.fromkeys(
                ("s3:GetBucketPolicy", "s3:PutBucketPolicy"),
                Resource(BUCKET.arn, BUCKET.patterns, each="LogConfiguration.S3LogDestination.BucketName"),
            ),
        },
    ),
    "AWS::Scheduler::Schedule": Calls(
        SCHEDULE,
        create=_scheduler("CreateSchedule GetSchedule"),
        read=_scheduler("GetSchedule"),
        update=_scheduler("UpdateSchedule GetSchedule"),
        delete=_scheduler("DeleteSchedule GetSchedule"),
        passes={"Target.RoleArn": "scheduler.amazonaws.com"},
    ),
    "AWS::Scheduler::ScheduleGroup": Calls(
        SCHEDULE_GROUP,
        create=_scheduler("CreateScheduleGroup GetScheduleGroup ListTagsForResource"),
        read=_scheduler("GetScheduleGroup ListTagsForResource"),
        update=_scheduler("GetScheduleGroup ListTagsForResource"),
        delete=_scheduler("DeleteScheduleGroup DeleteSchedule GetScheduleGroup"),
        tag=_scheduler("TagResource"),
        untag=_scheduler("UntagResource"),
        elsewhere={"scheduler:DeleteSchedule": regional("scheduler", "schedule/{stack}-*/*", one="schedule/{id}/*")},
    ),
}
