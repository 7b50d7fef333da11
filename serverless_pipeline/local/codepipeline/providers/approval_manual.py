"""Approval/Manual: the stage waits until somebody says yes or no with the token of the action.

https://docs.aws.amazon.com/codepipeline/latest/userguide/approvals.html
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from serverless_pipeline.local.codepipeline.model.declaration import PARALLEL
from serverless_pipeline.local.codepipeline.providers.work import Failed, Ignored, Pending, Provider

if TYPE_CHECKING:
    from serverless_pipeline.local.codepipeline.providers.work import Outcome, Work


def start(work: Work) -> Outcome:
    """Hand out the token; PutApprovalResult ends the action, or its time runs out."""
    minutes = work.run.action.timeout_minutes
    seconds = minutes * 60 if minutes else work.timing.approval
    expired = Failed("JobFailed", "Nobody approved or rejected the action in time; retry the stage to ask again")
    token = str(uuid.uuid4())
    # Where executions go side by side, GetPipelineState shows one of them: the token of the others is found here.
    return Pending(seconds, expired, external_id=token if work.mode == PARALLEL else "", token=token)


PROVIDER = Provider(
    category="Approval",
    name="Manual",
    inputs=(0, 0),
    outputs=(0, 0),
    required=(),
    optional=("CustomData", "ExternalEntityLink", "NotificationArn"),
    start=start,
    ignored=(Ignored("NotificationArn", "the embedded AWS tells no topic of an approval that waits"),),
)
