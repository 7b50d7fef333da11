"""Who performs the actions: a module per provider. Providers know the model and the session of a role, nothing else.

::

    work             what a provider gets, and the outcomes it may answer
    failures         why an action failed, from the errors of the services that it asks
    artifacts        fetches and puts the artifacts of an action
    console          where a person sees a thing in the console
    members          what lies in the zips of artifacts
    source_s3        Source/S3: a version of an object becomes the artifact
    source_ecr       Source/ECR: what is known of an image becomes it
    source_connection  Source/CodeStarSourceConnection: a commit of a repository of this machine becomes it
    invoke_lambda    Invoke/Lambda: a function gets a job
    build_codebuild  Build/CodeBuild and Test/CodeBuild: a project builds the artifacts
    compute_commands  Compute/Commands: commands run with the role of the action
    approval_manual  Approval/Manual: somebody says yes or no
    deploy_s3        Deploy/S3: an artifact goes into a bucket
    stack_request    what CloudFormation is asked to deploy
    custom           Owner Custom or ThirdParty: a worker of somebody's polls for the job

    deploy_cloudformation  Deploy/CloudFormation: a stack, or a change set of one
    invoke_stepfunctions   Invoke/StepFunctions: a state machine runs
    invoke_codepipeline    Invoke/CodePipeline: another pipeline runs

    rule_variable_check     Rule/VariableCheck: a variable is what it should be
    rule_lambda_invoke      Rule/LambdaInvoke: a function says whether a condition is met
    rule_cloudwatch_alarm   Rule/CloudWatchAlarm: an alarm is not in the states that must not be
    rule_deployment_window  Rule/DeploymentWindow: the time is one that is allowed

    stubs            stand-ins for those, which do nothing, where they are allowed
    absent           AWS's own that are not imitated, and what to do instead
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from serverless_pipeline.local.codepipeline.model.declaration import RULE
from serverless_pipeline.local.codepipeline.providers import (
    approval_manual,
    build_codebuild,
    compute_commands,
    custom,
    deploy_cloudformation,
    deploy_s3,
    invoke_codepipeline,
    invoke_lambda,
    invoke_stepfunctions,
    rule_cloudwatch_alarm,
    rule_deployment_window,
    rule_lambda_invoke,
    rule_variable_check,
    source_connection,
    source_ecr,
    source_s3,
    stubs,
)

if TYPE_CHECKING:
    from serverless_pipeline.local.codepipeline.model.declaration import ActionType
    from serverless_pipeline.local.codepipeline.model.scope import Scope
    from serverless_pipeline.local.codepipeline.model.store import Store
    from serverless_pipeline.local.codepipeline.providers.work import Provider

PROVIDERS: dict[tuple[str, str], Provider] = {
    (provider.category, provider.name): provider
    for provider in (
        source_s3.PROVIDER,
        source_connection.PROVIDER,
        source_ecr.PROVIDER,
        build_codebuild.BUILD,
        build_codebuild.TEST,
        compute_commands.PROVIDER,
        invoke_lambda.PROVIDER,
        approval_manual.PROVIDER,
        deploy_cloudformation.PROVIDER,
        deploy_s3.PROVIDER,
        invoke_codepipeline.PROVIDER,
        invoke_stepfunctions.PROVIDER,
    )
}
RULES: dict[str, Provider] = {
    provider.name: provider
    for provider in (
        rule_cloudwatch_alarm.PROVIDER,
        rule_deployment_window.PROVIDER,
        rule_lambda_invoke.PROVIDER,
        rule_variable_check.PROVIDER,
    )
}
"""Who examines the rules of conditions."""


def find(kind: ActionType) -> Provider | None:
    """The provider of a type of action or rule; all of them are AWS's own, in version 1."""
    if (kind.owner, kind.version) != ("AWS", "1"):
        return None
    if kind.category == RULE:
        return RULES.get(kind.provider)
    return PROVIDERS.get((kind.category, kind.provider)) or stubs.find(kind)


def available(store: Store, scope: Scope, kind: ActionType) -> Provider | None:
    """The provider of a type of action in an account and region: AWS's own, or one that somebody made known there."""
    with store.lock:
        known = store.action_types_of(scope).get(kind)
    return custom.provider(known) if known else find(kind)


def names() -> list[str]:
    """The providers there are, such as `Invoke/Lambda`."""
    return [f"{category}/{name}" for category, name in PROVIDERS]
