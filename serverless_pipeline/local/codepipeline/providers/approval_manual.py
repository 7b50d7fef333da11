"""Approval/Manual: the stage waits until somebody says yes or no with the token of the action.

https://docs.aws.amazon.com/codepipeline/latest/userguide/approvals.html
A topic is told of it: https://docs.aws.amazon.com/codepipeline/latest/userguide/approvals-json-format.html
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from serverless_pipeline import aws
from serverless_pipeline.local.codepipeline.providers import console
from serverless_pipeline.local.codepipeline.providers.work import Failed, Pending, Provider

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

    from serverless_pipeline.local.codepipeline.providers.work import Outcome, Work

TOPIC = "NotificationArn"
_LONGEST_SUBJECT = 99
"""SNS takes fewer than 100 letters: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html"""


def start(work: Work) -> Outcome:
    """Tell the topic; PutApprovalResult ends the action with its token, or its time runs out."""
    from botocore.exceptions import ClientError

    minutes = work.run.action.timeout_minutes
    seconds = minutes * 60 if minutes else work.timing.approval
    topic = work.run.resolved_configuration.get(TOPIC)
    if topic:
        try:
            work.credentials.client("sns", work.scope.region).publish(
                TopicArn=topic, Subject=_subject(work), Message=json.dumps(message(work, seconds))
            )
        except ClientError as error:
            return _failure(error, work, topic)
    expired = Failed("JobFailed", "Nobody approved or rejected the action in time; retry the stage to ask again")
    return Pending(seconds, expired, external_id=work.run.token, token=work.run.token)


def message(work: Work, seconds: float) -> dict[str, Any]:
    """What the topic is told of an approval that waits for so many seconds."""
    run, region, configuration = work.run, work.scope.region, work.run.resolved_configuration
    return {
        "region": region,
        "consoleLink": console.pipeline(region, work.pipeline),
        "approval": {
            "pipelineName": work.pipeline,
            "stageName": run.stage,
            "actionName": run.action.name,
            "token": run.token,
            "expires": datetime.fromtimestamp(run.started + seconds, UTC).strftime("%Y-%m-%dT%H:%MZ"),
            "externalEntityLink": configuration.get("ExternalEntityLink"),
            "approvalReviewLink": console.approval(region, work.pipeline, run.stage, run.action.name, run.token),
            "customData": configuration.get("CustomData"),
        },
    }


def _subject(work: Work) -> str:
    return f"APPROVAL NEEDED: AWS CodePipeline {work.pipeline} for action {work.run.action.name}"[:_LONGEST_SUBJECT]


def _failure(error: ClientError, work: Work, topic: str) -> Failed:
    if error.response["ResponseMetadata"]["HTTPStatusCode"] == HTTPStatus.FORBIDDEN or aws.is_refused(error):
        return Failed(
            "PermissionError",
            f"The role {work.credentials.role} may not tell the topic {topic} of the approval; allow it sns:Publish"
            f" ({error})",
        )
    return Failed("ConfigurationError", f"The topic {topic} could not be told of the approval: {error}")


PROVIDER = Provider(
    category="Approval",
    name="Manual",
    inputs=(0, 0),
    outputs=(0, 0),
    required=(),
    optional=("CustomData", "ExternalEntityLink", TOPIC),
    start=start,
)
