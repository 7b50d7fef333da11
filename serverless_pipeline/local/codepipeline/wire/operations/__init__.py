"""The operations of the service: a function per operation, grouped by what it is about.

::

    pipelines      create, get, update, delete, list
    executions     start, stop, get, list, and what their actions did
    stages         their state, their retry, and the way into them
    approvals      somebody's yes or no
    rules          the rules of conditions
    action_types   those that an account makes known
    jobs           taken and answered by functions and workers
    third_parties  jobs of third parties, whom a client token lets in
    revisions      somebody outside says that a source has a new one
    webhooks       put, list, delete, register
    tags           tag, untag, list

Each takes the engine, who calls, and a request that fits its shape; it answers a document, or nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from serverless_pipeline.local.codepipeline.wire.operations import (
    action_types,
    approvals,
    executions,
    jobs,
    pipelines,
    revisions,
    rules,
    stages,
    tags,
    third_parties,
    webhooks,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from serverless_pipeline.local.codepipeline.engine.engine import Engine
    from serverless_pipeline.local.codepipeline.wire.authorization import Caller

    Operation = Callable[[Engine, Caller, Mapping[str, Any]], dict[str, Any] | None]

OPERATIONS: dict[str, Operation] = {
    "CreatePipeline": pipelines.create,
    "GetPipeline": pipelines.get,
    "UpdatePipeline": pipelines.update,
    "DeletePipeline": pipelines.delete,
    "ListPipelines": pipelines.list_,
    "StartPipelineExecution": executions.start,
    "StopPipelineExecution": executions.stop,
    "GetPipelineExecution": executions.get,
    "ListPipelineExecutions": executions.list_,
    "ListActionExecutions": executions.list_actions,
    "GetPipelineState": stages.get,
    "RetryStageExecution": stages.retry,
    "EnableStageTransition": stages.enable,
    "DisableStageTransition": stages.disable,
    "OverrideStageCondition": stages.override,
    "RollbackStage": stages.roll_back,
    "ListRuleExecutions": rules.list_executions,
    "ListRuleTypes": rules.list_types,
    "PutApprovalResult": approvals.put,
    "PutJobSuccessResult": jobs.succeed,
    "PutJobFailureResult": jobs.fail,
    "GetJobDetails": jobs.get,
    "CreateCustomActionType": action_types.create,
    "DeleteCustomActionType": action_types.delete,
    "ListActionTypes": action_types.list_,
    "GetActionType": action_types.get,
    "UpdateActionType": action_types.update,
    "PollForThirdPartyJobs": third_parties.poll,
    "AcknowledgeThirdPartyJob": third_parties.acknowledge,
    "GetThirdPartyJobDetails": third_parties.get,
    "PutThirdPartyJobSuccessResult": third_parties.succeed,
    "PutThirdPartyJobFailureResult": third_parties.fail,
    "PollForJobs": jobs.poll,
    "AcknowledgeJob": jobs.acknowledge,
    "PutActionRevision": revisions.put,
    "ListDeployActionExecutionTargets": executions.list_targets,
    "PutWebhook": webhooks.put,
    "ListWebhooks": webhooks.list_,
    "DeleteWebhook": webhooks.delete,
    "RegisterWebhookWithThirdParty": webhooks.register,
    "DeregisterWebhookWithThirdParty": webhooks.deregister,
    "TagResource": tags.tag,
    "UntagResource": tags.untag,
    "ListTagsForResource": tags.list_,
}
