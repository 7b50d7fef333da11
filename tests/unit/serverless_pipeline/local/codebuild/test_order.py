from __future__ import annotations

from typing import Any

import pytest

from serverless_pipeline.local.codebuild import order
from serverless_pipeline.local.codebuild.build import Source
from serverless_pipeline.local.codebuild.transfer import Target
from serverless_pipeline.local.codebuild.variables import Variable
from serverless_pipeline.local.iam import sessions, trust
from serverless_pipeline.local.iam.sessions import Session

ARN = "arn:aws:codebuild:eu-west-1:111122223333:project/shop"
PROJECT: dict[str, Any] = {
    "name": "shop",
    "arn": ARN,
    "source": {"type": "CODEPIPELINE"},
    "artifacts": {"type": "CODEPIPELINE"},
    "environment": {"image": "i", "environmentVariables": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]},
    "serviceRole": "arn:aws:iam::111122223333:role/build",
    "timeoutInMinutes": 5,
    "encryptionKey": "arn:aws:kms:eu-west-1:111122223333:alias/aws/codebuild",
}
REQUEST: dict[str, Any] = {
    "projectName": "shop",
    "sourceTypeOverride": "CODEPIPELINE",
    "sourceLocationOverride": "store/p/Source/abc",
    "secondarySourcesOverride": [{"type": "CODEPIPELINE", "location": "store/x", "sourceIdentifier": "Other"}],
    "sourceVersion": "commit",
    "artifactsOverride": {"type": "S3", "location": "store", "path": "p", "name": "n", "packaging": "ZIP"},
    "environmentVariablesOverride": [{"name": "B", "value": "3", "type": "PLAINTEXT"}],
}


@pytest.fixture
def let_in(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """IAM: who was asked about, all of whom are let in."""
    asked: list[tuple[str, ...]] = []

    def lets_in(*words: str) -> bool:
        asked.append(words)
        return True

    monkeypatch.setattr(trust, "lets_in", lets_in)
    monkeypatch.setattr(sessions, "begin", lambda *_words: Session("k", "s", "t"))
    return asked


def test_an_order_is_the_project_with_what_the_request_overrides(let_in: list[tuple[str, ...]]) -> None:
    one = order.make(order.overridden(PROJECT, REQUEST), "shop:id", 7, "url", "codepipeline/p")

    assert one.sources == (Source("", "store/p/Source/abc"), Source("Other", "store/x"))
    assert one.targets == {"": Target("store", "p/n")}
    assert one.variables == (Variable("A", "1"), Variable("B", "3"))
    assert (one.group, one.stream, one.spec, one.seconds) == ("/aws/codebuild/shop", "id", "buildspec.yml", 300)
    assert (one.credentials.role, one.credentials.region) == (PROJECT["serviceRole"], "eu-west-1")
    assert let_in == [(PROJECT["serviceRole"], "codebuild.amazonaws.com", ARN)]
    told = {name: one.given[f"CODEBUILD_{name}"] for name in ("BUILD_ID", "BUILD_NUMBER", "INITIATOR")}
    assert told == {"BUILD_ID": "shop:id", "BUILD_NUMBER": "7", "INITIATOR": "codepipeline/p"}
    assert one.given["CODEBUILD_BUILD_ARN"] == "arn:aws:codebuild:eu-west-1:111122223333:build/shop:id"
    assert one.given["CODEBUILD_RESOLVED_SOURCE_VERSION"] == "commit"


def test_a_log_goes_where_the_project_says(let_in: list[tuple[str, ...]]) -> None:
    logs = {"cloudWatchLogs": {"status": "ENABLED", "groupName": "g", "streamName": "s"}}

    one = order.make(order.overridden({**PROJECT, "logsConfig": logs}, REQUEST), "shop:id", 1, "url", "me")

    assert (one.group, one.stream, len(let_in)) == ("g", "s/id", 1)


def test_a_version_of_an_object_is_fetched(let_in: list[tuple[str, ...]]) -> None:
    request = {"sourceTypeOverride": "S3", "sourceLocationOverride": "b/k", "sourceVersion": "v"}
    project = {**PROJECT, "artifacts": {"type": "NO_ARTIFACTS"}, "encryptionKey": "key"}

    one = order.make(order.overridden(project, request), "shop:id", 1, "url", "me")

    assert (one.sources, one.targets, len(let_in)) == ((Source("", "b/k", "v"),), {}, 1)


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        ({"debugSessionEnabled": True}, "does not imitate debugSessionEnabled of StartBuild"),
        ({}, "The source of project shop is CODEPIPELINE; a pipeline starts its builds"),
        ({"sourceTypeOverride": "GITHUB"}, "does not imitate the source type GITHUB"),
        ({"sourceTypeOverride": "NO_SOURCE"}, "Project with source type NO_SOURCE must have an inline buildspec"),
        ({**REQUEST, "buildspecOverride": "arn:aws:s3:::b/k"}, "does not imitate a buildspec in a bucket"),
        ({**REQUEST, "artifactsOverride": {"type": "CODEPIPELINE"}}, "The artifacts of project shop are CODEPIPELINE"),
    ],
)
def test_what_is_not_imitated_is_refused_by_name(request_: dict[str, Any], said: str) -> None:
    with pytest.raises(order.Refused, match=said):
        order.make(order.overridden(PROJECT, request_), "shop:id", 1, "url", "me")


def test_a_role_has_to_let_codebuild_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trust, "lets_in", lambda *_words: False)

    with pytest.raises(order.Refused, match="CodeBuild is not authorized to perform: sts:AssumeRole on arn:aws:iam"):
        order.make(order.overridden(PROJECT, REQUEST), "shop:id", 1, "url", "me")
