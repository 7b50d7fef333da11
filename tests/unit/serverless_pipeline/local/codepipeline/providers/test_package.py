"""The providers there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from serverless_pipeline.local.codepipeline import providers
from serverless_pipeline.local.codepipeline.model.action_types import CustomActionType
from serverless_pipeline.local.codepipeline.model.declaration import ActionType
from serverless_pipeline.local.codepipeline.model.scope import Scope
from serverless_pipeline.local.codepipeline.model.store import Store
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
    source_connection,
    source_ecr,
    source_s3,
)
from tests.support.engine import SCOPE

if TYPE_CHECKING:
    from serverless_pipeline.local.codepipeline.providers.work import Provider


@pytest.mark.parametrize(
    ("category", "name", "provider"),
    [
        ("Source", "S3", source_s3.PROVIDER),
        ("Build", "CodeBuild", build_codebuild.BUILD),
        ("Test", "CodeBuild", build_codebuild.TEST),
        ("Compute", "Commands", compute_commands.PROVIDER),
        ("Source", "CodeStarSourceConnection", source_connection.PROVIDER),
        ("Source", "ECR", source_ecr.PROVIDER),
        ("Invoke", "Lambda", invoke_lambda.PROVIDER),
        ("Approval", "Manual", approval_manual.PROVIDER),
        ("Deploy", "CloudFormation", deploy_cloudformation.PROVIDER),
        ("Deploy", "S3", deploy_s3.PROVIDER),
        ("Invoke", "CodePipeline", invoke_codepipeline.PROVIDER),
        ("Invoke", "StepFunctions", invoke_stepfunctions.PROVIDER),
    ],
)
def test_a_provider_is_found_by_category_and_name(category: str, name: str, provider: Provider) -> None:
    assert providers.find(ActionType(category, "AWS", name, "1")) is provider


@pytest.mark.parametrize(
    ("category", "owner", "name", "version"),
    [
        ("Build", "AWS", "ECRBuildAndPublish", "1"),
        ("Source", "AWS", "Lambda", "1"),
        ("Invoke", "Custom", "Lambda", "1"),
        ("Invoke", "AWS", "Lambda", "2"),
    ],
)
def test_there_is_no_other(category: str, owner: str, name: str, version: str) -> None:
    assert providers.find(ActionType(category, owner, name, version)) is None


def test_the_providers_are_named_with_their_categories() -> None:
    assert providers.names() == [
        *(
            "Source/S3",
            "Source/CodeStarSourceConnection",
            "Source/ECR",
            "Build/CodeBuild",
            "Test/CodeBuild",
            "Compute/Commands",
            "Invoke/Lambda",
            "Approval/Manual",
            "Deploy/CloudFormation",
            "Deploy/S3",
            "Invoke/CodePipeline",
            "Invoke/StepFunctions",
        )
    ]


def test_a_type_that_an_account_made_known_is_there_until_it_is_deleted() -> None:
    kind, store = ActionType("Build", "Custom", "Mill", "1"), Store()
    known = store.action_types[SCOPE, kind] = CustomActionType(kind, (0, 1), (0, 1))

    before = providers.available(store, SCOPE, kind)
    known.deleted = True

    assert (before, providers.available(store, SCOPE, kind)) == (custom.provider(known), None)
    assert providers.available(store, Scope(SCOPE.account, "eu-south-1"), kind) is None
    assert providers.available(store, SCOPE, ActionType("Source", "AWS", "S3", "1")) is source_s3.PROVIDER
