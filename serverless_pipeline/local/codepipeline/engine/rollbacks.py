"""Rolling a stage back: it runs once more, alone, with the artifacts, revisions and variables of an earlier execution.

https://docs.aws.amazon.com/codepipeline/latest/userguide/stage-rollback.html
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from serverless_pipeline.local.codepipeline.model.declaration import PARALLEL
from serverless_pipeline.local.codepipeline.model.execution import Execution
from serverless_pipeline.local.codepipeline.model.refusal import Refusal

if TYPE_CHECKING:
    from serverless_pipeline.local.codepipeline.model.execution import Trigger
    from serverless_pipeline.local.codepipeline.model.store import PipelineRecord


def obstacle(record: PipelineRecord, stage: str, target: Execution) -> Refusal | None:
    """Why a stage cannot be rolled back to an execution; None if it can."""
    if record.pipeline.mode == PARALLEL:
        return _unable("Stages of a pipeline in PARALLEL mode cannot be rolled back")
    if record.pipeline.index(stage) == 0:
        return _unable(f"The stage '{stage}' is the source stage, which cannot be rolled back")
    if target.target:
        return _unable(f"The execution {target.id} is a rollback itself; choose the one that it went back to")
    if stage not in target.succeeded_stages:
        return _unable(f"The execution {target.id} did not succeed in stage '{stage}'")
    if target.pipeline.version != record.pipeline.version:
        return Refusal(
            "PipelineExecutionOutdatedException",
            f"The execution {target.id} ran in version {target.pipeline.version} of the pipeline, which has version"
            f" {record.pipeline.version} now; release the change again",
        )
    return None


def execution(record: PipelineRecord, stage: str, target: Execution, trigger: Trigger, now: float) -> Execution:
    """The execution that runs the stage again; it has not arrived there yet."""
    index = record.pipeline.index(stage)
    if index is None:
        raise LookupError(stage)
    made = {output for one in record.pipeline.stages[index:] for action in one.actions for output in action.outputs}
    return Execution(
        str(uuid.uuid4()),
        record.pipeline,
        trigger,
        now,
        now,
        variables=dict(target.variables),
        stage_index=index,
        artifacts={name: artifact for name, artifact in target.artifacts.items() if name not in made},
        namespaces=dict(target.namespaces),
        target=target.id,
    )


def _unable(message: str) -> Refusal:
    return Refusal("UnableToRollbackStageException", message)
