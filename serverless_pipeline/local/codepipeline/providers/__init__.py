"""Who performs the actions: a module per provider. Providers know the model and the session of a role, nothing else.

::

    work             what a provider gets, and the outcomes it may answer
    artifacts        fetches and puts the artifacts of an action
    source_s3        Source/S3: a version of an object becomes the artifact
    invoke_lambda    Invoke/Lambda: a function gets a job
    approval_manual  Approval/Manual: somebody says yes or no
    custom           Owner Custom or ThirdParty: a worker of somebody's polls for the job
    absent           AWS's own that are not imitated, and what to do instead
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from serverless_pipeline.local.codepipeline.providers import approval_manual, custom, invoke_lambda, source_s3

if TYPE_CHECKING:
    from serverless_pipeline.local.codepipeline.model.declaration import ActionType
    from serverless_pipeline.local.codepipeline.model.scope import Scope
    from serverless_pipeline.local.codepipeline.model.store import Store
    from serverless_pipeline.local.codepipeline.providers.work import Provider

PROVIDERS: dict[tuple[str, str], Provider] = {
    (provider.category, provider.name): provider
    for provider in (source_s3.PROVIDER, invoke_lambda.PROVIDER, approval_manual.PROVIDER)
}


def find(kind: ActionType) -> Provider | None:
    """The provider of a type of action; all of them are AWS's own, in version 1."""
    if (kind.owner, kind.version) != ("AWS", "1"):
        return None
    return PROVIDERS.get((kind.category, kind.provider))


def available(store: Store, scope: Scope, kind: ActionType) -> Provider | None:
    """The provider of a type of action in an account and region: AWS's own, or one that somebody made known there."""
    with store.lock:
        known = store.action_types_of(scope).get(kind)
    return custom.provider(known) if known else find(kind)


def names() -> list[str]:
    """The providers there are, such as `Invoke/Lambda`."""
    return [f"{category}/{name}" for category, name in PROVIDERS]
