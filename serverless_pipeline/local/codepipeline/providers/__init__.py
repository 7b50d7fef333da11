"""Who performs the actions: a module per provider. Providers know the model and the session of a role, nothing else.

::

    work             what a provider gets, and the outcomes it may answer
    artifacts        fetches and puts the artifacts of an action
    source_s3        Source/S3: a version of an object becomes the artifact
    source_ecr       Source/ECR: what is known of an image becomes it
    source_connection  Source/CodeStarSourceConnection: a commit of a repository of this machine becomes it
    invoke_lambda    Invoke/Lambda: a function gets a job
    approval_manual  Approval/Manual: somebody says yes or no
    absent           AWS's own that are not imitated, and what to do instead
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from serverless_pipeline.local.codepipeline.providers import (
    approval_manual,
    invoke_lambda,
    source_connection,
    source_ecr,
    source_s3,
)

if TYPE_CHECKING:
    from serverless_pipeline.local.codepipeline.model.declaration import ActionType
    from serverless_pipeline.local.codepipeline.providers.work import Provider

PROVIDERS: dict[tuple[str, str], Provider] = {
    (provider.category, provider.name): provider
    for provider in (
        source_s3.PROVIDER,
        source_connection.PROVIDER,
        source_ecr.PROVIDER,
        invoke_lambda.PROVIDER,
        approval_manual.PROVIDER,
    )
}


def find(kind: ActionType) -> Provider | None:
    """The provider of a type of action; all of them are AWS's own, in version 1."""
    if (kind.owner, kind.version) != ("AWS", "1"):
        return None
    return PROVIDERS.get((kind.category, kind.provider))


def names() -> list[str]:
    """The providers there are, such as `Invoke/Lambda`."""
    return [f"{category}/{name}" for category, name in PROVIDERS]
