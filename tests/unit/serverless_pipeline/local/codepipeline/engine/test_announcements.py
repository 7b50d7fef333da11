"""What changed, as AWS tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.local.codepipeline.engine import announcements, interventions
from serverless_pipeline.local.codepipeline.model.action_run import ActionStatus, Revision
from serverless_pipeline.local.codepipeline.model.execution import ExecutionStatus, StageStatus
from serverless_pipeline.local.codepipeline.providers.work import Failed, Succeeded
from tests.support.engine import ARN, CALLER, SCOPE, InMemory, action, declaration, run_of

if TYPE_CHECKING:
    from serverless_pipeline.local.codepipeline.model.execution import Execution

START = "1970-01-01T00:16:40.000Z"
LATER = "1970-01-01T00:16:45.500Z"
NO = Failed("JobFailed", "no")


def told(in_memory: InMemory) -> list[tuple[str, ...]]:
    """The states in their order, each with what it is about."""
    return [
        (
            one.detail_type.split()[1],
            *(one.detail[name] for name in ("stage", "action") if name in one.detail),
            one.detail["state"],
        )
        for one in in_memory.announcements
    ]


def details(in_memory: InMemory, what: str, state: str) -> list[dict[str, Any]]:
    """The details of the events of a kind and a state."""
    return [
        dict(one.detail)
        for one in in_memory.announcements
        if one.detail_type.split()[1] == what and one.detail["state"] == state
    ]


def artifact(execution: Execution, name: str, part: str = "outputs") -> list[dict[str, Any]]:
    (one,) = getattr(run_of(execution, name), part)
    return [{"name": one.name, "s3location": {"bucket": "store", "key": one.key}}]


def flowing() -> dict[str, Any]:
    """A pipeline whose build takes what the source made."""
    source = action("Source", "Source", "S3", outputArtifacts=[{"name": "Code"}])
    build = action("Build", inputArtifacts=[{"name": "Code"}], region="eu-west-1")
    return declaration(("Source", [source]), ("Commit", [build]))


def test_an_execution_is_told_from_its_start_to_its_end(in_memory: InMemory) -> None:
    in_memory.outcomes = {"Source": Succeeded(), "Build": Succeeded()}

    in_memory.start(in_memory.record())

    assert told(in_memory) == [
        ("Pipeline", "STARTED"),
        ("Stage", "Source", "STARTED"),
        ("Action", "Source", "Source", "STARTED"),
        ("Action", "Source", "Source", "SUCCEEDED"),
        ("Stage", "Source", "SUCCEEDED"),
        ("Stage", "Commit", "STARTED"),
        ("Action", "Commit", "Build", "STARTED"),
        ("Action", "Commit", "Build", "SUCCEEDED"),
        ("Stage", "Commit", "SUCCEEDED"),
        ("Pipeline", "SUCCEEDED"),
    ]


def test_an_event_says_whose_it_is_and_when_it_happened(in_memory: InMemory) -> None:
    in_memory.start(in_memory.record())

    first, *_ = in_memory.announcements
    assert (first.scope, first.pipeline_arn, first.time) == (SCOPE, ARN, 1000)
    assert {one.detail_type for one in in_memory.announcements} == {
        "CodePipeline Pipeline Execution State Change",
        "CodePipeline Stage Execution State Change",
        "CodePipeline Action Execution State Change",
    }


def test_a_start_names_its_trigger_and_an_end_does_not(in_memory: InMemory) -> None:
    in_memory.outcomes = {"Source": NO}

    execution = in_memory.start(in_memory.record())

    base = {
        "pipeline": "p",
        "execution-id": execution.id,
        "start-time": START,
        "version": 1.0,
        "pipeline-execution-attempt": 1.0,
    }
    trigger = {"trigger-type": "StartPipelineExecution", "trigger-detail": CALLER.arn}
    assert details(in_memory, "Pipeline", "STARTED") == [{**base, "state": "STARTED", "execution-trigger": trigger}]
    assert details(in_memory, "Pipeline", "FAILED") == [{**base, "state": "FAILED"}]
    assert details(in_memory, "Stage", "FAILED") == [{**base, "state": "FAILED", "stage": "Source"}]


def test_an_action_is_told_with_its_type_its_artifacts_and_what_it_came_to(in_memory: InMemory) -> None:
    found = Succeeded("found", "v7", revision=Revision("v7"), external_url="https://aws/v7")
    in_memory.outcomes = {"Source": found, "Build": NO}

    execution = in_memory.start(in_memory.record(flowing()))

    base = {
        "pipeline": "p",
        "execution-id": execution.id,
        "start-time": START,
        "version": 1.0,
        "pipeline-execution-attempt": 1.0,
        "region": "eu-west-1",
    }
    source = base | {
        "stage": "Source",
        "action": "Source",
        "action-execution-id": run_of(execution, "Source").id,
        "type": {"category": "Source", "owner": "AWS", "provider": "S3", "version": "1"},
    }
    build = base | {
        "stage": "Commit",
        "action": "Build",
        "action-execution-id": run_of(execution, "Build").id,
        "type": {"category": "Invoke", "owner": "AWS", "provider": "Lambda", "version": "1"},
        "input-artifacts": artifact(execution, "Source"),
    }
    result = {
        "external-execution-url": "https://aws/v7",
        "external-execution-summary": "found",
        "external-execution-id": "v7",
    }
    made = {"output-artifacts": artifact(execution, "Source"), "execution-result": result}
    failed = {"execution-result": {"external-execution-summary": "no", "error-code": "JobFailed"}}
    assert [dict(one.detail) for one in in_memory.announcements if "action" in one.detail] == [
        source | {"state": "STARTED"},
        source | {"state": "SUCCEEDED"} | made,
        build | {"state": "STARTED"},
        build | {"state": "FAILED"} | failed,
    ]


def test_required_variables_without_a_value_are_told_as_a_failure(in_memory: InMemory) -> None:
    in_memory.start(in_memory.record(declaration(variables=[{"name": "A"}])))

    assert told(in_memory) == [("Pipeline", "STARTED"), ("Pipeline", "FAILED")]


def test_who_is_overtaken_is_told(in_memory: InMemory) -> None:
    record = in_memory.record()
    in_memory.start(record)
    in_memory.start(record)
    in_memory.announcements.clear()

    in_memory.start(record)

    assert told(in_memory) == [("Pipeline", "STARTED"), ("Pipeline", "SUPERSEDED")]


def test_a_retry_resumes_the_execution_and_its_stage(in_memory: InMemory) -> None:
    in_memory.outcomes = {"Source": NO}
    record = in_memory.record()
    execution = in_memory.start(record)
    in_memory.announcements.clear()
    in_memory.schedule.time = 1005.5

    interventions.retry(in_memory.engine, record, execution, everything=False)
    in_memory.schedule.run()

    assert told(in_memory) == [
        ("Pipeline", "RESUMED"),
        ("Stage", "Source", "RESUMED"),
        ("Action", "Source", "Source", "STARTED"),
        ("Action", "Source", "Source", "FAILED"),
        ("Stage", "Source", "FAILED"),
        ("Pipeline", "FAILED"),
    ]
    assert {one.detail["pipeline-execution-attempt"] for one in in_memory.announcements} == {2.0}
    pipelines = [one.detail for one in in_memory.announcements if "stage" not in one.detail]
    stages = [one.detail for one in in_memory.announcements if "Stage" in one.detail_type]
    assert {detail["last-retry-attempt-time"] for detail in pipelines} == {LATER}
    assert {detail["stage-last-retry-attempt-time"] for detail in stages} == {LATER}
    assert {detail["start-time"] for detail in (*pipelines, *stages)} == {START}


def test_the_retry_of_a_stage_is_forgotten_in_the_next_one(in_memory: InMemory) -> None:
    in_memory.outcomes = {"Source": NO}
    record = in_memory.record()
    execution = in_memory.start(record)
    in_memory.outcomes = {"Source": Succeeded()}

    interventions.retry(in_memory.engine, record, execution, everything=False)
    in_memory.schedule.run()

    (commit,) = (
        one.detail
        for one in in_memory.announcements
        if one.detail.get("stage") == "Commit" and "action" not in one.detail
    )
    assert "stage-last-retry-attempt-time" not in commit


def test_a_stop_is_told_with_its_reason_once(in_memory: InMemory) -> None:
    record = in_memory.record()
    execution = in_memory.start(record)
    in_memory.announcements.clear()

    interventions.stop(in_memory.engine, record, execution, abandon=False, reason="lunch")
    interventions.stop(in_memory.engine, record, execution, abandon=True, reason="lunch")

    assert told(in_memory) == [
        ("Pipeline", "STOPPING"),
        ("Stage", "Source", "STOPPING"),
        ("Action", "Source", "Source", "ABANDONED"),
        ("Stage", "Source", "STOPPED"),
        ("Pipeline", "STOPPED"),
    ]
    assert details(in_memory, "Pipeline", "STOPPING")[0]["stop-execution-comments"] == "lunch"


def test_an_execution_that_waits_is_stopped_at_once(in_memory: InMemory) -> None:
    record = in_memory.record()
    in_memory.start(record)
    waiting = in_memory.start(record)
    in_memory.announcements.clear()

    interventions.stop(in_memory.engine, record, waiting, abandon=False, reason="")

    assert told(in_memory) == [("Pipeline", "STOPPED")]
    assert "stop-execution-comments" not in in_memory.announcements[0].detail


def test_an_update_cancels_what_runs_and_what_waits(in_memory: InMemory) -> None:
    record = in_memory.record()
    in_memory.start(record)
    in_memory.start(record)
    in_memory.announcements.clear()

    interventions.cancel(in_memory.engine, record, "updated")

    assert told(in_memory) == [
        ("Action", "Source", "Source", "CANCELED"),
        ("Stage", "Source", "CANCELED"),
        ("Pipeline", "CANCELED"),
        ("Pipeline", "CANCELED"),
    ]


@pytest.mark.parametrize(
    ("states", "statuses"),
    [
        (announcements._PIPELINE, ExecutionStatus),
        (announcements._STAGE, StageStatus),
        (announcements._ACTION, ActionStatus),
    ],
)
def test_each_status_has_a_state_in_awss_words(states: dict[Any, str], statuses: Any) -> None:
    words = {"ABANDONED", "CANCELED", "FAILED", "STARTED", "STOPPED", "STOPPING", "SUCCEEDED", "SUPERSEDED"}

    assert set(states) == set(statuses)
    assert set(states.values()) <= words | {"SKIPPED"}


def test_an_engine_that_nobody_listens_to_tells_nobody(in_memory: InMemory) -> None:
    execution = in_memory.start(in_memory.record())

    announcements.unheard(announcements.of_pipeline(in_memory.record(), execution))

    assert len(in_memory.announcements) == 3
