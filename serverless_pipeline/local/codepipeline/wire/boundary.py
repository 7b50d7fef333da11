"""Where the imitation of CodePipeline ends: each member of a request is done, or refused by name.

A member is written with the names above it, `[]` for the items of a list and `{}` for the values of a map. Those of a
declaration begin with `pipeline`, all others with their operation. What a provider does without is in its `ignored`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

DECLARING = ("CreatePipeline", "UpdatePipeline")

_COMMANDS = "a Lambda rule asks a function"
ACTION = "pipeline.stages[].actions[]"
STAGE = "pipeline.stages[]"
CONDITIONS = tuple(f"{STAGE}.{name}.conditions[]" for name in ("beforeEntry", "onSuccess", "onFailure"))
_EXECUTOR = "UpdateActionType.actionType.executor.configuration"

REFUSED: Mapping[str, str] = {
    f"{STAGE}.blockers": "leave it out on the local target; disable the transition into the stage",
    **{f"{condition}.rules[].commands": _COMMANDS for condition in CONDITIONS},
    "pipeline.triggers[].gitConfiguration.pullRequest": (
        "a git repository of this machine has no pull requests; leave it out on the local target"
    ),
    f"{_EXECUTOR}.lambdaExecutorConfiguration": "let a job worker poll for the jobs",
    f"{_EXECUTOR}.jobWorkerExecutorConfiguration.pollingServicePrincipals": "name pollingAccounts",
}
"""What is not imitated, and what to do instead; all below it goes with it."""

_ARTIFACT_STORE = ("type", "location", "encryptionKey", "encryptionKey.id", "encryptionKey.type")
_OF_DECLARATION = (
    *("name", "roleArn", "version", "executionMode", "pipelineType"),
    *("artifactStore", *(f"artifactStore.{name}" for name in _ARTIFACT_STORE)),
    *("artifactStores", *(f"artifactStores{{}}.{name}" for name in _ARTIFACT_STORE)),
    *("variables", "variables[].name", "variables[].defaultValue", "variables[].description"),
    *("stages", "stages[].name", "stages[].actions"),
    *("triggers", "triggers[].providerType", "triggers[].gitConfiguration"),
    *("triggers[].gitConfiguration.sourceActionName", "triggers[].gitConfiguration.push"),
    *(
        f"triggers[].gitConfiguration.push[].{name}{below}"
        for name in ("tags", "branches", "filePaths")
        for below in ("", ".includes", ".excludes")
    ),
)
_OF_ACTION = (
    *("name", "runOrder", "configuration", "roleArn", "region", "namespace", "timeoutInMinutes"),
    *("actionTypeId", *(f"actionTypeId.{name}" for name in ("category", "owner", "provider", "version"))),
    *("inputArtifacts", "inputArtifacts[].name", "outputArtifacts", "outputArtifacts[].name"),
    *("commands", "outputVariables", "outputArtifacts[].files", "environmentVariables"),
    *(f"environmentVariables[].{name}" for name in ("name", "value", "type")),
)
_OF_STAGE = (
    *("beforeEntry", "onSuccess", "onFailure", "onFailure.result"),
    *("onFailure.retryConfiguration", "onFailure.retryConfiguration.retryMode"),
    *(f"{name}.conditions" for name in ("beforeEntry", "onSuccess", "onFailure")),
)
_OF_CONDITION = (
    *("result", "rules", "rules[].name", "rules[].configuration", "rules[].roleArn", "rules[].region"),
    *("rules[].ruleTypeId", *(f"rules[].ruleTypeId.{name}" for name in ("category", "owner", "provider", "version"))),
    *("rules[].inputArtifacts", "rules[].inputArtifacts[].name", "rules[].timeoutInMinutes"),
)
_PROPERTY = ("name", "required", "key", "secret", "queryable", "description", "type")
_WORKER = "jobWorkerExecutorConfiguration"
_URL_TEMPLATES = ("entityUrlTemplate", "executionUrlTemplate", "revisionUrlTemplate")
_COUNTS = ("minimumCount", "maximumCount")
_OF_OPERATIONS: Mapping[str, tuple[str, ...]] = {
    "AcknowledgeJob": ("jobId", "nonce"),
    "AcknowledgeThirdPartyJob": ("jobId", "nonce", "clientToken"),
    "CreateCustomActionType": (
        *("category", "provider", "version", "settings", "tags", "tags[].key", "tags[].value"),
        *(f"settings.{name}" for name in ("thirdPartyConfigurationUrl", *_URL_TEMPLATES)),
        *("configurationProperties", *(f"configurationProperties[].{name}" for name in _PROPERTY)),
        *("inputArtifactDetails", *(f"inputArtifactDetails.{name}" for name in _COUNTS)),
        *("outputArtifactDetails", *(f"outputArtifactDetails.{name}" for name in _COUNTS)),
    ),
    "CreatePipeline": ("tags", "tags[].key", "tags[].value"),
    "DeleteCustomActionType": ("category", "provider", "version"),
    "DeletePipeline": ("name",),
    "DeleteWebhook": ("name",),
    "DeregisterWebhookWithThirdParty": ("webhookName",),
    "DisableStageTransition": ("pipelineName", "stageName", "transitionType", "reason"),
    "EnableStageTransition": ("pipelineName", "stageName", "transitionType"),
    "GetActionType": ("category", "owner", "provider", "version"),
    "GetJobDetails": ("jobId",),
    "GetPipeline": ("name", "version"),
    "GetPipelineExecution": ("pipelineName", "pipelineExecutionId"),
    "GetPipelineState": ("name",),
    "GetThirdPartyJobDetails": ("jobId", "clientToken"),
    "ListActionExecutions": (
        *("pipelineName", "maxResults", "nextToken", "filter", "filter.pipelineExecutionId"),
        *("filter.latestInPipelineExecution", "filter.latestInPipelineExecution.pipelineExecutionId"),
        "filter.latestInPipelineExecution.startTimeRange",
    ),
    "ListActionTypes": ("actionOwnerFilter", "regionFilter", "nextToken"),
    "ListDeployActionExecutionTargets": (
        *("pipelineName", "actionExecutionId", "maxResults", "nextToken"),
        *("filters", "filters[].name", "filters[].values"),
    ),
    "ListPipelineExecutions": (
        *("pipelineName", "maxResults", "nextToken"),
        *("filter", "filter.succeededInStage", "filter.succeededInStage.stageName"),
    ),
    "ListPipelines": ("maxResults", "nextToken"),
    "ListRuleExecutions": (
        *("pipelineName", "maxResults", "nextToken", "filter", "filter.pipelineExecutionId"),
        *("filter.latestInPipelineExecution", "filter.latestInPipelineExecution.pipelineExecutionId"),
        "filter.latestInPipelineExecution.startTimeRange",
    ),
    "ListRuleTypes": ("ruleOwnerFilter", "regionFilter"),
    "ListTagsForResource": ("resourceArn", "maxResults", "nextToken"),
    "OverrideStageCondition": ("pipelineName", "stageName", "pipelineExecutionId", "conditionType"),
    "ListWebhooks": ("NextToken", "MaxResults"),
    "PollForJobs": (
        *("actionTypeId", *(f"actionTypeId.{name}" for name in ("category", "owner", "provider", "version"))),
        *("maxBatchSize", "queryParam"),
    ),
    "PollForThirdPartyJobs": (
        *("actionTypeId", *(f"actionTypeId.{name}" for name in ("category", "owner", "provider", "version"))),
        "maxBatchSize",
    ),
    "PutActionRevision": (
        *("pipelineName", "stageName", "actionName"),
        *("actionRevision", *(f"actionRevision.{name}" for name in ("revisionId", "revisionChangeId", "created"))),
    ),
    "PutApprovalResult": (
        *("pipelineName", "stageName", "actionName", "token"),
        *("result", "result.summary", "result.status"),
    ),
    "PutJobFailureResult": (
        *("jobId", "failureDetails", "failureDetails.type", "failureDetails.message"),
        "failureDetails.externalExecutionId",
    ),
    "PutJobSuccessResult": (
        *("jobId", "continuationToken", "outputVariables", "currentRevision"),
        *(f"currentRevision.{name}" for name in ("revision", "changeIdentifier", "created", "revisionSummary")),
        *(
            "executionDetails",
            *(f"executionDetails.{name}" for name in ("summary", "externalExecutionId", "percentComplete")),
        ),
    ),
    "PutThirdPartyJobFailureResult": (
        *("jobId", "clientToken", "failureDetails", "failureDetails.type", "failureDetails.message"),
        "failureDetails.externalExecutionId",
    ),
    "PutThirdPartyJobSuccessResult": (
        *("jobId", "clientToken", "continuationToken", "currentRevision"),
        *(f"currentRevision.{name}" for name in ("revision", "changeIdentifier", "created", "revisionSummary")),
        *(
            "executionDetails",
            *(f"executionDetails.{name}" for name in ("summary", "externalExecutionId", "percentComplete")),
        ),
    ),
    "PutWebhook": (
        *("tags", "tags[].key", "tags[].value", "webhook"),
        *(f"webhook.{name}" for name in ("name", "targetPipeline", "targetAction", "authentication")),
        *("webhook.filters", "webhook.filters[].jsonPath", "webhook.filters[].matchEquals"),
        "webhook.authenticationConfiguration",
        *(f"webhook.authenticationConfiguration.{name}" for name in ("AllowedIPRange", "SecretToken")),
    ),
    "RegisterWebhookWithThirdParty": ("webhookName",),
    "RetryStageExecution": ("pipelineName", "stageName", "pipelineExecutionId", "retryMode"),
    "RollbackStage": ("pipelineName", "stageName", "targetPipelineExecutionId"),
    "StartPipelineExecution": (
        *("name", "clientRequestToken", "variables", "variables[].name", "variables[].value", "sourceRevisions"),
        *(f"sourceRevisions[].{name}" for name in ("actionName", "revisionType", "revisionValue")),
    ),
    "StopPipelineExecution": ("pipelineName", "pipelineExecutionId", "abandon", "reason"),
    "TagResource": ("resourceArn", "tags", "tags[].key", "tags[].value"),
    "UntagResource": ("resourceArn", "tagKeys"),
    "UpdateActionType": (
        *("actionType", "actionType.description", "actionType.id"),
        *(f"actionType.id.{name}" for name in ("category", "owner", "provider", "version")),
        *(f"actionType.executor{name}" for name in ("", ".type", ".policyStatementsTemplate", ".jobTimeout")),
        "actionType.executor.configuration",
        *(f"actionType.executor.configuration.{_WORKER}{name}" for name in ("", ".pollingAccounts")),
        *("actionType.permissions", "actionType.permissions.allowedAccounts", "actionType.urls"),
        *(f"actionType.urls.{name}" for name in ("configurationUrl", *_URL_TEMPLATES)),
        "actionType.properties",
        *(f"actionType.properties[].{name}" for name in ("optional", "noEcho")),
        *(f"actionType.properties[].{name}" for name in ("name", "key", "queryable", "description")),
        *(f"actionType.{side}ArtifactDetails" for side in ("input", "output")),
        *(f"actionType.{side}ArtifactDetails.{name}" for side in ("input", "output") for name in _COUNTS),
    ),
}

DONE = frozenset(
    {
        *("pipeline", *(f"pipeline.{name}" for name in _OF_DECLARATION)),
        *(f"{STAGE}.{name}" for name in _OF_STAGE),
        *(f"{condition}.{name}" for condition in CONDITIONS for name in _OF_CONDITION),
        *(f"{ACTION}.{name}" for name in _OF_ACTION),
        *(f"{operation}.{name}" for operation, names in _OF_OPERATIONS.items() for name in names),
    }
)
"""What is imitated."""


def refused(path: str) -> str:
    """The member of `REFUSED` that a member is, or lies below; empty if it is none."""
    return next((one for one in REFUSED if path == one or path.startswith((f"{one}.", f"{one}[", f"{one}{{"))), "")


def name(member: str) -> str:
    """What a member is called below its stage or action."""
    return member.removeprefix(f"{ACTION}.").removeprefix(f"{STAGE}.").removeprefix("pipeline.")


def present(value: Any, path: str) -> Iterator[str]:  # noqa: ANN401 - any JSON
    """The members of `REFUSED` that a document has at this path, each as often as it is there."""
    match value:
        case dict():
            for key, member in value.items():
                below = f"{path}.{key}"
                yield from [below] if below in REFUSED and member not in (None, []) else present(member, below)
        case list():
            for item in value:
                yield from present(item, f"{path}[]")
