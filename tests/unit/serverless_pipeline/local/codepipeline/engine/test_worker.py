"""Performing one action; whatever goes wrong becomes words on it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.local.codepipeline import providers
from serverless_pipeline.local.codepipeline.engine import job_data
from serverless_pipeline.local.codepipeline.engine.worker import Worker
from serverless_pipeline.local.codepipeline.model.action_run import ActionRun, ActionStatus
from serverless_pipeline.local.codepipeline.model.action_types import CustomActionType
from serverless_pipeline.local.codepipeline.model.declaration import ActionType, Pipeline
from serverless_pipeline.local.codepipeline.model.execution import Execution, Trigger
from serverless_pipeline.local.codepipeline.model.store import PipelineRecord, Store
from serverless_pipeline.local.codepipeline.providers.work import Failed, Pending, Provider, Succeeded
from serverless_pipeline.local.iam import roles
from serverless_pipeline.local.iam.credentials import Credentials
from tests.support.engine import ACCOUNT, ARN, REGION, SCOPE, TIMING, action, declaration
from tests.support.frozen import changeable

if TYPE_CHECKING:
    from serverless_pipeline.local.codepipeline.providers.work import Outcome, Work

ROLE = f"arn:aws:iam::{ACCOUNT}:role/pipeline"
SESSION = Credentials(ROLE, "http://aws", REGION, "key", "secret", "token", 1.0)
OUTCOME = Succeeded("performed")


class Stage:
    """A worker, one action that waits for it, and a provider that notes what it gets."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.works: list[Work] = []
        self.assumed: list[tuple[Any, ...]] = []
        self.store = Store()
        self.worker = Worker(self.store, "http://aws", TIMING, lambda: 1234.5)
        self._monkeypatch = monkeypatch
        monkeypatch.setattr(roles, "assume", self._assume)
        monkeypatch.setattr(roles, "assume_for_action", self._assume_for_action)
        self.provide()

    def provide(self, *, takes_jobs: bool = False) -> None:
        """Let the provider take jobs, or not."""
        provider = Provider("Invoke", "Lambda", (0, 0), (0, 0), (), (), self._start, takes_jobs=takes_jobs)
        self._monkeypatch.setattr(providers, "find", lambda kind: provider if kind.provider == "Lambda" else None)

    def prepare(self, action_: dict[str, Any] | None = None, **more: Any) -> tuple[PipelineRecord, Execution]:
        """A pipeline whose one action is launched."""
        document = declaration(("Commit", [action_ or action("Build", configuration={"FunctionName": "f"})]), **more)
        pipeline = Pipeline.from_document(document, REGION)
        record = PipelineRecord(SCOPE, pipeline, 1, 1)
        execution = Execution("e", pipeline, Trigger("CreatePipeline"), 1, 1)
        record.executions["e"] = execution
        record.put(ActionRun("run", "e", "Commit", pipeline.stages[0].actions[0], 1, 1, "ada"))
        return record, execution

    def perform(self, record: PipelineRecord, continuation: str = "") -> Outcome:
        return self.worker.perform(record, record.executions["e"].runs["run"], continuation)

    def _start(self, work: Work) -> Outcome:
        self.works.append(work)
        return OUTCOME

    def _assume(self, *arguments: Any) -> Credentials:
        self.assumed.append(arguments)
        return SESSION

    def _assume_for_action(self, *arguments: Any) -> Credentials:
        self.assumed.append(arguments)
        return replace(SESSION, role=arguments[1])


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    return Stage(monkeypatch)


def test_a_provider_gets_the_run_and_a_session_of_the_pipelines_role(stage: Stage) -> None:
    record, execution = stage.prepare()

    outcome = stage.perform(record)

    (work,) = stage.works
    assert callable(vars(work).pop("report"))
    assert outcome == OUTCOME
    assert stage.assumed == [(ROLE, ARN, "http://aws")]
    assert vars(work) == {
        "scope": SCOPE,
        "pipeline": "p",
        "run": execution.runs["run"],
        "credentials": SESSION,
        "timing": TIMING,
        "now": 1234.5,
        "key_id": "",
        "continuation": "",
        "override": {},
        "job": None,
    }


def test_what_is_reported_of_a_run_that_ended_changes_nothing(stage: Stage) -> None:
    record, execution = stage.prepare()
    stage.perform(record)
    record.put(replace(execution.runs["run"], status=ActionStatus.SUCCEEDED))

    stage.works[0].report(Succeeded(external_id="late"))

    assert execution.runs["run"].external_id == ""


def test_what_is_reported_of_a_run_is_remembered_at_once(stage: Stage) -> None:
    record, execution = stage.prepare()
    stage.perform(record)

    stage.works[0].report(Succeeded(external_id="early", external_url="https://aws"))

    run = execution.runs["run"]
    assert (run.external_id, run.external_url, run.status) == ("early", "https://aws", "InProgress")


def test_a_provider_gets_key_token_and_overrides_of_its_own_action(stage: Stage) -> None:
    key = {"id": "alias/store", "type": "KMS"}
    record, execution = stage.prepare(artifactStore={"type": "S3", "location": "store", "encryptionKey": key})
    execution.overrides = {"Build": {"S3_OBJECT_KEY": "k"}, "Other": {"S3_OBJECT_KEY": "o"}}

    stage.perform(record, "second")

    (work,) = stage.works
    assert (work.key_id, work.continuation, work.override) == ("alias/store", "second", {"S3_OBJECT_KEY": "k"})


def test_an_action_with_a_role_of_its_own_acts_as_that_one(stage: Stage) -> None:
    record, _ = stage.prepare(action("Build", roleArn="mine"))

    stage.perform(record)

    assert stage.assumed == [(ROLE, ARN, "http://aws"), (SESSION, "mine")]
    assert stage.works[0].credentials.role == "mine"


def test_variables_are_resolved_when_the_action_starts_and_remembered(stage: Stage) -> None:
    record, execution = stage.prepare(action("Build", configuration={"FunctionName": "#{Mine.name}"}))
    execution.namespaces["Mine"] = {"name": "f"}

    stage.perform(record)

    assert stage.works[0].run.resolved_configuration == {"FunctionName": "f"}
    assert execution.runs["run"].resolved_configuration == {"FunctionName": "f"}
    assert execution.attempt["Build"] is execution.runs["run"]


def test_variables_that_were_resolved_stay_as_they_were(stage: Stage) -> None:
    record, execution = stage.prepare(action("Build", configuration={"FunctionName": "#{Mine.name}"}))
    execution.namespaces["Mine"] = {"name": "old"}
    stage.perform(record)
    execution.namespaces["Mine"] = {"name": "new"}

    stage.perform(record, "second")

    assert stage.works[1].run.resolved_configuration == {"FunctionName": "old"}


def test_resolving_takes_the_run_as_it_is_by_then(stage: Stage) -> None:
    record, execution = stage.prepare()
    launched = execution.runs["run"]
    record.put(replace(launched, external_id="newer"))

    stage.worker.perform(record, launched, "")

    assert execution.runs["run"].external_id == "newer"


def test_a_provider_that_takes_jobs_gets_one_that_can_be_answered_already(stage: Stage) -> None:
    stage.provide(takes_jobs=True)
    record, _ = stage.prepare()

    stage.perform(record)

    (work,) = stage.works
    (job,) = stage.store.jobs.values()
    assert work.job is job
    assert vars(job) == {
        "id": job.id,
        "scope": SCOPE,
        "pipeline": "p",
        "execution_id": "e",
        "run_id": "run",
        "data": job_data.describe(work),
        "result": None,
        "nonce": "",
        "acknowledged": False,
    }
    assert len(job.id) == 36
    assert list(stage.store.jobs) == [job.id]


def test_each_time_that_an_action_goes_on_has_a_job_of_its_own(stage: Stage) -> None:
    stage.provide(takes_jobs=True)
    record, _ = stage.prepare()

    stage.perform(record)
    stage.perform(record, "second")

    first, second = stage.store.jobs.values()
    assert first.id != second.id
    assert ("continuationToken" in first.data, second.data["continuationToken"]) == (False, "second")


def test_an_action_that_was_abandoned_meanwhile_is_not_started_and_opens_no_job(stage: Stage) -> None:
    stage.provide(takes_jobs=True)
    record, execution = stage.prepare()
    record.put(replace(execution.runs["run"], status=ActionStatus.ABANDONED))

    outcome = stage.perform(record)

    assert outcome == Failed("JobFailed", "The action was abandoned before it started")
    assert (stage.works, stage.store.jobs) == ([], {})


def test_an_action_has_the_time_of_its_provider(stage: Stage) -> None:
    record, execution = stage.prepare()
    run = execution.runs["run"]

    execution.put(replace(run, started=1234.5 - 3600))
    assert stage.perform(record, "half") == OUTCOME
    execution.put(replace(run, started=1234.5 - 3601))
    assert stage.perform(record, "half") == Failed("JobFailed", "The action took longer than the 60 minutes it has")
    stage.provide(takes_jobs=True)
    assert stage.perform(record, "half") == OUTCOME


def test_a_variable_without_a_value_fails_the_action(stage: Stage) -> None:
    record, _ = stage.prepare(action("Build", configuration={"FunctionName": "#{Nobody.name}"}))

    outcome = stage.perform(record)

    assert outcome == Failed("ConfigurationError", "These variables have no value: #{Nobody.name} in FunctionName")


def test_a_role_that_cannot_be_assumed_fails_the_action(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> Credentials:
        raise roles.NotAssumableError("CodePipeline is not authorized")

    monkeypatch.setattr(roles, "assume", refuse)
    record, _ = stage.prepare()

    assert stage.perform(record) == Failed("PermissionError", "CodePipeline is not authorized")


def test_a_crash_of_a_provider_fails_the_action_and_is_logged(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def crash(_work: Work) -> Outcome:
        raise ZeroDivisionError("ours")

    provider = Provider("Invoke", "Lambda", (0, 0), (0, 0), (), (), crash)
    monkeypatch.setattr(providers, "find", lambda _kind: provider)
    record, _ = stage.prepare()

    outcome = stage.perform(record)

    assert outcome == Failed(
        "JobFailed", "The embedded AWS could not run the action, see its log: ZeroDivisionError('ours')"
    )
    (logged,) = caplog.records
    assert (logged.name, logged.levelname) == ("codepipeline", "ERROR")
    assert logged.message == f"The action Build of {ARN} crashed"
    assert logged.exc_info


def test_an_action_that_nobody_performs_fails_by_its_type(stage: Stage) -> None:
    record, _ = stage.prepare(action("Build", "Build", "CodeBuild"))

    outcome = stage.perform(record)

    assert isinstance(outcome, Failed)
    assert repr(LookupError(ActionType("Build", "AWS", "CodeBuild", "1"))) in outcome.message


def test_a_worker_keeps_the_real_time_unless_it_is_given_another(stage: Stage) -> None:
    record, _ = stage.prepare()

    Worker(stage.store, "http://aws", TIMING).perform(record, record.executions["e"].runs["run"], "")

    assert stage.works[0].now > 1_700_000_000


def test_a_worker_cannot_be_changed(stage: Stage) -> None:
    assert changeable(stage.worker) == []


def test_a_custom_action_opens_a_job_and_waits_for_a_worker(stage: Stage) -> None:
    kind = {"category": "Build", "owner": "Custom", "provider": "Mill", "version": "1"}
    known = CustomActionType(ActionType(**kind), (0, 1), (0, 1))
    stage.store.action_types[SCOPE, known.id] = known
    record, _ = stage.prepare({"name": "Build", "actionTypeId": kind, "configuration": {"Key": "k"}})

    outcome = stage.perform(record)

    assert isinstance(outcome, Pending)
    (job,) = stage.store.jobs.values()
    assert (job.is_open, job.data["actionTypeId"]) == (True, kind)
