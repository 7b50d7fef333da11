"""Custom actions: the job waits until a worker of somebody's polls for it, and ends with the worker's answer.

https://docs.aws.amazon.com/codepipeline/latest/userguide/actions-create-custom-action.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from serverless_pipeline.local.codepipeline.providers.work import Failed, Pending, Provider

if TYPE_CHECKING:
    from serverless_pipeline.local.codepipeline.model.action_types import CustomActionType
    from serverless_pipeline.local.codepipeline.providers.work import Outcome, Work


def provider(kind: CustomActionType) -> Provider:
    """Who performs the actions of a type that was made known."""
    return Provider(
        category=kind.id.category,
        name=kind.id.provider,
        inputs=kind.inputs,
        outputs=kind.outputs,
        required=tuple(one.name for one in kind.properties if one.required),
        optional=tuple(one.name for one in kind.properties if not one.required),
        start=start,
        takes_jobs=True,
        queryable=kind.queryable,
    )


def start(work: Work) -> Outcome:
    """Wait for the worker; its continuations do not prolong the time that the action has."""
    kind = work.run.action.type
    hours = work.timing.action / 3600
    return Pending(
        work.run.started + work.timing.action - work.now,
        Failed(
            "JobFailed",
            f"No job worker of {kind.category}/{kind.provider} answered the job within {hours:.0f} hours; let one poll"
            " for jobs and retry the stage",
        ),
    )
