"""Pipelines: create, get, update, delete, list."""

from __future__ import annotations

from typing import Any

import pytest

from serverless_pipeline.local.codepipeline.model.action_types import CustomActionType, Property
from serverless_pipeline.local.codepipeline.model.declaration import ActionType
from serverless_pipeline.local.codepipeline.model.execution import Trigger
from serverless_pipeline.local.codepipeline.model.refusal import Refusal
from serverless_pipeline.local.codepipeline.model.scope import Scope
from serverless_pipeline.local.codepipeline.wire import documents
from serverless_pipeline.local.codepipeline.wire.authorization import Caller
from serverless_pipeline.local.codepipeline.wire.operations import pipelines
from serverless_pipeline.local.iam import roles
from tests.support.engine import ACCOUNT, ARN, CALLER, SCOPE, InMemory, action, declaration, run_of

ROLE = f"arn:aws:iam::{ACCOUNT}:role/pipeline"


def document(**change: Any) -> dict[str, Any]:
    """A declaration that is right."""
    source = action(
        "Source",
        "Source",
        "S3",
        configuration={"S3Bucket": "b", "S3ObjectKey": "k"},
        outputArtifacts=[{"name": "SourceOutput"}],
    )
    build = action("Build", configuration={"FunctionName": "f"})
    return declaration(("Source", [source]), ("Commit", [build]), **change)


@pytest.fixture(autouse=True)
def checks(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """The roles that were checked, all of them good."""
    checked: list[tuple[str, ...]] = []
    monkeypatch.setattr(roles, "check", lambda *arguments: checked.append(arguments))
    monkeypatch.setattr(roles, "check_action", lambda *arguments: checked.append(arguments))
    return checked


def create(in_memory: InMemory, change: dict[str, Any] | None = None, **request: Any) -> dict[str, Any]:
    answer = pipelines.create(in_memory.engine, CALLER, {"pipeline": change or document(), **request})
    in_memory.schedule.run()
    return answer


def refusal(operation: Any, in_memory: InMemory, **request: Any) -> tuple[str, str]:
    with pytest.raises(Refusal) as refused:
        operation(in_memory.engine, CALLER, request)
    return refused.value.code, refused.value.message


def test_a_pipeline_is_created_with_its_first_version_and_run_at_once(in_memory: InMemory) -> None:
    answer = create(in_memory)

    record = in_memory.store.pipelines[SCOPE, "p"]
    (execution,) = record.executions.values()
    assert answer == {"pipeline": documents.declaration(record.pipeline)}
    assert (record.pipeline.version, record.created, record.updated, record.tags) == (1, 1000, 1000, {})
    assert record.versions == {1: record.pipeline}
    assert execution.trigger == Trigger("CreatePipeline", CALLER.arn)
    assert in_memory.performed == [("Source", "")]


def test_a_pipeline_is_created_with_tags(in_memory: InMemory) -> None:
    answer = create(in_memory, tags=[{"key": "team", "value": "red"}])

    assert answer["tags"] == [{"key": "team", "value": "red"}]
    assert in_memory.store.pipelines[SCOPE, "p"].tags == {"team": "red"}


def test_a_name_is_used_once(in_memory: InMemory) -> None:
    create(in_memory)

    assert refusal(pipelines.create, in_memory, pipeline=document()) == (
        "PipelineNameInUseException",
        f"A pipeline with the name 'p' already exists in account '{ACCOUNT}'",
    )


def test_a_declaration_that_aws_refuses_creates_nothing(in_memory: InMemory) -> None:
    pipeline = document()
    pipeline["stages"] = pipeline["stages"][:1]

    code, _ = refusal(pipelines.create, in_memory, pipeline=pipeline)

    assert (code, in_memory.store.pipelines) == ("InvalidStructureException", {})


def test_tags_that_aws_refuses_create_nothing(in_memory: InMemory) -> None:
    code, _ = refusal(pipelines.create, in_memory, pipeline=document(), tags=[{"key": "aws:x", "value": "1"}])

    assert (code, in_memory.store.pipelines) == ("InvalidTagsException", {})


def test_the_roles_of_pipeline_and_actions_are_checked(in_memory: InMemory, checks: list[tuple[str, ...]]) -> None:
    pipeline = document()
    pipeline["stages"][1]["actions"][0]["roleArn"] = "mine"

    create(in_memory, pipeline)

    assert checks == [(ROLE, ARN), ("mine", ROLE, ARN)]


def test_a_role_that_cannot_be_assumed_is_refused(in_memory: InMemory, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: str) -> None:
        raise roles.NotAssumableError("CodePipeline is not authorized")

    monkeypatch.setattr(roles, "check", refuse)

    assert refusal(pipelines.create, in_memory, pipeline=document()) == (
        "InvalidStructureException",
        "CodePipeline is not authorized",
    )


def test_a_pipeline_is_answered_in_its_current_version(in_memory: InMemory) -> None:
    create(in_memory)
    pipelines.update(in_memory.engine, CALLER, {"pipeline": document(pipelineType="V1")})

    answer = pipelines.get(in_memory.engine, CALLER, {"name": "p"})

    record = in_memory.store.pipelines[SCOPE, "p"]
    assert answer == {
        "pipeline": documents.declaration(record.pipeline),
        "metadata": {"pipelineArn": ARN, "created": 1000, "updated": 1000},
    }
    assert (answer["pipeline"]["version"], answer["pipeline"]["pipelineType"]) == (2, "V1")


def test_a_pipeline_is_answered_in_an_earlier_version(in_memory: InMemory) -> None:
    create(in_memory)
    pipelines.update(in_memory.engine, CALLER, {"pipeline": document(pipelineType="V1")})

    answer = pipelines.get(in_memory.engine, CALLER, {"name": "p", "version": 1})

    assert (answer["pipeline"]["version"], answer["pipeline"]["pipelineType"]) == (1, "V2")


def test_a_version_that_is_missing_is_named(in_memory: InMemory) -> None:
    create(in_memory)

    assert refusal(pipelines.get, in_memory, name="p", version=7) == (
        "PipelineVersionNotFoundException",
        "The pipeline 'p' does not have a version 7",
    )


def test_an_update_is_the_next_version_cancels_what_runs_and_starts_nothing(in_memory: InMemory) -> None:
    create(in_memory)
    record = in_memory.store.pipelines[SCOPE, "p"]
    (execution,) = record.executions.values()
    in_memory.schedule.time = 1007

    answer = pipelines.update(in_memory.engine, CALLER, {"pipeline": document(version=9)})

    assert (answer["pipeline"]["version"], record.pipeline.version, record.updated, record.created) == (
        2,
        2,
        1007,
        1000,
    )
    assert answer == {"pipeline": documents.declaration(record.pipeline)}
    assert execution.status == "Cancelled"
    assert execution.status_summary == (
        "The definition of the pipeline was updated before the execution could be completed"
    )
    assert len(record.executions) == 1


def test_an_update_that_aws_refuses_changes_and_cancels_nothing(
    in_memory: InMemory, checks: list[tuple[str, ...]]
) -> None:
    create(in_memory)
    checks.clear()
    pipeline = document()
    pipeline["stages"][1]["actions"][0]["configuration"] = {}

    code, _ = refusal(pipelines.update, in_memory, pipeline=pipeline)

    record = in_memory.store.pipelines[SCOPE, "p"]
    (execution,) = record.executions.values()
    assert (code, checks) == ("InvalidActionDeclarationException", [])
    assert (record.pipeline.version, execution.status) == (1, "InProgress")


def test_the_roles_of_an_update_are_checked(in_memory: InMemory, checks: list[tuple[str, ...]]) -> None:
    create(in_memory)
    checks.clear()

    pipelines.update(in_memory.engine, CALLER, {"pipeline": document(roleArn="other")})

    assert checks == [("other", ARN)]


def test_a_pipeline_that_is_missing_cannot_be_updated(in_memory: InMemory) -> None:
    assert refusal(pipelines.update, in_memory, pipeline=document()) == (
        "ResourceNotFoundException",
        f"The account with id '{ACCOUNT}' does not include a pipeline with the name 'p'",
    )


def test_a_deleted_pipeline_is_gone_and_what_ran_in_it_is_cancelled(in_memory: InMemory) -> None:
    create(in_memory)
    (execution,) = in_memory.store.pipelines[SCOPE, "p"].executions.values()
    in_memory.job(run_of(execution, "Source"))

    pipelines.delete(in_memory.engine, CALLER, {"name": "p"})

    assert (in_memory.store.pipelines, in_memory.store.jobs) == ({}, {})
    assert execution.status == "Cancelled"
    assert execution.status_summary == "The pipeline was deleted before the execution could be completed"


def test_deleting_a_pipeline_that_is_not_there_is_no_mistake(in_memory: InMemory) -> None:
    pipelines.delete(in_memory.engine, CALLER, {"name": "p"})

    assert in_memory.store.pipelines == {}


def test_pipelines_are_listed_by_name_in_pages(in_memory: InMemory) -> None:
    for name in ("b", "a", "c"):
        in_memory.record(declaration(name=name))
    in_memory.record(declaration(name="elsewhere"), Scope(ACCOUNT, "us-east-1"))

    first = pipelines.list_(in_memory.engine, CALLER, {"maxResults": 2})
    second = pipelines.list_(in_memory.engine, CALLER, {"nextToken": first["nextToken"]})

    records = in_memory.store.pipelines
    assert first["pipelines"] == [documents.pipeline_summary(records[SCOPE, name]) for name in ("a", "b")]
    assert second == {"pipelines": [documents.pipeline_summary(records[SCOPE, "c"])]}


def test_a_region_of_an_account_has_a_thousand_pipelines(in_memory: InMemory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipelines, "_MOST_PIPELINES", 1)
    create(in_memory)

    code, message = refusal(pipelines.create, in_memory, pipeline=document(name="q"))

    assert code == "LimitExceededException"
    assert message.startswith(f"Account '{ACCOUNT}' has 1 pipelines in eu-west-1, which is the limit")
    elsewhere = Caller(Scope(ACCOUNT, "us-east-1"), CALLER.arn)
    assert pipelines.create(in_memory.engine, elsewhere, {"pipeline": document(name="q")})["pipeline"]["name"] == "q"


def test_the_limit_is_awss() -> None:
    assert pipelines._MOST_PIPELINES == 1000


MILL = {"category": "Build", "owner": "Custom", "provider": "Mill", "version": "1"}


def secretive(in_memory: InMemory, password: str) -> dict[str, Any]:
    """A declaration with a custom action that has a secret."""
    kind = ActionType(**MILL)
    secret = Property("Password", required=True, key=False, secret=True)
    in_memory.store.action_types.setdefault((SCOPE, kind), CustomActionType(kind, (0, 1), (0, 1), (secret,)))
    change = document()
    change["stages"][1]["actions"] = [{"name": "Mill", "actionTypeId": MILL, "configuration": {"Password": password}}]
    return change


def test_a_secret_is_stored_and_not_shown(in_memory: InMemory) -> None:
    created = create(in_memory, secretive(in_memory, "sesame"))["pipeline"]
    updated = pipelines.update(in_memory.engine, CALLER, {"pipeline": created})["pipeline"]
    got = pipelines.get(in_memory.engine, CALLER, {"name": "p"})["pipeline"]

    shown = [one["stages"][1]["actions"][0]["configuration"] for one in (created, updated, got)]
    assert shown == [{"Password": "****"}] * 3
    stored = in_memory.store.pipelines[SCOPE, "p"].pipeline.stages[1].actions[0].configuration
    assert stored == {"Password": "sesame"}
    pipelines.update(in_memory.engine, CALLER, {"pipeline": secretive(in_memory, "other")})
    assert in_memory.store.pipelines[SCOPE, "p"].pipeline.stages[1].actions[0].configuration == {"Password": "other"}
