"""Who performs the actions: a module per provider. Providers know the model and the session of a role, nothing else.

::

    work             what a provider gets, and the outcomes it may answer
    failures         why an action failed, from the errors of the services that it asks
    artifacts        fetches and puts the artifacts of an action
    members          what lies in the zips of artifacts
    source_s3        Source/S3: a version of an object becomes the artifact
    invoke_lambda    Invoke/Lambda: a function gets a job
    approval_manual  Approval/Manual: somebody says yes or no
    deploy_s3        Deploy/S3: an artifact goes into a bucket
    stack_request    what CloudFormation is asked to deploy

    deploy_cloudformation  Deploy/CloudFormation: a stack, or a change set of one
    invoke_stepfunctions   Invoke/StepFunctions: a state machine runs
    invoke_codepipeline    Invoke/CodePipeline: another pipeline runs

    stubs            stand-ins for those, which do nothing, where they are allowed
    absent           AWS's own that are not imitated, and what to do instead
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from serverless_pipeline.local.codepipeline.providers import (
    approval_manual,
    deploy_cloudformation,
    deploy_s3,
    invoke_codepipeline,
    invoke_lambda,
    invoke_stepfunctions,
    source_s3,
    stubs,
)

if TYPE_CHECKING:
    from serverless_pipeline.local.codepipeline.model.declaration import ActionType
    from serverless_pipeline.local.codepipeline.providers.work import Provider

PROVIDERS: dict[tuple[str, str], Provider] = {
    (provider.category, provider.name): provider
    for provider in (
        source_s3.PROVIDER,
        invoke_lambda.PROVIDER,
        approval_manual.PROVIDER,
        deploy_cloudformation.PROVIDER,
        deploy_s3.PROVIDER,
        invoke_codepipeline.PROVIDER,
        invoke_stepfunctions.PROVIDER,
    )
}


def find(kind: ActionType) -> Provider | None:
    """The provider of a type of action; all of them are AWS's own, in version 1."""
    if (kind.owner, kind.version) != ("AWS", "1"):
        return None
    return PROVIDERS.get((kind.category, kind.provider)) or stubs.find(kind)


def names() -> list[str]:
    """The providers there are, such as `Invoke/Lambda`."""
    return [f"{category}/{name}" for category, name in PROVIDERS]
