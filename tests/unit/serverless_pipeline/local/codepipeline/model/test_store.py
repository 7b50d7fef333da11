"""What the service remembers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from serverless_pipeline.local.codepipeline.model.action_run import ActionRun, ActionStatus
from serverless_pipeline.local.codepipeline.model.action_types import CustomActionType, Property
from serverless_pipeline.local.codepipeline.model.declaration import ActionType, Pipeline
from serverless_pipeline.local.codepipeline.model.execution import Execution, StageStatus, Trigger
from serverless_pipeline.local.codepipeline.model.jobs import Job
from serverless_pipeline.local.codepipeline.model.refusal import Refusal
from serverless_pipeline.local.codepipeline.model.scope import Scope
from serverless_pipeline.local.codepipeline.model.store import PipelineRecord, StageRecord, Store, Transition
from tests.support.engine import ACCOUNT, REGION, SCOPE, action, declaration
from tests.support.frozen import changeable

ELSEWHERE = Scope(ACCOUNT, "us-east-1")


def record_of(name: str, scope: Scope = SCOPE) -> PipelineRecord:
    pipeline = Pipeline.from_document(declaration(name=name), scope.region)
    record = PipelineRecord(scope, pipeline, 1, 1)
    record.adopt(pipeline, 2)
    return record


def store_of(*records: PipelineRecord) -> Store:
    store = Store()
    for record in records:
        store.pipelines[record.scope, record.pipeline.name] = record
    return store


def execution_of(record: PipelineRecord, execution_id: str = "e") -> Execution:
    execution = Execution(execution_id, record.pipeline, Trigger("CreatePipeline"), 1, 1)
    record.executions[execution.id] = execution
    return execution


def test_a_pipeline_has_an_arn_in_its_scope() -> None:
    arn = f"arn:aws:codepipeline:{REGION}:{ACCOUNT}:p"

    assert (SCOPE.arn("p"), record_of("p").arn) == (arn, arn)


def test_the_way_into_a_new_stage_is_open_and_nobody_is_in_it() -> None:
    assert vars(StageRecord()) == {
        "transition": Transition(enabled=True, changed_by="", changed_at=None, reason=""),
        "holders": [],
        "waiting": [],
        "latest": "",
        "status": None,
        "retries": 0,
        "own_retries": 0,
        "retried_by": "",
    }


def test_a_new_record_has_its_version_its_stages_and_nothing_else() -> None:
    record = record_of("p")

    assert vars(record) == {
        "scope": SCOPE,
        "pipeline": record.pipeline,
        "created": 1,
        "updated": 2,
        "versions": {1: record.pipeline},
        "stages": {"Source": StageRecord(), "Commit": StageRecord()},
        "executions": {},
        "latest_runs": {},
        "revisions": {},
        "requests": {},
        "tags": {},
        "seen": {},
    }


def test_a_newer_version_keeps_the_state_of_stages_that_keep_their_name() -> None:
    record = record_of("p")
    record.stages["Commit"].status = StageStatus.FAILED
    first = record.pipeline
    stages = [{"name": "Commit", "actions": [action("Build")]}, {"name": "Deploy", "actions": [action("Deploy")]}]
    second = Pipeline.from_document(declaration(stages=stages), REGION, 2)

    record.adopt(second, 3)

    assert (record.pipeline, record.updated, record.versions) == (second, 3, {1: first, 2: second})
    assert record.stages == {"Commit": StageRecord(status=StageStatus.FAILED), "Deploy": StageRecord()}


def test_a_run_is_remembered_with_its_execution_and_as_the_latest_of_its_action() -> None:
    record = record_of("p")
    execution = execution_of(record)
    run = ActionRun("run", "e", "Commit", record.pipeline.stages[1].actions[0], 1, 1, "ada")
    record.put(run)
    newer = replace(run, status=ActionStatus.SUCCEEDED)

    record.put(newer)

    assert execution.runs == {"run": newer}
    assert record.latest_runs == {("Commit", "Build"): newer}
    assert record.current(run) is newer


def test_a_pipeline_is_found_by_scope_and_name() -> None:
    here, there = record_of("p"), record_of("p", ELSEWHERE)
    store = store_of(here, there)

    assert [store.find(SCOPE, "p"), store.find(ELSEWHERE, "p"), store.find(SCOPE, "q")] == [here, there, None]
    assert store.pipeline(SCOPE, "p") is here


def test_the_pipelines_of_a_scope_are_listed_by_name() -> None:
    second, first, other = record_of("b"), record_of("a"), record_of("c", ELSEWHERE)

    assert store_of(second, first, other).pipelines_of(SCOPE) == [first, second]


def test_a_pipeline_that_is_missing_is_refused_by_name() -> None:
    with pytest.raises(Refusal) as refused:
        store_of(record_of("p", ELSEWHERE)).pipeline(SCOPE, "p")

    assert (refused.value.code, refused.value.message) == (
        "PipelineNotFoundException",
        f"Account '{ACCOUNT}' does not have a pipeline with name 'p'",
    )


def test_an_execution_is_found_by_its_id() -> None:
    record = record_of("p")
    execution = execution_of(record)
    execution_of(record, "other")

    assert store_of(record).execution(SCOPE, "p", "e") is execution


def test_an_execution_that_is_missing_is_refused_by_name() -> None:
    with pytest.raises(Refusal) as refused:
        store_of(record_of("p")).execution(SCOPE, "p", "e")

    assert (refused.value.code, refused.value.message) == (
        "PipelineExecutionNotFoundException",
        "Pipeline 'p' does not have an execution with ID 'e'",
    )


@pytest.mark.parametrize(
    ("execution_id", "run_id", "left"),
    [("e1", "", ["c"]), ("", "r1", ["b", "c"]), ("", "r3", ["a", "b"]), ("e9", "r9", ["a", "b", "c"])],
)
def test_the_jobs_of_an_execution_or_of_a_run_are_forgotten(execution_id: str, run_id: str, left: list[str]) -> None:
    store = Store()
    for name, execution, run in (("a", "e1", "r1"), ("b", "e1", "r2"), ("c", "e2", "r3")):
        store.jobs[name] = Job(name, SCOPE, "p", execution, run, {})

    store.forget_jobs(execution_id=execution_id, run_id=run_id)

    assert sorted(store.jobs) == left


def test_a_scope_and_a_transition_cannot_be_changed() -> None:
    assert changeable(SCOPE, Transition()) == []


def test_the_secret_keys_of_types_are_those_of_the_account_and_region() -> None:
    kind, store = ActionType("Build", "Custom", "Mill", "1"), Store("http://aws")
    secret = Property("Password", required=True, key=False, secret=True)
    store.action_types[SCOPE, kind] = CustomActionType(kind, (0, 1), (0, 1), (secret,))

    assert (store.secrets(SCOPE), store.secrets(ELSEWHERE)) == ({kind: frozenset({"Password"})}, {})
    assert (store.url, Store().url) == ("http://aws", "")


def test_an_account_may_use_its_own_types_and_those_that_others_share_in_the_region() -> None:
    kind, store = ActionType("Build", "ThirdParty", "Mill", "1"), Store()
    neighbour = Scope("444455556666", REGION)
    shared = store.action_types[neighbour, kind] = CustomActionType(kind, (0, 1), (0, 1), allowed=frozenset({"*"}))

    assert store.action_types_of(SCOPE) == {kind: shared}
    assert store.action_types_of(Scope(ACCOUNT, "eu-south-1")) == {}
    own = store.action_types[SCOPE, kind] = CustomActionType(kind, (0, 2), (0, 1))
    assert (store.action_types_of(SCOPE)[kind] is own, store.action_types_of(neighbour)[kind] is shared) == (True, True)
    own.deleted = True
    assert store.action_types_of(SCOPE) == {}
