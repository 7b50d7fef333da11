"""The operations of the service: a function per operation, grouped by what it is about.

Each takes the engine, who calls, and a request that fits its shape; it answers a document, or nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from serverless_pipeline.local.codepipeline.wire.operations import approvals, executions, jobs, pipelines, stages, tags

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from serverless_pipeline.local.codepipeline.engine.engine import Engine
    from serverless_pipeline.local.codepipeline.wire.operations.caller import Caller

    Operation = Callable[[Engine, Caller, Mapping[str, Any]], dict[str, Any] | None]

OPERATIONS: dict[str, Operation] = {
    "CreatePipeline": pipelines.create,
    "GetPipeline": pipelines.describe,
    "UpdatePipeline": pipelines.update,
    "DeletePipeline": pipelines.delete,
    "ListPipelines": pipelines.enumerate_,
    "StartPipelineExecution": executions.start,
    "GetPipelineExecution": executions.describe,
    "ListPipelineExecutions": executions.enumerate_,
    "ListActionExecutions": executions.actions,
    "StopPipelineExecution": executions.stop,
    "GetPipelineState": stages.state,
    "RetryStageExecution": stages.retry,
    "EnableStageTransition": stages.enable,
    "DisableStageTransition": stages.disable,
    "PutApprovalResult": approvals.put,
    "PutJobSuccessResult": jobs.succeed,
    "PutJobFailureResult": jobs.fail,
    "GetJobDetails": jobs.describe,
    "TagResource": tags.add,
    "UntagResource": tags.remove,
    "ListTagsForResource": tags.enumerate_,
}
