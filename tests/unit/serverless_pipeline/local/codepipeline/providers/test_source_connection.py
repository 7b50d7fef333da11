"""A commit of a repository of this machine becomes the artifact."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from serverless_pipeline.local import repositories
from serverless_pipeline.local.codepipeline.model.action_run import ActionRun, Artifact, Revision
from serverless_pipeline.local.codepipeline.model.declaration import Action, ActionType
from serverless_pipeline.local.codepipeline.providers import artifacts, source_connection
from serverless_pipeline.local.codepipeline.providers.work import Failed, Sighting, Succeeded, Work
from serverless_pipeline.local.connections import registry
from serverless_pipeline.local.connections.registry import Connection
from serverless_pipeline.local.iam import decisions
from serverless_pipeline.local.iam.credentials import Credentials
from serverless_pipeline.local.repositories import Commit
from tests.support.engine import REGION, SCOPE, TIMING

if TYPE_CHECKING:
    from collections.abc import Mapping

ARN = "arn:aws:codeconnections:eu-west-1:111122223333:connection/x"
CONFIGURATION = {"ConnectionArn": ARN, "FullRepositoryId": "ada/app", "BranchName": "main"}
RUN = ActionRun(
    "run",
    "e",
    "Source",
    Action("Source", ActionType("Source", "AWS", "CodeStarSourceConnection", "1")),
    1,
    1,
    "ada",
    resolved_configuration=CONFIGURATION,
    outputs=(Artifact("SourceOutput", "store", "key"),),
)
WORK = Work(SCOPE, "p", RUN, Credentials("pipeline-role", "u", REGION, "k", "s", "t"), TIMING, now=10)
COMMITS = {"main": Commit("c1", "2026-01-01T00:00:00Z", "Fly"), "c0": Commit("c0", "2025-01-01T00:00:00Z", "Walk")}
SUMMARY = '{"ProviderType": "GitHub", "CommitMessage": "Fly"}'


@pytest.fixture
def rights() -> set[str]:
    return {"codeconnections:UseConnection"}


@pytest.fixture(autouse=True)
def stored(rights: set[str], monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What was put into the store, of a repository at /app with two commits."""
    stored: list[bytes] = []
    monkeypatch.setattr(registry, "find", {ARN: Connection(ARN, "hub", "GitHub")}.get)
    monkeypatch.setattr(
        decisions, "may", lambda role, right, arn: (role, arn) == ("pipeline-role", ARN) and right in rights
    )
    monkeypatch.setattr(repositories, "path", lambda _name: Path("/app"))
    monkeypatch.setattr(repositories, "commit", lambda _folder, name: COMMITS.get(name))
    monkeypatch.setattr(repositories, "archive", lambda _folder, commit, target: target.write_text(commit))
    monkeypatch.setattr(artifacts, "put", lambda _work, _artifact, package: stored.append(package.read_bytes()))
    return stored


def test_the_commit_of_the_branch_is_put_and_told(stored: list[bytes]) -> None:
    outcome = source_connection.start(WORK)

    assert outcome == Succeeded(
        summary=SUMMARY,
        external_id="c1",
        variables={
            "AuthorDate": "2026-01-01T00:00:00Z",
            "BranchName": "main",
            "CommitId": "c1",
            "CommitMessage": "Fly",
            "ConnectionArn": ARN,
            "FullRepositoryName": "ada/app",
        },
        revision=Revision("c1", summary=SUMMARY),
    )
    assert stored == [b"c1"]


def test_an_execution_may_ask_for_a_commit_and_a_push_for_its_branch(stored: list[bytes]) -> None:
    outcome = source_connection.start(replace(WORK, override={"COMMIT_ID": "c0", "BRANCH": "old"}))

    assert isinstance(outcome, Succeeded)
    assert (stored, outcome.variables["BranchName"]) == ([b"c0"], "old")


@pytest.mark.parametrize(
    ("override", "words"),
    [
        (
            {"COMMIT_ID": "gone"},
            "No Commit [gone]",
        ),
        ({"BRANCH": "gone"}, "No Branch [gone]"),
    ],
)
def test_what_is_not_in_the_repository_is_named(override: Mapping[str, str], words: str) -> None:
    outcome = source_connection.start(replace(WORK, override=override))

    message = f"[GitHub] {words} found for FullRepositoryName [ada/app]; it is read from /app"
    assert outcome == Failed("ConfigurationError", message)


def test_a_role_that_may_not_use_the_connection_is_named(rights: set[str], stored: list[bytes]) -> None:
    rights.clear()

    outcome = source_connection.start(WORK)

    assert outcome == Failed(
        "PermissionError",
        f"Unable to use Connection: {ARN}. The provided role does not have sufficient permissions. (pipeline-role needs"
        " codestar-connections:UseConnection or codeconnections:UseConnection on it)",
    )
    assert stored == []


def test_the_older_name_of_the_right_does(rights: set[str]) -> None:
    rights.clear()
    rights.add("codestar-connections:UseConnection")

    assert isinstance(source_connection.start(WORK), Succeeded)


def test_what_is_seen_are_the_references_and_the_branch_even_if_it_is_not_there(
    rights: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repositories, "references", lambda _folder: {"refs/tags/v1": "c0"})

    seen = source_connection.look(CONFIGURATION, WORK.credentials, REGION)
    rights.clear()
    refused = source_connection.look(CONFIGURATION, WORK.credentials, REGION)

    assert seen == Sighting("refs/heads/main", {"refs/heads/main": "", "refs/tags/v1": "c0"})
    assert refused == Sighting("refs/heads/main", {"refs/heads/main": ""})
