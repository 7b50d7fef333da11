from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.cloudformation import stack
from serverless_pipeline.cloudformation.stack import Stack, Status
from serverless_pipeline.codepipeline import pipeline
from serverless_pipeline.codepipeline.execution import ActionState, Declaration, Execution, StageState
from serverless_pipeline.commands import status
from serverless_pipeline.settings import S3, Settings

if TYPE_CHECKING:
    from botocore.stub import Stubber

    from serverless_pipeline.aws import Clients

SETTINGS = Settings(stack_name="shop")
CLIENTS: Any = object()
ROOT = Stack("shop", "arn:shop", Status.CREATE_COMPLETE, {"PipelineName": "shop"})
TEST = Stack("shop-test", "arn:shop-test", Status.UPDATE_IN_PROGRESS, {"SiteUrl": "http://test/"})
STARTED = datetime(2026, 1, 1, 13, tzinfo=timezone(timedelta(hours=1)))
RUN = ActionState("Source", "Succeeded", "commit abc", None, STARTED, datetime(2026, 1, 1, 12, 0, 2, 500, tzinfo=UTC))
DECLARATION = Declaration("shop", (StageState("Source", actions=(ActionState("Source"),)),))
EXECUTION = Execution("shop", "id", "Succeeded", "CreatePipeline", "abc")
STAGES = (StageState("Source", "Succeeded", (RUN,)),)

NOTHING = {
    "target": "local",
    "stack": {"name": "shop", "status": None, "outputs": {}},
    "environments": [
        {"name": "Test", "stack": "shop-test", "status": None},
        {"name": "Prod", "stack": "shop-prod", "status": None},
    ],
    "pipeline": {"name": None, "execution": None, "stages": []},
}
NOT_RUN = {"name": "Source", "status": None, "summary": None, "error": None, "started": None, "ended": None}
STACK = {
    "name": "shop",
    "status": "CREATE_COMPLETE",
    "outputs": {"PipelineName": "shop", "TestSiteUrl": "http://test/"},
}
ENVIRONMENTS = [
    {"name": "Test", "stack": "shop-test", "status": "UPDATE_IN_PROGRESS"},
    {"name": "Prod", "stack": "shop-prod", "status": None},
]
DOCUMENT = {
    "target": "local",
    "stack": STACK,
    "environments": ENVIRONMENTS,
    "pipeline": {
        "name": "shop",
        "execution": {"id": "id", "status": "Succeeded", "trigger": "CreatePipeline", "revision": "abc"},
        "stages": [
            {
                "name": "Source",
                "status": "Succeeded",
                "actions": [
                    {
                        "name": "Source",
                        "status": "Succeeded",
                        "summary": "commit abc",
                        "error": None,
                        "started": "2026-01-01T12:00:00.000+00:00",
                        "ended": "2026-01-01T12:00:02.000+00:00",
                    }
                ],
            }
        ],
    },
}


@pytest.fixture
def deployed(monkeypatch: pytest.MonkeyPatch) -> None:
    """An AWS that holds the stack, the first of its environments, and a pipeline whose execution Succeeded."""
    monkeypatch.setattr(stack, "find", lambda _, name: {"shop": ROOT, "shop-test": TEST, "shop-prod": None}[name])
    monkeypatch.setattr(pipeline, "declaration", lambda _, name: {"shop": DECLARATION}[name])
    monkeypatch.setattr(pipeline, "latest", lambda _, name: {"shop": EXECUTION}[name])
    monkeypatch.setattr(pipeline, "with_stages", lambda _, declaration, execution: with_stages(declaration, execution))


def with_stages(declaration: Declaration, execution: Execution) -> Execution:
    assert declaration is DECLARATION
    return replace(execution, stages=STAGES)


@pytest.mark.usefixtures("deployed")
def test_the_document_is_the_contract() -> None:
    assert status.describe(SETTINGS, CLIENTS) == DOCUMENT


def test_where_there_is_no_aws_there_is_nothing_yet() -> None:
    assert status.describe(SETTINGS, None) == NOTHING


@pytest.mark.usefixtures("deployed")
def test_where_there_is_neither_stack_nor_pipeline_there_is_nothing_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stack, "find", lambda *_: None)
    monkeypatch.setattr(pipeline, "declaration", lambda *_: None)

    assert status.describe(replace(SETTINGS, target="aws", source=S3()), CLIENTS) == NOTHING | {"target": "aws"}


@pytest.mark.usefixtures("deployed")
def test_environments_whose_pipeline_is_gone_are_not_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stack, "find", lambda _, name: {"shop-test": TEST}.get(name))
    monkeypatch.setattr(pipeline, "declaration", lambda *_: None)

    assert status.describe(SETTINGS, CLIENTS) == NOTHING | {"environments": ENVIRONMENTS}


@pytest.mark.usefixtures("deployed")
def test_a_pipeline_that_never_ran_shows_what_is_declared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "latest", lambda *_: None)
    monkeypatch.delattr(pipeline, "with_stages")

    stages = [{"name": "Source", "status": None, "actions": [NOT_RUN]}]
    assert status.describe(SETTINGS, CLIENTS) == {
        "target": "local",
        "stack": STACK,
        "environments": ENVIRONMENTS,
        "pipeline": {"name": "shop", "execution": None, "stages": stages},
    }


def test_the_pipeline_takes_four_requests(
    clients: Clients, codepipeline: Stubber, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stack, "find", lambda *_: ROOT)
    summary = {"pipelineExecutionId": "11111111-1111-1111-1111-111111111111", "status": "InProgress"}
    codepipeline.add_response(
        "get_pipeline", {"pipeline": {"name": "shop", "roleArn": "arn:aws:iam::1:role/x", "stages": []}}
    )
    codepipeline.add_response("list_pipeline_executions", {"pipelineExecutionSummaries": [summary]})
    codepipeline.add_response("list_action_executions", {"actionExecutionDetails": []})
    codepipeline.add_response("get_pipeline_state", {"stageStates": []})

    document = status.describe(SETTINGS, clients)["pipeline"]

    assert document["execution"]["id"] == summary["pipelineExecutionId"]


def lines(capsys: pytest.CaptureFixture[str], document: dict[str, Any]) -> list[str]:
    status.show(document, "text")
    return capsys.readouterr().out.splitlines()


def test_programs_read_the_document(capsys: pytest.CaptureFixture[str]) -> None:
    status.show(DOCUMENT, "json")

    assert json.loads(capsys.readouterr().out) == DOCUMENT


def test_the_text_shows_stacks_outputs_stages_and_actions(capsys: pytest.CaptureFixture[str]) -> None:
    outputs = {"PipelineName": "shop", "ArtifactBucketName": "artifacts"}
    failed = NOT_RUN | {"name": "Package", "status": "Failed", "summary": "x", "error": "exit code 1\nF401"}
    stages = [
        *DOCUMENT["pipeline"]["stages"],  # type: ignore[index]
        {"name": "Commit", "status": "Failed", "actions": [failed, NOT_RUN | {"name": "Deploy"}]},
        {"name": "Production", "status": None, "actions": []},
    ]
    document = {
        "stack": STACK | {"outputs": outputs},
        "environments": ENVIRONMENTS,
        "pipeline": DOCUMENT["pipeline"] | {"stages": stages},  # type: ignore[operator]
    }

    assert lines(capsys, document) == [
        "Stack      shop  CREATE_COMPLETE",
        "Stack      shop-test  UPDATE_IN_PROGRESS",
        "Stack      shop-prod  not there yet",
        "  ArtifactBucketName  artifacts",
        "  PipelineName        shop",
        "Pipeline   shop",
        "Execution  id  Succeeded  abc",
        "Source      Succeeded",
        "  Source    Succeeded  commit abc",
        "Commit      Failed",
        "  Package   Failed     exit code 1",
        "  Deploy    -",
        "Production  -",
    ]


def test_the_text_says_that_there_is_no_stack(capsys: pytest.CaptureFixture[str]) -> None:
    assert lines(capsys, NOTHING) == ["Stack      shop  not there yet"]


def test_the_text_shows_environments_whose_pipeline_is_gone(capsys: pytest.CaptureFixture[str]) -> None:
    assert lines(capsys, NOTHING | {"environments": ENVIRONMENTS}) == [
        "Stack      shop  not there yet",
        "Stack      shop-test  UPDATE_IN_PROGRESS",
        "Stack      shop-prod  not there yet",
    ]


@pytest.mark.parametrize(
    ("execution", "expected"),
    [
        (None, "Execution  -"),
        ({"id": "id", "status": "InProgress", "trigger": None, "revision": None}, "Execution  id  InProgress"),
    ],
)
def test_the_text_leaves_out_what_there_is_not_yet(
    capsys: pytest.CaptureFixture[str], execution: dict[str, Any] | None, expected: str
) -> None:
    document = {
        "stack": STACK | {"outputs": {}},
        "environments": [],
        "pipeline": {"name": "shop", "execution": execution, "stages": []},
    }

    text = lines(capsys, document)

    assert text[:3] == ["Stack      shop  CREATE_COMPLETE", "Pipeline   shop", expected]
