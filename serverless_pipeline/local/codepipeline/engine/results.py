"""What became of an action: the answer to its job, or what its provider said, as the next state of its run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from serverless_pipeline.local.codepipeline.model.execution import ActionStatus, ErrorDetails, Revision, revised
from serverless_pipeline.local.codepipeline.providers.work import Failed, Succeeded

if TYPE_CHECKING:
    from serverless_pipeline.local.codepipeline.model.execution import ActionRun
    from serverless_pipeline.local.codepipeline.model.jobs import Success


def of_job(success: Success) -> Succeeded:
    """What a function said of its job."""
    found, details = success.revision, success.details
    return Succeeded(
        summary=details.get("summary", ""),
        external_id=details.get("externalExecutionId", ""),
        percent=details.get("percentComplete"),
        variables=success.variables,
        revision=Revision(
            found["revision"], found["changeIdentifier"], found.get("revisionSummary", ""), found.get("created")
        )
        if found
        else None,
    )


def noted(run: ActionRun, said: Succeeded) -> ActionRun:
    """The run with what was said of its progress; what was said before stays where this says nothing."""
    return replace(
        run,
        summary=said.summary or run.summary,
        external_id=said.external_id or run.external_id,
        percent=run.percent if said.percent is None else said.percent,
    )


def ended(run: ActionRun, outcome: Succeeded | Failed) -> ActionRun:
    """The run as it ended."""
    if isinstance(outcome, Failed):
        said = Succeeded(outcome.summary, outcome.external_id)
        error = ErrorDetails(outcome.code, outcome.message)
        return replace(noted(run, said), status=ActionStatus.FAILED, error=error)
    revision = outcome.revision
    return replace(
        noted(run, outcome),
        status=ActionStatus.SUCCEEDED,
        variables=outcome.variables,
        revision=revision,
        outputs=revised(run.outputs, revision) if revision and run.action.is_source else run.outputs,
    )
