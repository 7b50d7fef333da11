"""Who may enter a stage: one execution at a time, the newest that waits or the next in the queue; or everyone.

https://docs.aws.amazon.com/codepipeline/latest/userguide/execution-modes.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from serverless_pipeline.local.codepipeline.model.declaration import PARALLEL, SUPERSEDED
from serverless_pipeline.local.codepipeline.model.execution import StageStatus
from serverless_pipeline.local.codepipeline.model.refusal import Refusal

if TYPE_CHECKING:
    from serverless_pipeline.local.codepipeline.model.store import PipelineRecord, StageRecord

MOST = 50
"""How many executions may be under way in a pipeline that queues them or runs them side by side."""


def demand_room(record: PipelineRecord) -> None:
    """See that another execution may start.

    Raises:
        Refusal: as many as may be are under way.
    """
    active = sum(execution.is_active for execution in record.executions.values())
    if record.pipeline.mode != SUPERSEDED and active >= MOST:
        raise Refusal(
            "ConcurrentPipelineExecutionsLimitExceededException",
            f"The pipeline '{record.pipeline.name}' has {MOST} executions in progress, which is the limit in"
            f" {record.pipeline.mode} mode",
        )


def queue(record: PipelineRecord, stage: StageRecord, execution_id: str) -> str:
    """Let an execution wait before a stage; answers the one that it supersedes, if any."""
    superseded = stage.waiting.pop() if stage.waiting and record.pipeline.mode == SUPERSEDED else ""
    stage.waiting.append(execution_id)
    return superseded


def admit(record: PipelineRecord, stage: StageRecord) -> str:
    """Let the next one in that waits, if the way is open and there is room; answers it, if there is one."""
    is_full = stage.holders and record.pipeline.mode != PARALLEL
    if is_full or not stage.waiting or not stage.transition.enabled:
        return ""
    stage.enter(stage.waiting.pop(0), StageStatus.IN_PROGRESS)
    return stage.latest
