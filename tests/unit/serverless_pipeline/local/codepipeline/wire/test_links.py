"""Links into the services of others."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from serverless_pipeline.local.codepipeline.model.action_types import CustomActionType, Property
from serverless_pipeline.local.codepipeline.model.declaration import ActionType
from serverless_pipeline.local.codepipeline.providers.work import Succeeded
from serverless_pipeline.local.codepipeline.wire.operations import executions, stages
from tests.support.engine import CALLER, SCOPE, InMemory, action, declaration, run_of

MILL = {"category": "Build", "owner": "Custom", "provider": "Mill", "version": "1"}
SETTINGS = {
    "entityUrlTemplate": "https://mill/{Config:Project}/{Config:Password}/{Config:None}",
    "revisionUrlTemplate": "https://mill/{Config:Project}/edit",
    "executionUrlTemplate": "https://mill/{Config:Project}/{ExternalExecutionId}",
}


@pytest.fixture
def in_memory(in_memory: InMemory) -> InMemory:
    """With a pipeline whose custom action is under way."""
    secret = Property("Password", required=False, key=False, secret=True)
    known = CustomActionType(ActionType(**MILL), (0, 1), (0, 1), (secret,), SETTINGS)
    in_memory.store.action_types[SCOPE, known.id] = known
    mill = {"name": "Mill", "actionTypeId": MILL, "configuration": {"Project": "shop", "Password": "sesame"}}
    in_memory.outcomes["Source"] = Succeeded()
    in_memory.start(in_memory.record(declaration(("Source", [action("Source", "Source", "S3")]), ("Commit", [mill]))))
    return in_memory


def state(in_memory: InMemory) -> dict[str, Any]:
    """How the custom action is."""
    document = stages.get(in_memory.engine, CALLER, {"name": "p"})
    return dict(document["stageStates"][1]["actionStates"][0])


def ran(in_memory: InMemory) -> dict[str, Any]:
    """What its latest run came to."""
    details = executions.list_actions(in_memory.engine, CALLER, {"pipelineName": "p"})["actionExecutionDetails"]
    return dict(details[0]["output"]["executionResult"])


def test_a_custom_action_has_the_links_of_its_type_without_secrets(in_memory: InMemory) -> None:
    shown = state(in_memory)

    assert (shown["entityUrl"], shown["revisionUrl"]) == ("https://mill/shop/****/", "https://mill/shop/edit")


def test_the_link_of_an_execution_comes_with_its_id(in_memory: InMemory) -> None:
    record = in_memory.store.pipelines[SCOPE, "p"]
    (execution,) = record.executions.values()
    before = ("externalExecutionUrl" in state(in_memory)["latestExecution"], ran(in_memory))

    in_memory.engine.end(record, run_of(execution, "Mill"), Succeeded(external_id="42"))

    assert before == (False, {})
    assert state(in_memory)["latestExecution"]["externalExecutionUrl"] == "https://mill/shop/42"


def test_what_ran_has_its_link(in_memory: InMemory) -> None:
    record = in_memory.store.pipelines[SCOPE, "p"]
    (execution,) = record.executions.values()
    run = run_of(execution, "Mill")
    resolved = {"Project": "mill", "Password": "sesame"}
    record.put(replace(run, resolved_configuration=resolved))

    in_memory.engine.end(record, record.current(run), Succeeded(external_id="42"))

    assert ran(in_memory) == {"externalExecutionId": "42", "externalExecutionUrl": "https://mill/mill/42"}


def test_other_actions_have_none(in_memory: InMemory) -> None:
    document = stages.get(in_memory.engine, CALLER, {"name": "p"})

    assert sorted(document["stageStates"][0]["actionStates"][0]) == ["actionName", "latestExecution"]
