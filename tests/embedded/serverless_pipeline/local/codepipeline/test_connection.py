"""A pipeline whose source is a repository of this machine, and what its pushes start."""

from __future__ import annotations

import io
import json
import subprocess
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.support.codepipeline import World
from tests.support.embedded import endpoint_of, served
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Approval = Callable[[str], dict[str, Any]]


@dataclass(frozen=True)
class Repository:
    """A git repository that a test writes to."""

    path: Path

    def git(self, *words: str) -> str:
        identity = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgsign=false")
        done = subprocess.run(["git", "-C", self.path, *identity, *words], check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def commit(self, message: str, **files: str) -> str:
        for name, text in files.items():
            target = self.path / name.replace("__", "/")
            target.parent.mkdir(exist_ok=True)
            target.write_text(text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)
        return self.git("rev-parse", "HEAD")


@dataclass(frozen=True)
class Place:
    """An embedded AWS in which `ada/app` is a repository."""

    world: World
    repository: Repository


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    path = tmp_path_factory.mktemp("app")
    for clients in served(tmp_path_factory.mktemp("project"), local_repositories={"ada/app": str(path)}):
        endpoint = endpoint_of(clients)
        repository = Repository(path)
        repository.git("init", "--quiet", "--initial-branch=main")
        repository.commit("The first", readme="one")
        yield Place(World(endpoint.url, endpoint.secret_access_key, endpoint.access_key_id), repository)


@pytest.fixture
def place(server: Place) -> Place:
    """With a prefix of the test's own, at a branch of its own."""
    world = World(server.world.url, server.world.secret, server.world.access_key)
    server.repository.git("switch", "--quiet", "--create", world.prefix, "main")
    return Place(world, server.repository)


def role(world: World, *rights: str) -> str:
    return world.role("pipeline", "codepipeline.amazonaws.com", "s3:PutObject", *rights)


def source(place: Place, **configuration: str) -> dict[str, Any]:
    connections = place.world.client("codeconnections")
    arn = connections.create_connection(ConnectionName="github", ProviderType="GitHub")["ConnectionArn"]
    return {
        "name": "Source",
        "actionTypeId": {
            "category": "Source",
            "owner": "AWS",
            "provider": "CodeStarSourceConnection",
            "version": "1",
        },
        "configuration": {
            "ConnectionArn": arn,
            "FullRepositoryId": "ada/app",
            "BranchName": place.world.prefix,
            **configuration,
        },
        "outputArtifacts": [{"name": "SourceOutput"}],
        "namespace": "SourceVariables",
    }


def create(place: Place, approval: Approval, right: str = "codestar-connections:UseConnection", **more: Any) -> str:
    """A pipeline from the connection with an approval after it, whose first execution waits there or failed."""
    action = source(place, **more.pop("configuration", {}))
    stages = (("Source", [action]), ("Approve", [approval("Approve")]))
    name, execution = place.world.create(*stages, role=role(place.world, right), **more)

    def look() -> bool | None:
        return place.world.actions(name, execution).get("Source", {}).get("status") not in (None, "InProgress") or None

    until(look, f"the source of {name}")
    return name


def revisions(place: Place, name: str) -> list[tuple[str, str]]:
    """What started each execution, oldest first, and the commit that it took."""
    listed = place.world.codepipeline.list_pipeline_executions(pipelineName=name)["pipelineExecutionSummaries"]
    return [
        (one["trigger"]["triggerType"], one["sourceRevisions"][0]["revisionId"] if one["sourceRevisions"] else "")
        for one in reversed(listed)
    ]


def until_revisions(place: Place, name: str, expected: list[tuple[str, str]]) -> None:
    def look() -> bool | None:
        return revisions(place, name) == expected or None

    until(look, f"{expected} in {name}, there is {revisions(place, name)}")


def test_a_commit_becomes_the_artifact_with_its_variables(place: Place, approval: Approval) -> None:
    commit = place.repository.commit("Fly, says Ada", src__app="fly")

    name = create(place, approval)

    execution = place.world.newest(name)
    output = place.world.actions(name, execution)["Source"]["output"]
    place.world.decide(name, "Approve", "Approve")
    assert place.world.until(name, execution) == "Succeeded"
    where = output["outputArtifacts"][0]["s3location"]
    body = place.world.s3.get_object(Bucket=where["bucket"], Key=where["key"])["Body"].read()
    with zipfile.ZipFile(io.BytesIO(body)) as package:
        assert {one: package.read(one) for one in package.namelist() if not one.endswith("/")} == {
            "readme": b"one",
            "src/app": b"fly",
        }
    variables = output["outputVariables"]
    assert variables.pop("AuthorDate").startswith("20")
    assert variables.pop("ConnectionArn").startswith("arn:aws:codeconnections:us-east-1:000000000000:connection/")
    assert variables == {
        "BranchName": place.world.prefix,
        "CommitId": commit,
        "CommitMessage": "Fly, says Ada",
        "FullRepositoryName": "ada/app",
    }
    summary = json.loads(output["executionResult"]["externalExecutionSummary"])
    assert summary == {"ProviderType": "GitHub", "CommitMessage": "Fly, says Ada"}


def test_a_new_commit_starts_one_execution_and_creation_no_second_one(place: Place, approval: Approval) -> None:
    first = place.repository.git("rev-parse", "HEAD")
    name = create(place, approval)

    second = place.repository.commit("The second", readme="two")

    until_revisions(place, name, [("CreatePipeline", first), ("WebhookV2", second)])


def test_a_pipeline_that_does_not_detect_changes_is_started_by_hand_only(place: Place, approval: Approval) -> None:
    first = place.repository.git("rev-parse", "HEAD")
    quiet = create(place, approval, configuration={"DetectChanges": "false"})
    loud = World(place.world.url, place.world.secret, place.world.access_key)
    action = source(place)
    watching, _ = loud.create(("Source", [action]), ("Approve", [approval("A")]), role=role(loud, "codeconnections:*"))
    until_revisions(place, watching, [("CreatePipeline", first)])

    second = place.repository.commit("The second", readme="two")

    until_revisions(place, watching, [("CreatePipeline", first), ("WebhookV2", second)])
    assert revisions(place, quiet) == [("CreatePipeline", first)]


def test_a_trigger_on_a_path_starts_for_that_path_and_for_no_other(place: Place, approval: Approval) -> None:
    first = place.repository.git("rev-parse", "HEAD")
    push = {"branches": {"includes": [f"{place.world.prefix}*"]}, "filePaths": {"includes": ["src/**"]}}
    git = {"sourceActionName": "Source", "push": [push]}
    trigger = {"providerType": "CodeStarSourceConnection", "gitConfiguration": git}
    name = create(place, approval, triggers=[trigger])
    everything = World(place.world.url, place.world.secret, place.world.access_key)
    witness = role(everything, "codeconnections:UseConnection")
    watching, _ = everything.create(("Source", [source(place)]), ("Approve", [approval("A")]), role=witness)
    until_revisions(place, watching, [("CreatePipeline", first)])

    outside = place.repository.commit("Outside", readme="two")
    until_revisions(place, watching, [("CreatePipeline", first), ("WebhookV2", outside)])
    within = place.repository.commit("Within", src__main="fly")

    until_revisions(place, name, [("CreatePipeline", first), ("WebhookV2", within)])


def test_an_execution_may_ask_for_an_older_commit(place: Place, approval: Approval) -> None:
    first = place.repository.git("rev-parse", "HEAD")
    second = place.repository.commit("The second", readme="two")
    name = create(place, approval)

    asked = {"actionName": "Source", "revisionType": "COMMIT_ID", "revisionValue": first}
    place.world.start(name, sourceRevisions=[asked])

    until_revisions(place, name, [("CreatePipeline", second), ("StartPipelineExecution", first)])


NOWHERE = "arn:aws:codeconnections:us-east-1:000000000000:connection/x"


@pytest.mark.parametrize(
    ("configuration", "code", "words"),
    [
        ({"BranchName": "gone"}, "ConfigurationError", "[GitHub] No Branch [gone] found for FullRepositoryName"),
        ({"FullRepositoryId": "eve/x"}, "ConfigurationError", "set local_repositories to eve/x=<path of a git"),
        ({"ConnectionArn": NOWHERE}, "ConfigurationError", f"Connection {NOWHERE} not found; make it by Create"),
    ],
)
def test_what_is_missing_is_named(
    place: Place, approval: Approval, configuration: dict[str, str], code: str, words: str
) -> None:
    name = create(place, approval, "codeconnections:UseConnection", configuration=configuration)

    assert error_of(place, name)["code"] == code
    assert words in error_of(place, name)["message"]


def test_a_role_without_the_right_is_refused(place: Place, approval: Approval) -> None:
    name = create(place, approval, "codeconnections:GetConnection")

    assert error_of(place, name)["code"] == "PermissionError"
    assert "Unable to use Connection: arn:aws:codeconnections:" in error_of(place, name)["message"]


def error_of(place: Place, name: str) -> dict[str, str]:
    source = place.world.actions(name, place.world.newest(name))["Source"]
    return dict(source["output"]["executionResult"]["errorDetails"])


def test_what_is_not_imitated_is_refused_by_name(place: Place, approval: Approval) -> None:
    cloned: dict[str, Any] = {"configuration": {"OutputArtifactFormat": "CODEBUILD_CLONE_REF"}}
    with pytest.raises(ClientError, match="does not imitate OutputArtifactFormat CODEBUILD_CLONE_REF"):
        create(place, approval, **cloned)


def test_a_stack_has_a_connection_that_is_available_and_says_so(place: Place) -> None:
    cloudformation, name = place.world.client("cloudformation"), f"{place.world.prefix}-stack"
    connection = {
        "Type": "AWS::CodeStarConnections::Connection",
        "Properties": {"ConnectionName": "hub", "ProviderType": "GitLab", "Tags": [{"Key": "a", "Value": "b"}]},
    }
    outputs = {"Arn": {"Value": {"Ref": "Hub"}}, "Status": {"Value": {"Fn::GetAtt": ["Hub", "ConnectionStatus"]}}}

    cloudformation.create_stack(
        StackName=name, TemplateBody=json.dumps({"Resources": {"Hub": connection}, "Outputs": outputs})
    )
    cloudformation.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1})

    (stack,) = cloudformation.describe_stacks(StackName=name)["Stacks"]
    told = {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}
    assert told["Status"] == "AVAILABLE"
    connections = place.world.client("codestar-connections")
    there = connections.get_connection(ConnectionArn=told["Arn"])["Connection"]
    assert (there["ProviderType"], there["ConnectionStatus"]) == ("GitLab", "AVAILABLE")
    assert {"Key": "a", "Value": "b"} in connections.list_tags_for_resource(ResourceArn=told["Arn"])["Tags"]
    events = cloudformation.describe_stack_events(StackName=name)["StackEvents"]
    assert any("PENDING" in one.get("ResourceStatusReason", "") for one in events)
    cloudformation.delete_stack(StackName=name)
    cloudformation.get_waiter("stack_delete_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
    with pytest.raises(ClientError, match="not found"):
        connections.get_connection(ConnectionArn=told["Arn"])
