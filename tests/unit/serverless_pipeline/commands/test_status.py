from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
import yaml

from serverless_pipeline.cloudformation import stack
from serverless_pipeline.cloudformation.stack import Stack, Status
from serverless_pipeline.codepipeline import pipeline as codepipeline
from serverless_pipeline.codepipeline.execution import ActionState, Declaration, Execution, StageState
from serverless_pipeline.commands import status
from serverless_pipeline.settings import Settings

SETTINGS = Settings(stack_name="shop")
SOMEBODY = object()
STARTED = datetime(2026, 1, 1, 13, tzinfo=timezone(timedelta(hours=1)))
RAN = ActionState("Source", "Succeeded", "commit abc", None, STARTED, datetime(2026, 1, 1, 12, 0, 2, 500, tzinfo=UTC))
DECLARED = Declaration("shop", (StageState("Source", actions=(ActionState("Source"),)),))


@pytest.fixture
def deployed(monkeypatch: pytest.MonkeyPatch) -> None:
    """An AWS that holds the stack and a pipeline whose execution Succeeded."""
    found = Stack("shop", "arn:shop", Status.CREATE_COMPLETE, {"PipelineName": "shop"})
    latest = Execution(
        "shop", "id", "Succeeded", "CreatePipeline", "abc", None, (StageState("Source", "Succeeded", (RAN,)),)
    )
    monkeypatch.setattr(stack, "find", lambda *_: found)
    monkeypatch.setattr(codepipeline, "declaration", lambda *_: DECLARED)
    monkeypatch.setattr(codepipeline, "latest", lambda *_: latest)


def test_with_nothing_there_the_contract_holds_nulls() -> None:
    assert json.loads(status.text(status.read(SETTINGS, None), "json")) == {
        "target": "local",
        "stack": {"name": "shop", "status": None, "outputs": {}},
        "pipeline": {"name": None, "execution": None, "stages": []},
    }


@pytest.mark.usefixtures("deployed")
def test_the_json_is_the_contract() -> None:
    action = {
        "name": "Source",
        "status": "Succeeded",
        "summary": "commit abc",
        "error": None,
        "started": "2026-01-01T12:00:00.000+00:00",
        "ended": "2026-01-01T12:00:02.000+00:00",
    }
    expected = {
        "target": "local",
        "stack": {"name": "shop", "status": "CREATE_COMPLETE", "outputs": {"PipelineName": "shop"}},
        "pipeline": {
            "name": "shop",
            "execution": {"id": "id", "status": "Succeeded", "trigger": "CreatePipeline", "revision": "abc"},
            "stages": [{"name": "Source", "status": "Succeeded", "actions": [action]}],
        },
    }

    found = status.read(SETTINGS, SOMEBODY)  # type: ignore[arg-type]

    assert json.loads(status.text(found, "json")) == expected
    assert yaml.safe_load(status.text(found, "yaml")) == expected


@pytest.mark.usefixtures("deployed")
def test_a_pipeline_that_never_ran_shows_what_is_declared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codepipeline, "latest", lambda *_: None)

    pipeline = status.read(SETTINGS, SOMEBODY)["pipeline"]  # type: ignore[arg-type]

    names = dict.fromkeys(["status", "summary", "error", "started", "ended"])
    assert pipeline["execution"] is None
    assert pipeline["stages"] == [{"name": "Source", "status": None, "actions": [{"name": "Source", **names}]}]


@pytest.mark.usefixtures("deployed")
def test_the_text_shows_stack_outputs_stages_and_actions() -> None:
    assert status.text(status.read(SETTINGS, SOMEBODY), "text").splitlines() == [  # type: ignore[arg-type]
        "Stack      shop  CREATE_COMPLETE",
        "  PipelineName  shop",
        "Pipeline   shop",
        "Execution  id  Succeeded  abc",
        "Source    Succeeded",
        "  Source  Succeeded  commit abc",
    ]


def test_the_text_says_that_there_is_no_stack() -> None:
    assert status.text(status.read(SETTINGS, None), "text") == "Stack      shop  not there yet"
