"""Custom actions, and those of third parties: a job waits for a worker that polls, and ends with its answer.

https://docs.aws.amazon.com/codepipeline/latest/userguide/actions-create-custom-action.html
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
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
        start=partial(start_within, kind.job_timeout) if kind.job_timeout else start,
        takes_jobs=True,
        queryable=kind.queryable,
    )


def start_within(seconds: float, work: Work) -> Outcome:
    """Wait for the worker, no longer than a single job of the type has."""
    pending = start(work)
    late = Failed(
        "JobFailed", f"No job worker of {work.run.action.type.provider} answered the job within {seconds:.0f} s"
    )
    return replace(pending, seconds=seconds, expired=late) if seconds < pending.seconds else pending


def start(work: Work) -> Pending:
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
