"""Where the imitation of CodePipeline ends: each member of a request is done, or refused by name.

A member is written with the names above it, `[]` for the items of a list and `{}` for the values of a map. Those of a
declaration begin with `pipeline`, all others with their operation. What a provider does without is in its `ignored`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

DECLARING = ("CreatePipeline", "UpdatePipeline")

_CONDITIONS = "leave it out on the local target; a task of the stage can decide it"
_COMMANDS = "a Lambda action runs commands by a function"
ACTION = "pipeline.stages[].actions[]"
STAGE = "pipeline.stages[]"

REFUSED: Mapping[str, str] = {
    f"{STAGE}.blockers": "leave it out on the local target; disable the transition into the stage",
    f"{STAGE}.beforeEntry": _CONDITIONS,
    f"{STAGE}.onSuccess": _CONDITIONS,
    f"{STAGE}.onFailure": _CONDITIONS,
    f"{ACTION}.commands": _COMMANDS,
    f"{ACTION}.environmentVariables": "a Lambda action reads them from its UserParameters",
    f"{ACTION}.outputVariables": "a Lambda action answers them with its job",
    f"{ACTION}.outputArtifacts[].files": _COMMANDS,
    "pipeline.triggers[].gitConfiguration.pullRequest": (
        "a git repository of this machine has no pull requests; leave it out on the local target"
    ),
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
)
_OF_OPERATIONS: Mapping[str, tuple[str, ...]] = {
    "CreatePipeline": ("tags", "tags[].key", "tags[].value"),
    "DeletePipeline": ("name",),
    "DisableStageTransition": ("pipelineName", "stageName", "transitionType", "reason"),
    "EnableStageTransition": ("pipelineName", "stageName", "transitionType"),
    "GetJobDetails": ("jobId",),
    "GetPipeline": ("name", "version"),
    "GetPipelineExecution": ("pipelineName", "pipelineExecutionId"),
    "GetPipelineState": ("name",),
    "ListActionExecutions": (
        *("pipelineName", "maxResults", "nextToken", "filter", "filter.pipelineExecutionId"),
        *("filter.latestInPipelineExecution", "filter.latestInPipelineExecution.pipelineExecutionId"),
        "filter.latestInPipelineExecution.startTimeRange",
    ),
    "ListPipelineExecutions": (
        *("pipelineName", "maxResults", "nextToken"),
        *("filter", "filter.succeededInStage", "filter.succeededInStage.stageName"),
    ),
    "ListPipelines": ("maxResults", "nextToken"),
    "ListTagsForResource": ("resourceArn", "maxResults", "nextToken"),
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
    "RetryStageExecution": ("pipelineName", "stageName", "pipelineExecutionId", "retryMode"),
    "StartPipelineExecution": (
        *("name", "clientRequestToken", "variables", "variables[].name", "variables[].value", "sourceRevisions"),
        *(f"sourceRevisions[].{name}" for name in ("actionName", "revisionType", "revisionValue")),
    ),
    "StopPipelineExecution": ("pipelineName", "pipelineExecutionId", "abandon", "reason"),
    "TagResource": ("resourceArn", "tags", "tags[].key", "tags[].value"),
    "UntagResource": ("resourceArn", "tagKeys"),
}

DONE = frozenset(
    {
        *("pipeline", *(f"pipeline.{name}" for name in _OF_DECLARATION)),
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
