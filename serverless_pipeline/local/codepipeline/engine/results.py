"""What became of an action: what its provider or its function said, as the next state of its run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from serverless_pipeline.local.codepipeline.model.action_run import ActionStatus, ErrorDetails, Revision
from serverless_pipeline.local.codepipeline.providers.work import Failed, Succeeded

if TYPE_CHECKING:
    from serverless_pipeline.local.codepipeline.model.action_run import ActionRun
    from serverless_pipeline.local.codepipeline.model.jobs import Success


def from_job(success: Success) -> Succeeded:
    """The words of a function about its job."""
    revision, details = success.revision, success.details
    return Succeeded(
        summary=details.get("summary", ""),
        external_id=details.get("externalExecutionId", ""),
        percent=details.get("percentComplete"),
        variables=success.variables,
        revision=Revision(
            revision["revision"],
            revision["changeIdentifier"],
            revision.get("revisionSummary", ""),
            revision.get("created"),
        )
        if revision
        else None,
    )


def report(run: ActionRun, progress: Succeeded) -> ActionRun:
    """The run with news of its progress; what they leave out stays as it was."""
    return replace(
        run,
        summary=progress.summary or run.summary,
        external_id=progress.external_id or run.external_id,
        external_url=progress.external_url or run.external_url,
        log_stream=progress.log_stream or run.log_stream,
        percent=run.percent if progress.percent is None else progress.percent,
    )


def end(run: ActionRun, outcome: Succeeded | Failed) -> ActionRun:
    """The run as it ended; the artifacts of a source carry the revision that it found."""
    if isinstance(outcome, Failed):
        said = Succeeded(
            outcome.summary, outcome.external_id, external_url=outcome.external_url, log_stream=outcome.log_stream
        )
        last = report(run, said)
        return replace(last, status=ActionStatus.FAILED, error=ErrorDetails(outcome.code, outcome.message))
    outputs, revision = run.outputs, outcome.revision
    if revision and run.action.is_source:
        outputs = tuple(replace(artifact, revision=revision) for artifact in outputs)
    return replace(
        report(run, outcome),
        status=ActionStatus.SUCCEEDED,
        variables=outcome.variables,
        revision=revision,
        outputs=outputs,
    )
