"""Where a person sees a thing in the console."""

from __future__ import annotations

import pytest

from serverless_pipeline.local.codepipeline.model.declaration import Action, ActionType
from serverless_pipeline.local.codepipeline.providers import console

HOME = "https://console.aws.amazon.com"


@pytest.mark.parametrize(
    "function",
    [
        "build",
        "build:live",
        "arn:aws:lambda:r:1:function:build",
        "arn:aws:lambda:r:1:function:build:live",
        "1:function:build",
    ],
)
def test_the_log_of_a_function_is_found_however_it_is_named(function: str) -> None:
    log = f"{HOME}/cloudwatch/home?region=r#logStream:group=/aws/lambda/build"

    assert console.log_group("r", function) == log


def test_an_approval_is_given_at_the_action_of_its_pipeline() -> None:
    assert console.pipeline("r", "p") == f"{HOME}/codepipeline/home?region=r#/view/p"
    assert console.approval("r", "p", "s", "a", "t") == f"{console.pipeline('r', 'p')}/s/a/approve/t"


def test_a_version_of_an_object_is_quoted() -> None:
    assert console.object_version("r", "b", "a/b c", "v+1") == (
        f"{HOME}/s3/object/b?region=r&prefix=a/b%20c&versionId=v%2B1"
    )


@pytest.mark.parametrize(
    ("category", "provider", "configuration", "place"),
    [
        ("Source", "S3", {"S3Bucket": "b"}, "/s3/buckets/b?region=r"),
        ("Deploy", "S3", {"BucketName": "b"}, "/s3/buckets/b?region=r"),
        ("Invoke", "Lambda", {"FunctionName": "f"}, "/lambda/home?region=r#/functions/f"),
        ("Build", "CodeBuild", {"ProjectName": "p"}, "/codebuild/home?region=r#/projects/p/view"),
        (
            "Source",
            "CodeCommit",
            {"RepositoryName": "c", "BranchName": "a/b"},
            "/codecommit/home?region=r#/repository/c/browse/a/b/--/",
        ),
    ],
)
def test_an_action_acts_upon_something(category: str, provider: str, configuration: dict[str, str], place: str) -> None:
    action = Action("a", ActionType(category, "AWS", provider, "1"), configuration=configuration)

    assert console.entity(action, "r") == HOME + place


def test_what_an_action_of_another_region_acts_upon_is_there() -> None:
    action = Action("a", ActionType("Invoke", "AWS", "Lambda", "1"), configuration={"FunctionName": "f"}, region="s")

    assert console.entity(action, "r") == f"{HOME}/lambda/home?region=s#/functions/f"


def test_an_approval_acts_upon_what_it_links() -> None:
    kind = ActionType("Approval", "AWS", "Manual", "1")

    assert console.entity(Action("a", kind, configuration={"ExternalEntityLink": "http://b"}), "r") == "http://b"
    assert console.entity(Action("a", kind), "r") == ""


@pytest.mark.parametrize("provider", ["Lambda", "S3", "Unknown"])
def test_nothing_is_said_where_nothing_is_known(provider: str) -> None:
    assert console.entity(Action("a", ActionType("Deploy", "AWS", provider, "1")), "r") == ""
