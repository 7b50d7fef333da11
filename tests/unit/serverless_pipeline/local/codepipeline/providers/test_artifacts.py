"""Artifacts go between their store and files, as the role of the action."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.local.codepipeline.model.action_run import ActionRun, Artifact
from serverless_pipeline.local.codepipeline.model.declaration import Action, ActionType
from serverless_pipeline.local.codepipeline.providers import artifacts
from serverless_pipeline.local.codepipeline.providers.work import Work
from serverless_pipeline.local.iam.credentials import Credentials
from tests.support.engine import REGION, SCOPE, TIMING

if TYPE_CHECKING:
    from pathlib import Path

ARTIFACT = Artifact("Site", "store", "p/Site/abc")
RUN = ActionRun("run", "e", "Build", Action("Build", ActionType("Build", "AWS", "CodeBuild", "1")), 1, 1, "ada")
WORK = Work(SCOPE, "p", RUN, Credentials("r", "u", REGION, "k", "s", "t"), TIMING, now=10)


class S3:
    """S3 as a client's transfers see it."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []

    def download_file(self, *words: str) -> None:
        self.calls.append(("download", *words))

    def upload_file(self, *words: str, **options: Any) -> None:
        self.calls.append(("upload", *words, options))


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> S3:
    s3 = S3()
    clients = {("s3", REGION): s3}
    monkeypatch.setattr(Credentials, "client", lambda _self, service, region: clients[service, region])
    return s3


def test_an_artifact_is_fetched_into_a_file(s3: S3, tmp_path: Path) -> None:
    artifacts.fetch(WORK, ARTIFACT, tmp_path / "in.zip")

    assert s3.calls == [("download", "store", "p/Site/abc", str(tmp_path / "in.zip"))]


@pytest.mark.parametrize(
    ("key", "encryption"), [("", {}), ("arn:key", {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "arn:key"})]
)
def test_an_artifact_is_put_where_it_is_awaited_and_encrypted_as_its_store_says(
    s3: S3, tmp_path: Path, key: str, encryption: dict[str, str]
) -> None:
    artifacts.put(replace(WORK, key_id=key), ARTIFACT, tmp_path / "out.zip")

    assert s3.calls == [("upload", str(tmp_path / "out.zip"), "store", "p/Site/abc", {"ExtraArgs": encryption})]
