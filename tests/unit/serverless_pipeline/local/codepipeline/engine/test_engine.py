"""Executions move through the stages of a pipeline; a test moves the clock, the threads and the timers."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import pytest

from serverless_pipeline.local.codepipeline.engine.engine import Engine
from serverless_pipeline.local.codepipeline.engine.schedule import Schedule
from serverless_pipeline.local.codepipeline.model.action_run import ErrorDetails, Revision
from serverless_pipeline.local.codepipeline.model.execution import Execution, Trigger
from serverless_pipeline.local.codepipeline.model.jobs import Failure, Success
from serverless_pipeline.local.codepipeline.model.refusal import Refusal
from serverless_pipeline.local.codepipeline.model.store import PipelineRecord, Store, Transition
from serverless_pipeline.local.codepipeline.providers.work import Failed, Outcome, Pending, Succeeded, Working
from tests.support.engine import ACCOUNT, CALLER, TIMING, InMemory, action, declaration, run_of

if TYPE_CHECKING:
    from serverless_pipeline.local.codepipeline.model.action_run import ActionRun

TRIGGER = Trigger("StartPipelineExecution", CALLER.arn)


def statuses(execution: Execution) -> dict[str, str]:
    return {run.action.name: str(run.status) for run in execution.runs.values()}


def test_an_execution_starts_with_its_trigger_its_variables_and_its_overrides(in_memory: InMemory) -> None:
    record = in_memory.record(declaration(variables=[{"name": "Who"}]))

    execution = in_memory.engine.start(
        record, TRIGGER, variables={"Who": "Ada"}, overrides={"Source": {"S3_OBJECT_KEY": "k"}}
    )

    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", execution.id)
    assert record.executions == {execution.id: execution}
    assert (execution.pipeline, execution.trigger) == (record.pipeline, TRIGGER)
    assert (execution.started, execution.updated) == (1000, 1000)
    assert (execution.variables, execution.overrides) == ({"Who": "Ada"}, {"Source": {"S3_OBJECT_KEY": "k"}})


def test_an_execution_enters_a_free_stage_and_its_first_actions_are_launched(in_memory: InMemory) -> None:
    record = in_memory.record()
    stage = record.stages["Source"]
    stage.retries = 3

    execution = in_memory.engine.start(record, TRIGGER)

    assert (stage.holders, stage.latest, stage.waiting) == ([execution.id], execution.id, [])
    assert (stage.status, stage.retries) == ("InProgress", 0)
    assert statuses(execution) == {"Source": "InProgress"}
    assert record.latest_runs == {("Source", "Source"): run_of(execution, "Source")}
    assert [name for name, _ in in_memory.schedule.threads] == ["codepipeline-Source"]


def test_required_variables_without_a_value_fail_the_execution_at_once(in_memory: InMemory) -> None:
    record = in_memory.record(declaration(variables=[{"name": "A"}, {"name": "B"}]))

    execution = in_memory.engine.start(record, TRIGGER)

    assert (execution.status, execution.updated) == ("Failed", 1000)
    assert execution.status_summary == "Values for required variables haven't been provided: A,B"
    assert (execution.runs, record.stages["Source"].holders) == ({}, [])


def test_an_action_is_performed_once_it_has_been_launched(in_memory: InMemory) -> None:
    in_memory.start(in_memory.record())

    assert in_memory.performed == [("Source", "")]


def test_stages_follow_each_other_to_the_end(in_memory: InMemory) -> None:
    in_memory.outcomes = {"Source": Succeeded("found"), "Build": Succeeded("built")}
    record = in_memory.record()

    execution = in_memory.start(record)

    assert in_memory.performed == [("Source", ""), ("Build", "")]
    assert (execution.status, execution.succeeded_stages) == ("Succeeded", {"Source", "Commit"})
    assert {name: (stage.status, stage.holders) for name, stage in record.stages.items()} == {
        "Source": ("Succeeded", []),
        "Commit": ("Succeeded", []),
    }
    assert {name: stage.latest for name, stage in record.stages.items()} == dict.fromkeys(
        ("Source", "Commit"), execution.id
    )


def test_an_end_says_when_and_by_whom(in_memory: InMemory) -> None:
    record = in_memory.record()
    execution = in_memory.start(record)
    in_memory.schedule.time = 1007

    in_memory.engine.end(record, run_of(execution, "Source"), Succeeded(), by="ada")

    run = run_of(execution, "Source")
    assert (run.started, run.updated, run.updated_by) == (1000, 1007, "ada")
    assert record.latest_runs["Source", "Source"] is run


def test_an_end_that_nobody_decided_is_the_services_own(in_memory: InMemory) -> None:
    in_memory.outcomes = {"Source": Succeeded()}

    execution = in_memory.start(in_memory.record())

    assert run_of(execution, "Source").updated_by == "codepipeline.amazonaws.com"


def test_an_execution_ends_when_its_last_action_does(in_memory: InMemory) -> None:
    in_memory.outcomes = {"Source": Succeeded()}
    record = in_memory.record()
    execution = in_memory.start(record)
    in_memory.schedule.time = 1009

    in_memory.engine.end(record, run_of(execution, "Build"), Succeeded())

    assert (execution.status, execution.updated) == ("Succeeded", 1009)


def test_later_actions_get_the_artifacts_and_variables_of_earlier_ones(in_memory: InMemory) -> None:
    source = action("Source", "Source", "S3", outputArtifacts=[{"name": "SourceOutput"}], namespace="Mine")
    build = action("Build", inputArtifacts=[{"name": "SourceOutput"}])
    in_memory.outcomes = {"Source": Succeeded(variables={"v": "1"}, revision=Revision("c0ffee"))}

    execution = in_memory.start(in_memory.record(declaration(("Source", [source]), ("Commit", [build]))))

    (artifact,) = run_of(execution, "Build").inputs
    assert (artifact.name, artifact.revision) == ("SourceOutput", Revision("c0ffee"))
    assert execution.scopes()["Mine"] == {"v": "1"}


def test_a_failed_action_leaves_nothing_to_later_ones(in_memory: InMemory) -> None:
    source = action("Source", "Source", "S3", outputArtifacts=[{"name": "SourceOutput"}])
    in_memory.outcomes = {"Source": Failed("JobFailed", "no")}

    execution = in_memory.start(in_memory.record(declaration(("Source", [source]), ("Commit", [action("Build")]))))

    assert execution.artifacts == {}


def test_a_failure_ends_the_execution_and_gives_its_stage_back(in_memory: InMemory) -> None:
    in_memory.outcomes = {"Source": Succeeded(), "Build": Failed("JobFailed", "no way")}
    record = in_memory.record()

    execution = in_memory.start(record)

    assert (execution.status, execution.status_summary) == ("Failed", "")
    assert execution.succeeded_stages == {"Source"}
    assert (record.stages["Commit"].status, record.stages["Commit"].holders) == ("Failed", [])
    assert run_of(execution, "Build").error == ErrorDetails("JobFailed", "no way")


def test_a_failed_execution_says_when_it_failed(in_memory: InMemory) -> None:
    record = in_memory.record()
    execution = in_memory.start(record)
    in_memory.schedule.time = 1011

    in_memory.engine.end(record, run_of(execution, "Source"), Failed("JobFailed", "no"))

    assert execution.updated == 1011


def test_an_execution_whose_stop_was_requested_goes_no_further(in_memory: InMemory) -> None:
    record = in_memory.record()
    execution = in_memory.start(record)
    execution.stop_requested = True
    in_memory.schedule.time = 1013

    in_memory.engine.end(record, run_of(execution, "Source"), Succeeded())

    assert (execution.status, execution.updated) == ("Stopped", 1013)
    assert (execution.succeeded_stages, record.stages["Commit"].latest) == ({"Source"}, "")


def test_the_actions_of_a_group_run_side_by_side_and_the_next_group_waits_for_all_of_them(in_memory: InMemory) -> None:
    stage = [action("Left"), action("Right"), action("After", runOrder=2)]
    record = in_memory.record(declaration(("Commit", stage)))
    execution = in_memory.start(record)

    in_memory.engine.end(record, run_of(execution, "Left"), Succeeded())
    in_memory.schedule.run()
    left_alone = list(in_memory.performed)
    in_memory.engine.end(record, run_of(execution, "Right"), Succeeded())
    in_memory.schedule.run()

    assert left_alone == [("Left", ""), ("Right", "")]
    assert in_memory.performed == [("Left", ""), ("Right", ""), ("After", "")]


def test_a_newer_execution_waits_before_a_stage_that_is_taken(in_memory: InMemory) -> None:
    record = in_memory.record()
    first = in_memory.start(record)

    second = in_memory.start(record)

    stage = record.stages["Source"]
    assert (stage.holders, stage.waiting, second.runs) == ([first.id], [second.id], {})


def test_who_waits_is_superseded_by_a_newer_execution_and_its_jobs_are_unknown(in_memory: InMemory) -> None:
    in_memory.outcomes = {"Source": Succeeded()}
    record = in_memory.record()
    in_memory.start(record)
    second = in_memory.start(record)
    in_memory.job(run_of(second, "Source"))
    in_memory.schedule.time = 1021

    third = in_memory.start(record)

    assert (second.status, second.updated) == ("Superseded", 1021)
    assert second.status_summary == f"Superseded by the execution {third.id}"
    assert record.stages["Commit"].waiting == [third.id]
    assert in_memory.store.jobs == {}


def test_who_waits_enters_when_the_stage_is_given_back(in_memory: InMemory) -> None:
    record = in_memory.record()
    first = in_memory.start(record)
    second = in_memory.start(record)

    in_memory.engine.end(record, run_of(first, "Source"), Succeeded())

    stage = record.stages["Source"]
    assert (stage.holders, stage.latest, stage.waiting) == ([second.id], second.id, [])
    assert record.stages["Commit"].holders == [first.id]


def test_nobody_enters_a_stage_whose_way_is_closed(in_memory: InMemory) -> None:
    record = in_memory.record()
    record.stages["Source"].transition = Transition(enabled=False)

    execution = in_memory.start(record)

    assert (record.stages["Source"].waiting, record.stages["Source"].holders) == ([execution.id], [])
    assert in_memory.performed == []


def test_a_stage_in_which_nobody_waits_stays_as_it_is(in_memory: InMemory) -> None:
    record = in_memory.record()

    in_memory.engine.admit(record, record.stages["Source"])

    assert (record.stages["Source"].holders, record.stages["Source"].status) == ([], None)


def test_an_action_that_is_under_way_keeps_its_token_and_waits_so_long(in_memory: InMemory) -> None:
    in_memory.outcomes = {
        "Source": Pending(42, Failed("JobFailed", "too late"), external_id="build", external_url="u", token="t")
    }

    execution = in_memory.start(in_memory.record())

    run = run_of(execution, "Source")
    assert (run.status, run.external_id, run.external_url, run.token) == ("InProgress", "build", "u", "t")
    assert {name: seconds for name, (seconds, _) in in_memory.schedule.timers.items()} == {run.id: 42}


def test_an_action_that_another_service_works_on_is_looked_at_again_with_its_token(in_memory: InMemory) -> None:
    in_memory.outcomes = {"Source": Working("half", Succeeded("half done", "build", 50))}

    execution = in_memory.start(in_memory.record())

    run = run_of(execution, "Source")
    assert (run.status, run.summary, run.external_id, run.percent) == ("InProgress", "half done", "build", 50)
    assert {name: seconds for name, (seconds, _) in in_memory.schedule.timers.items()} == {run.id: TIMING.look}

    in_memory.outcomes = {"Source": Succeeded("done")}
    in_memory.schedule.fire(run.id)
    in_memory.schedule.run()

    assert in_memory.performed[:2] == [("Source", ""), ("Source", "half")]
    assert (run_of(execution, "Source").status, run_of(execution, "Source").external_id) == ("Succeeded", "build")


def test_an_action_that_is_under_way_keeps_the_id_it_had_if_it_gets_no_other(in_memory: InMemory) -> None:
    record = in_memory.record()
    execution = in_memory.start(record)
    run = run_of(execution, "Source")
    in_memory.job(run)
    in_memory.engine.answer(ACCOUNT, "j", Success(token="t", details={"externalExecutionId": "mine"}))

    in_memory.schedule.fire(f"{run.id} resume")
    in_memory.schedule.run()

    assert run_of(execution, "Source").external_id == "mine"


def test_an_action_fails_when_nobody_ends_it_in_time_and_its_jobs_are_unknown(in_memory: InMemory) -> None:
    execution = in_memory.start(in_memory.record())
    run = run_of(execution, "Source")
    in_memory.job(run)

    in_memory.schedule.fire(run.id)

    assert execution.status == "Failed"
    assert run_of(execution, "Source").error == ErrorDetails("JobFailed", "too late")
    assert in_memory.store.jobs == {}


def test_a_timer_that_comes_after_the_end_changes_nothing(in_memory: InMemory) -> None:
    record = in_memory.record()
    execution = in_memory.start(record)
    run = run_of(execution, "Source")
    in_memory.job(run)
    _, expire = in_memory.schedule.timers[run.id]
    in_memory.engine.end(record, run, Succeeded())

    expire()

    assert statuses(execution) == {"Source": "Succeeded", "Build": "InProgress"}
    assert list(in_memory.store.jobs) == ["j"]


def test_an_end_disarms_the_timer_of_its_run(in_memory: InMemory) -> None:
    record = in_memory.record()
    execution = in_memory.start(record)

    in_memory.engine.end(record, run_of(execution, "Source"), Failed("JobFailed", "no"))

    assert in_memory.schedule.timers == {}


def test_a_job_that_is_done_ends_its_action_and_the_next_one_starts(in_memory: InMemory) -> None:
    execution = in_memory.start(in_memory.record())
    job = in_memory.job(run_of(execution, "Source"))

    in_memory.engine.answer(ACCOUNT, "j", Success(variables={"v": "1"}, details={"summary": "done"}))
    in_memory.schedule.run()

    run = run_of(execution, "Source")
    assert (run.status, run.summary, run.variables) == ("Succeeded", "done", {"v": "1"})
    assert in_memory.performed == [("Source", ""), ("Build", "")]
    assert (in_memory.store.jobs["j"].result, job.result) == (
        Success(variables={"v": "1"}, details={"summary": "done"}),
        None,
    )


def test_a_job_that_failed_fails_its_action(in_memory: InMemory) -> None:
    execution = in_memory.start(in_memory.record())
    in_memory.job(run_of(execution, "Source"))

    in_memory.engine.answer(ACCOUNT, "j", Failure("ConfigurationError", "no way", "mine"))

    run = run_of(execution, "Source")
    assert (run.status, run.error, run.external_id) == (
        "Failed",
        ErrorDetails("ConfigurationError", "no way"),
        "mine",
    )
    assert execution.status == "Failed"


def test_a_job_with_a_token_goes_on_a_little_later_with_that_token(in_memory: InMemory) -> None:
    execution = in_memory.start(in_memory.record())
    run = run_of(execution, "Source")
    in_memory.job(run)
    in_memory.schedule.time = 1003

    in_memory.engine.answer(ACCOUNT, "j", Success(token="second", details={"summary": "half", "percentComplete": 50}))
    seconds, _ = in_memory.schedule.timers[f"{run.id} resume"]
    in_memory.schedule.fire(f"{run.id} resume")
    in_memory.schedule.run()

    assert seconds == TIMING.continuation
    assert in_memory.performed == [("Source", ""), ("Source", "second")]
    current = run_of(execution, "Source")
    assert (current.id, current.status, current.updated) == (run.id, "InProgress", 1003)
    assert (current.summary, current.percent) == ("half", 50)


def test_a_run_that_was_ended_meanwhile_does_not_go_on(in_memory: InMemory) -> None:
    record = in_memory.record()
    execution = in_memory.start(record)
    run = run_of(execution, "Source")
    in_memory.job(run)
    in_memory.engine.answer(ACCOUNT, "j", Success(token="second"))
    in_memory.engine.end(record, run, Failed("JobFailed", "stopped"))

    in_memory.schedule.fire(f"{run.id} resume")
    in_memory.schedule.run()

    assert in_memory.performed == [("Source", "")]


def test_the_same_answer_again_changes_nothing(in_memory: InMemory) -> None:
    execution = in_memory.start(in_memory.record())
    run = run_of(execution, "Source")
    in_memory.job(run)
    in_memory.engine.answer(ACCOUNT, "j", Success(token="second"))
    in_memory.schedule.fire(f"{run.id} resume")
    in_memory.schedule.run()

    in_memory.engine.answer(ACCOUNT, "j", Success(token="second"))

    assert list(in_memory.schedule.timers) == [run.id]


def test_an_answer_about_a_run_that_is_over_is_accepted_and_changes_nothing(in_memory: InMemory) -> None:
    record = in_memory.record()
    execution = in_memory.start(record)
    run = run_of(execution, "Source")
    in_memory.job(run)
    in_memory.engine.end(record, run, Failed("JobFailed", "no"))

    in_memory.engine.answer(ACCOUNT, "j", Success())

    assert statuses(execution) == {"Source": "Failed"}
    assert in_memory.store.jobs["j"].result == Success()


@pytest.mark.parametrize(("account", "job_id"), [(ACCOUNT, "other"), ("444455556666", "j")])
def test_an_answer_to_a_job_that_is_not_there_or_anothers_is_refused(
    in_memory: InMemory, account: str, job_id: str
) -> None:
    execution = in_memory.start(in_memory.record())
    in_memory.job(run_of(execution, "Source"))

    with pytest.raises(Refusal, match=f"Job with id '{job_id}' does not exist"):
        in_memory.engine.answer(account, job_id, Success())

    assert statuses(execution) == {"Source": "InProgress"}


def test_an_answer_before_the_invocation_returns_wins(in_memory: InMemory) -> None:
    def answer_at_once(record: PipelineRecord, run: ActionRun, continuation: str) -> Outcome:
        pending = InMemory.perform(in_memory, record, run, continuation)
        in_memory.job(run, f"job {run.id}")
        engine.answer(ACCOUNT, f"job {run.id}", Success())
        return pending

    engine = Engine(in_memory.store, answer_at_once, TIMING, in_memory.schedule)
    execution = engine.start(in_memory.record(), TRIGGER)

    in_memory.schedule.run()

    assert statuses(execution) == {"Source": "Succeeded", "Build": "Succeeded"}
    assert (execution.status, in_memory.schedule.timers) == ("Succeeded", {})


def test_a_continuation_before_the_invocation_returns_goes_on(in_memory: InMemory) -> None:
    answers = {"": Success(token="a"), "a": Success(token="b"), "b": Success()}

    def answer_at_once(record: PipelineRecord, run: ActionRun, continuation: str) -> Outcome:
        pending = InMemory.perform(in_memory, record, run, continuation)
        in_memory.job(run, f"job {continuation}")
        engine.answer(ACCOUNT, f"job {continuation}", answers[continuation])
        return pending

    engine = Engine(in_memory.store, answer_at_once, TIMING, in_memory.schedule)
    execution = engine.start(in_memory.record(declaration(("Commit", [action("Build")]))), TRIGGER)
    in_memory.schedule.run()
    resume = f"{run_of(execution, 'Build').id} resume"

    for _ in "ab":
        in_memory.schedule.fire(resume)
        in_memory.schedule.run()

    assert in_memory.performed == [("Build", ""), ("Build", "a"), ("Build", "b")]
    assert (execution.status, in_memory.schedule.timers) == ("Succeeded", {})


def test_an_action_that_was_ended_before_its_thread_came_to_it_is_not_performed(in_memory: InMemory) -> None:
    record = in_memory.record()
    execution = in_memory.engine.start(record, TRIGGER)
    in_memory.engine.end(record, run_of(execution, "Source"), Failed("JobFailed", "stopped"))

    in_memory.schedule.run()

    assert in_memory.performed == []


def test_what_starting_an_action_came_to_is_ignored_if_it_was_ended_meanwhile(in_memory: InMemory) -> None:
    def abandoned(record: PipelineRecord, run: ActionRun, _continuation: str) -> Outcome:
        engine.end(record, run, Failed("JobFailed", "stopped"))
        return Succeeded()

    engine = Engine(in_memory.store, abandoned, TIMING, in_memory.schedule)
    execution = engine.start(in_memory.record(), TRIGGER)

    in_memory.schedule.run()

    assert statuses(execution) == {"Source": "Failed"}


def test_a_continuation_is_performed_with_the_run_as_it_is_by_then(in_memory: InMemory) -> None:
    summaries: list[str] = []

    def perform(_record: PipelineRecord, run: ActionRun, _continuation: str) -> Outcome:
        summaries.append(run.summary)
        return Pending(60, Failed("JobFailed", "too late"))

    engine = Engine(in_memory.store, perform, TIMING, in_memory.schedule)
    execution = engine.start(in_memory.record(), TRIGGER)
    in_memory.schedule.run()
    run = run_of(execution, "Source")
    in_memory.job(run)
    engine.answer(ACCOUNT, "j", Success(token="t", details={"summary": "half"}))

    in_memory.schedule.fire(f"{run.id} resume")
    in_memory.schedule.run()

    assert summaries == ["", "half"]


def test_an_engine_keeps_the_real_time_unless_it_is_given_another(in_memory: InMemory) -> None:
    engine = Engine(Store(), in_memory.perform, TIMING)

    assert type(engine.schedule) is Schedule


def test_what_comes_from_outside_holds_the_lock_of_the_store(in_memory: InMemory) -> None:
    """Whoever came amid another change would see half of it."""
    lock = in_memory.store.lock = Lock()  # type: ignore[assignment]
    execution = in_memory.start(in_memory.record())
    in_memory.job(run_of(execution, "Source"))
    started = lock.entered

    in_memory.engine.answer(ACCOUNT, "j", Success())
    in_memory.schedule.run()
    settled = lock.entered
    in_memory.schedule.fire(run_of(execution, "Build").id)

    assert (started, settled, lock.entered) == (
        ["start", "_settle"],
        [*started, "answer", "_settle"],
        [*settled, "_expire"],
    )


class Lock:
    """A lock that remembers who took it."""

    def __init__(self) -> None:
        self.entered: list[str] = []

    def __enter__(self) -> None:
        self.entered = [*self.entered, sys._getframe(1).f_code.co_name]

    def __exit__(self, *_: object) -> None:
        pass
