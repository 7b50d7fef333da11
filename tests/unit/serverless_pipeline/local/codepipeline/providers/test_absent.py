"""AWS's own providers that are not here are told from a typo, and AWS's rules hold for them."""

from __future__ import annotations

import pytest

from serverless_pipeline.local.codepipeline import providers
from serverless_pipeline.local.codepipeline.model.declaration import ActionType
from serverless_pipeline.local.codepipeline.providers import absent


@pytest.mark.parametrize(
    ("category", "provider", "required"),
    [
        ("Deploy", "ECS", ()),
        ("Source", "CodeCommit", ("RepositoryName", "BranchName")),
        ("Build", "ECRBuildAndPublish", ()),
    ],
)
def test_a_provider_of_awss_says_what_it_requires(category: str, provider: str, required: tuple[str, ...]) -> None:
    one = absent.find(ActionType(category, "AWS", provider, "1"))

    assert one is not None
    assert one.required == required
    assert one.way


@pytest.mark.parametrize(
    ("owner", "provider", "version"),
    [("AWS", "CodeBiuld", "1"), ("Custom", "CodeBuild", "1"), ("AWS", "CodeBuild", "2")],
)
def test_what_aws_has_not_is_none_of_them(owner: str, provider: str, version: str) -> None:
    assert absent.find(ActionType("Build", owner, provider, version)) is None


def test_none_that_is_there_is_absent() -> None:
    assert set(absent.names()) & set(providers.names()) == set()
