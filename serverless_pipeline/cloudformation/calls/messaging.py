"""Amazon SQS and Amazon SNS: queues, topics, and who listens.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html and
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsns.html
"""

from collections.abc import Mapping

from serverless_pipeline.cloudformation.calls.iam import ROLE
from serverless_pipeline.cloudformation.calls.model import ANYTHING, Calls, Resource, of, regional

_sns, _sqs = of("sns"), of("sqs")
_SNS = "sns.amazonaws.com"

QUEUE = regional("sqs", "{stack}-*", one="{name}")
"""The physical ID is the queue's URL."""
TOPIC = regional("sns", "{stack}-*", one="{tail}")
"""The physical ID is the topic's ARN."""
OF_TOPIC = Resource("{TopicArn}", TOPIC.patterns)

_SET_QUEUE, _SET_TOPIC = _sqs("SetQueueAttributes"), _sns("SetTopicAttributes")
_FEEDBACK = tuple(f"DeliveryStatusLogging.*.{one}FeedbackRoleArn" for one in ("Failure", "Success"))

TYPES: Mapping[str, Calls] = {
    "AWS::SNS::Subscription": Calls(
        OF_TOPIC,
        create=_sns("Subscribe"),
        read=_sns("GetSubscriptionAttributes"),
        update=_sns("SetSubscriptionAttributes"),
        delete=_sns("GetSubscriptionAttributes Unsubscribe"),
        properties={"SubscriptionRoleArn": ("iam:GetRole",)},
        passes={"SubscriptionRoleArn": _SNS},
        elsewhere={
            **dict.fromkeys(_sns("GetSubscriptionAttributes SetSubscriptionAttributes Unsubscribe"), ANYTHING),
            "iam:GetRole": Resource("{SubscriptionRoleArn}", ROLE.patterns, missing=ROLE.missing),
        },
    ),
    "AWS::SNS::Topic": Calls(
        TOPIC,
        create=_sns("CreateTopic GetTopicAttributes"),
        read=_sns("GetDataProtectionPolicy GetTopicAttributes ListSubscriptionsByTopic ListTagsForResource"),
        update=_sns(
            "SetTopicAttributes GetDataProtectionPolicy GetTopicAttributes ListSubscriptionsByTopic ListTagsForResource"
        ),
        delete=_sns("DeleteTopic GetTopicAttributes"),
        properties={
            "DataProtectionPolicy": _sns("PutDataProtectionPolicy"),
            "DeliveryStatusLogging": ("iam:GetRole",),
            "Subscription": _sns("Subscribe"),
        },
        removals={
            "DataProtectionPolicy": _sns("PutDataProtectionPolicy"),
            "Subscription": _sns("Unsubscribe"),
        },
        tag=_sns("TagResource"),
        untag=_sns("UntagResource"),
        passes=dict.fromkeys(_FEEDBACK, _SNS),
        elsewhere={
            "iam:GetRole": Resource("{id}", ROLE.patterns, missing=ROLE.missing, each=_FEEDBACK[0]),
            "sns:Unsubscribe": ANYTHING,
        },
    ),
    "AWS::SNS::TopicPolicy": Calls(
        Resource(TOPIC.arn, TOPIC.patterns, each="Topics.*"), create=_SET_TOPIC, update=_SET_TOPIC, delete=_SET_TOPIC
    ),
    "AWS::SQS::Queue": Calls(
        QUEUE,
        create=_sqs("CreateQueue GetQueueAttributes GetQueueUrl ListQueueTags"),
        read=_sqs("GetQueueAttributes ListQueueTags"),
        update=_sqs("SetQueueAttributes GetQueueAttributes ListQueueTags"),
        delete=_sqs("DeleteQueue GetQueueAttributes"),
        tag=_sqs("TagQueue"),
        untag=_sqs("UntagQueue"),
    ),
    "AWS::SQS::QueuePolicy": Calls(
        Resource(QUEUE.arn, QUEUE.patterns, each="Queues.*"), create=_SET_QUEUE, update=_SET_QUEUE, delete=_SET_QUEUE
    ),
}
