"""The providers there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from serverless_pipeline.local.codepipeline import providers
from serverless_pipeline.local.codepipeline.model.declaration import ActionType
from serverless_pipeline.local.codepipeline.providers import (
    approval_manual,
    deploy_cloudformation,
    deploy_s3,
    invoke_codepipeline,
    invoke_lambda,
    invoke_stepfunctions,
    source_s3,
)

if TYPE_CHECKING:
    from serverless_pipeline.local.codepipeline.providers.work import Provider


@pytest.mark.parametrize(
    ("category", "name", "provider"),
    [
        ("Source", "S3", source_s3.PROVIDER),
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
        ("Build", "AWS", "CodeBuild", "1"),
        ("Source", "AWS", "Lambda", "1"),
        ("Invoke", "Custom", "Lambda", "1"),
        ("Invoke", "AWS", "Lambda", "2"),
    ],
)
def test_there_is_no_other(category: str, owner: str, name: str, version: str) -> None:
    assert providers.find(ActionType(category, owner, name, version)) is None


def test_the_providers_are_named_with_their_categories() -> None:
    assert providers.names() == [
        "Source/S3",
        "Invoke/Lambda",
        "Approval/Manual",
        "Deploy/CloudFormation",
        "Deploy/S3",
        "Invoke/CodePipeline",
        "Invoke/StepFunctions",
    ]
