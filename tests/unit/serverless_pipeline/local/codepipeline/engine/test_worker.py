"""Whatever goes wrong in an action becomes words on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from serverless_pipeline.local.codepipeline import providers
from serverless_pipeline.local.codepipeline.engine.worker import Worker
from serverless_pipeline.local.codepipeline.model.declaration import Action, ActionType, Pipeline
from serverless_pipeline.local.codepipeline.model.execution import ActionRun, ActionStatus, Execution, Trigger
from serverless_pipeline.local.codepipeline.model.store import PipelineRecord, Scope, Store
from serverless_pipeline.local.codepipeline.providers.work import Failed, Provider, Timing
from serverless_pipeline.local.iam import roles
from serverless_pipeline.local.iam.roles import Credentials

if TYPE_CHECKING:
    import pytest

    from serverless_pipeline.local.codepipeline.providers.work import Outcome, Work

SCOPE = Scope("000000000000", "us-east-1")


def perform(action: Action, status: ActionStatus = ActionStatus.IN_PROGRESS) -> Outcome:
    document = {"name": "p", "roleArn": "r", "artifactStore": {"type": "S3", "location": "b"}, "stages": []}
    pipeline = Pipeline.from_document(document, SCOPE.region)
    run = ActionRun("run", "e", "Commit", action, 0, 0, "me", status=status)
    execution = Execution("e", pipeline, Trigger("CreatePipeline"), 0, 0)
    execution.put(run)
    store = Store()
    return Worker(store, "http://127.0.0.1:1", Timing()).perform(
        PipelineRecord(SCOPE, pipeline, 0, 0), execution, run, ""
    )


def test_a_crash_of_a_provider_fails_the_action_and_is_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def crash(_work: Work) -> Outcome:
        raise ZeroDivisionError("ours")

    provider = Provider("Invoke", "Lambda", (0, 0), (0, 0), (), (), crash)
    monkeypatch.setattr(providers, "find", lambda _kind: provider)
    monkeypatch.setattr(roles, "assume", lambda *_arguments: None)

    outcome = perform(Action("Build", ActionType("Invoke", "AWS", "Lambda", "1")))

    assert outcome == Failed(
        "JobFailed", "The embedded AWS could not run the action, see its log: ZeroDivisionError('ours')"
    )
    assert "The action Build of arn:aws:codepipeline:us-east-1:000000000000:p crashed" in caplog.text


def test_a_variable_without_a_value_fails_the_action() -> None:
    kind = ActionType("Invoke", "AWS", "Lambda", "1")

    outcome = perform(Action("Build", kind, configuration={"FunctionName": "#{Nobody.name}"}))

    assert outcome == Failed("ConfigurationError", "These variables have no value: #{Nobody.name} in FunctionName")


def test_an_action_that_was_abandoned_meanwhile_is_not_started(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[Work] = []
    provider = Provider("Invoke", "Lambda", (0, 0), (0, 0), (), (), started.append, takes_jobs=True)
    monkeypatch.setattr(providers, "find", lambda _kind: provider)
    monkeypatch.setattr(roles, "assume", lambda *_arguments: Credentials("r", "u", "us-east-1", "k", "s", "t"))

    perform(Action("Build", ActionType("Invoke", "AWS", "Lambda", "1")), ActionStatus.ABANDONED)

    assert started == []
