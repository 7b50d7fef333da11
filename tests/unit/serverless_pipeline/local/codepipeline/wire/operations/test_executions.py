"""Executions: start, stop, get, list, and what their actions did."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.local.codepipeline.engine import interventions
from serverless_pipeline.local.codepipeline.model.declaration import Pipeline
from serverless_pipeline.local.codepipeline.model.execution import Trigger
from serverless_pipeline.local.codepipeline.model.refusal import Refusal
from serverless_pipeline.local.codepipeline.providers.work import Failed, Succeeded
from serverless_pipeline.local.codepipeline.wire import documents
from serverless_pipeline.local.codepipeline.wire.operations import executions
from tests.support.engine import ACCOUNT, CALLER, REGION, InMemory, action, declaration, run_of

if TYPE_CHECKING:
    from collections.abc import Callable


def start(in_memory: InMemory, **request: Any) -> str:
    answer = executions.start(in_memory.engine, CALLER, {"name": "p", **request})
    in_memory.schedule.run()
    assert list(answer) == ["pipelineExecutionId"]
    return str(answer["pipelineExecutionId"])


def refusal(call: Callable[..., object], *arguments: Any, **request: Any) -> tuple[str, str]:
    with pytest.raises(Refusal) as refused:
        call(*arguments, **request)
    return refused.value.code, refused.value.message


def sources(**configuration: str) -> dict[str, Any]:
    """A pipeline with an S3 source and a build."""
    source = action("Source", "Source", "S3", configuration=configuration)
    return declaration(("Source", [source]), ("Commit", [action("Build")]))


def test_a_change_is_released_for_its_caller(in_memory: InMemory) -> None:
    record = in_memory.record()

    execution_id = start(in_memory)

    assert list(record.executions) == [execution_id]
    assert record.executions[execution_id].trigger == Trigger("StartPipelineExecution", CALLER.arn)
    assert (record.executions[execution_id].variables, record.executions[execution_id].overrides) == ({}, {})
    assert record.requests == {}


def test_the_same_token_answers_the_same_execution_whatever_else_is_asked_for(in_memory: InMemory) -> None:
    record = in_memory.record(declaration(variables=[{"name": "Who", "defaultValue": "Eve"}]))
    first = start(in_memory, clientRequestToken="once")

    again = start(in_memory, clientRequestToken="once", variables=[{"name": "Who", "value": "Ada"}])
    other = start(in_memory, clientRequestToken="twice")

    assert (again == first, other == first) == (True, False)
    assert record.requests == {"once": first, "twice": other}


def test_a_pipeline_that_is_missing_is_named(in_memory: InMemory) -> None:
    assert refusal(start, in_memory) == (
        "PipelineNotFoundException",
        f"The account with id '{ACCOUNT}' does not include a pipeline with the name 'p'",
    )


def test_variables_get_the_values_of_the_request(in_memory: InMemory) -> None:
    record = in_memory.record(declaration(variables=[{"name": "Who"}, {"name": "What", "defaultValue": "that"}]))

    execution_id = start(in_memory, variables=[{"name": "Who", "value": "Ada"}])

    assert record.executions[execution_id].variables == {"Who": "Ada", "What": "that"}


def test_a_variable_that_is_not_declared_is_refused(in_memory: InMemory) -> None:
    in_memory.record(declaration(variables=[{"name": "Who"}]))

    assert refusal(start, in_memory, variables=[{"name": "Other", "value": "1"}]) == (
        "ValidationException",
        "The pipeline 'p' does not declare the variable 'Other'",
    )


def revision(kind: str, value: str, name: str = "Source") -> dict[str, str]:
    return {"actionName": name, "revisionType": kind, "revisionValue": value}


def test_a_source_takes_the_version_and_the_key_of_the_request(in_memory: InMemory) -> None:
    record = in_memory.record(sources(AllowOverrideForS3ObjectKey="true"))

    execution_id = start(
        in_memory,
        sourceRevisions=[revision("S3_OBJECT_VERSION_ID", "v7"), revision("S3_OBJECT_KEY", "other.zip")],
    )

    overrides = {"Source": {"S3_OBJECT_VERSION_ID": "v7", "S3_OBJECT_KEY": "other.zip"}}
    assert record.executions[execution_id].overrides == overrides


def test_a_source_takes_another_version_without_being_asked(in_memory: InMemory) -> None:
    record = in_memory.record(sources())

    execution_id = start(in_memory, sourceRevisions=[revision("S3_OBJECT_VERSION_ID", "v7")])

    assert record.executions[execution_id].overrides == {"Source": {"S3_OBJECT_VERSION_ID": "v7"}}


@pytest.mark.parametrize("configuration", [{}, {"AllowOverrideForS3ObjectKey": "false"}])
def test_a_source_takes_another_key_only_if_it_allows_it(in_memory: InMemory, configuration: dict[str, str]) -> None:
    in_memory.record(sources(**configuration))

    assert refusal(start, in_memory, sourceRevisions=[revision("S3_OBJECT_KEY", "other.zip")]) == (
        "ValidationException",
        "The source action 'Source' does not allow another object key; set AllowOverrideForS3ObjectKey",
    )


@pytest.mark.parametrize(
    ("name", "kind", "instead"),
    [
        ("Source", "COMMIT_ID", "Source/S3 takes S3_OBJECT_VERSION_ID and S3_OBJECT_KEY"),
        ("Build", "S3_OBJECT_VERSION_ID", "the source actions are Source"),
    ],
)
def test_a_revision_that_no_source_takes_is_refused(in_memory: InMemory, name: str, kind: str, instead: str) -> None:
    in_memory.record(sources())

    assert refusal(start, in_memory, sourceRevisions=[revision(kind, "1", name)]) == (
        "ValidationException",
        (f"The source action '{name}' does not take a revision of type {kind}; {instead}"),
    )


def stop(in_memory: InMemory, execution_id: str, **request: Any) -> dict[str, Any]:
    return executions.stop(
        in_memory.engine, CALLER, {"pipelineName": "p", "pipelineExecutionId": execution_id, **request}
    )


def test_an_execution_is_stopped_and_its_actions_may_end(in_memory: InMemory) -> None:
    record = in_memory.record()
    execution_id = start(in_memory)

    answer = stop(in_memory, execution_id)

    assert answer == {"pipelineExecutionId": execution_id}
    assert (record.executions[execution_id].status, record.executions[execution_id].stop_reason) == ("Stopping", "")


def test_an_execution_is_stopped_for_a_reason_and_its_actions_are_abandoned(in_memory: InMemory) -> None:
    record = in_memory.record()
    execution_id = start(in_memory)

    stop(in_memory, execution_id, abandon=True, reason="lunch")

    assert (record.executions[execution_id].status, record.executions[execution_id].stop_reason) == ("Stopped", "lunch")


def test_an_execution_that_is_missing_cannot_be_stopped(in_memory: InMemory) -> None:
    in_memory.record()

    assert refusal(stop, in_memory, "e") == (
        "PipelineExecutionNotStoppableException",
        "Pipeline 'p' does not have an execution with ID 'e'",
    )


def test_an_execution_is_answered(in_memory: InMemory) -> None:
    record = in_memory.record()
    start(in_memory)
    execution_id = start(in_memory)

    answer = executions.get(in_memory.engine, CALLER, {"pipelineName": "p", "pipelineExecutionId": execution_id})

    assert answer == {"pipelineExecution": documents.execution(record.executions[execution_id])}


def list_(in_memory: InMemory, **request: Any) -> dict[str, Any]:
    return executions.list_(in_memory.engine, CALLER, {"pipelineName": "p", **request})


def test_executions_are_listed_newest_first(in_memory: InMemory) -> None:
    record = in_memory.record()
    first, second = start(in_memory), start(in_memory)

    assert list_(in_memory) == {
        "pipelineExecutionSummaries": [
            documents.execution_summary(record.executions[second]),
            documents.execution_summary(record.executions[first]),
        ]
    }


def test_a_list_of_executions_comes_in_pages(in_memory: InMemory) -> None:
    in_memory.record()
    first, second = start(in_memory), start(in_memory)

    one = list_(in_memory, maxResults=1)
    two = list_(in_memory, maxResults=1, nextToken=one["nextToken"])

    ids = [page["pipelineExecutionSummaries"][0]["pipelineExecutionId"] for page in (one, two)]
    assert ids == [second, first]


def test_a_list_of_executions_may_hold_only_those_that_succeeded_in_a_stage(in_memory: InMemory) -> None:
    in_memory.record()
    in_memory.outcomes = {"Source": Succeeded(), "Build": Succeeded()}
    good = start(in_memory)
    in_memory.outcomes["Build"] = Failed("JobFailed", "no")
    start(in_memory)

    summaries = list_(in_memory, filter={"succeededInStage": {"stageName": "Commit"}})["pipelineExecutionSummaries"]

    assert [summary["pipelineExecutionId"] for summary in summaries] == [good]


def actions(in_memory: InMemory, **filter_: Any) -> list[dict[str, Any]]:
    request = {"pipelineName": "p", **({"filter": filter_} if filter_ else {})}
    answer = executions.list_actions(in_memory.engine, CALLER, request)
    assert list(answer) == ["actionExecutionDetails"]
    return list(answer["actionExecutionDetails"])


@pytest.fixture
def runs(in_memory: InMemory) -> tuple[str, str]:
    """Two executions: the first one failed in its build and was retried, the second one waits for its build."""
    record = in_memory.record()
    in_memory.outcomes = {"Source": Succeeded(), "Build": Failed("JobFailed", "no")}
    first = start(in_memory)
    interventions.retry(in_memory.engine, record, record.executions[first], everything=False)
    in_memory.schedule.run()
    del in_memory.outcomes["Build"]
    return first, start(in_memory)


def names(details: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(detail["pipelineExecutionId"], detail["actionName"]) for detail in details]


def test_runs_of_all_executions_are_listed_newest_first(in_memory: InMemory, runs: tuple[str, str]) -> None:
    first, second = runs

    assert names(actions(in_memory)) == [
        (second, "Build"),
        (second, "Source"),
        (first, "Build"),
        (first, "Build"),
        (first, "Source"),
    ]


def test_a_run_is_listed_with_its_execution_and_its_region(in_memory: InMemory, runs: tuple[str, str]) -> None:
    execution = in_memory.store.execution(CALLER.scope, "p", runs[1])

    assert actions(in_memory)[0] == documents.action_execution(run_of(execution, "Build"), REGION)


def test_the_runs_of_one_execution_may_be_listed(in_memory: InMemory, runs: tuple[str, str]) -> None:
    first, _ = runs

    details = actions(in_memory, pipelineExecutionId=first)

    assert names(details) == [(first, "Build"), (first, "Build"), (first, "Source")]


def test_of_one_execution_only_the_last_run_of_each_action_may_be_listed(
    in_memory: InMemory, runs: tuple[str, str]
) -> None:
    first, _ = runs
    last = run_of(in_memory.store.execution(CALLER.scope, "p", first), "Build")

    details = actions(in_memory, latestInPipelineExecution={"pipelineExecutionId": first, "startTimeRange": "Latest"})

    assert names(details) == [(first, "Build"), (first, "Source")]
    assert details[0]["actionExecutionId"] == last.id


def test_of_one_execution_all_runs_since_its_start_may_be_listed(in_memory: InMemory, runs: tuple[str, str]) -> None:
    first, _ = runs

    details = actions(in_memory, latestInPipelineExecution={"pipelineExecutionId": first, "startTimeRange": "All"})

    assert names(details) == [(first, "Build"), (first, "Build"), (first, "Source")]


def test_the_runs_of_an_execution_that_is_missing_are_refused(in_memory: InMemory) -> None:
    in_memory.record()

    assert refusal(actions, in_memory, pipelineExecutionId="e")[0] == "PipelineExecutionNotFoundException"


def test_actions_of_one_name_in_two_stages_are_two(in_memory: InMemory) -> None:
    in_memory.record(declaration(("Test", [action("Deploy")]), ("Prod", [action("Deploy")])))
    in_memory.outcomes = {"Deploy": Succeeded()}
    execution_id = start(in_memory)

    details = actions(
        in_memory, latestInPipelineExecution={"pipelineExecutionId": execution_id, "startTimeRange": "Latest"}
    )

    assert [detail["stageName"] for detail in details] == ["Prod", "Test"]


def test_a_list_of_runs_comes_in_pages(in_memory: InMemory) -> None:
    in_memory.record()
    in_memory.outcomes = {"Source": Succeeded()}
    start(in_memory)

    request = {"pipelineName": "p", "maxResults": 1}
    first = executions.list_actions(in_memory.engine, CALLER, request)
    second = executions.list_actions(in_memory.engine, CALLER, {**request, "nextToken": first.pop("nextToken")})

    assert [names(answer["actionExecutionDetails"])[0][1] for answer in (first, second)] == ["Build", "Source"]
    assert list(second) == ["actionExecutionDetails"]


def test_runs_are_listed_by_their_start_though_an_older_execution_ran_later(in_memory: InMemory) -> None:
    record = in_memory.record()
    in_memory.outcomes = {"Source": Succeeded(), "Build": Failed("JobFailed", "no")}
    first = start(in_memory)
    in_memory.schedule.time = 1010
    second = start(in_memory)
    in_memory.schedule.time = 1020

    record.stages["Commit"].latest = first
    interventions.retry(in_memory.engine, record, record.executions[first], everything=False)

    assert names(actions(in_memory))[:2] == [(first, "Build"), (second, "Build")]


def test_a_retry_by_another_version_leaves_what_ran_before_as_it_was(in_memory: InMemory) -> None:
    record = in_memory.record()
    in_memory.outcomes = {"Source": Succeeded(), "Build": Failed("JobFailed", "no")}
    first = start(in_memory)
    before = actions(in_memory)
    build = action("Build", configuration={"FunctionName": "other"})
    document = declaration(("Source", [action("Source", "Source", "S3")]), ("Commit", [build]))
    record.adopt(Pipeline.from_document(document, REGION, 2), 1001)

    interventions.retry(in_memory.engine, record, record.executions[first], everything=False)
    in_memory.schedule.run()

    again, *rest = actions(in_memory)
    assert rest == before
    assert [detail["pipelineVersion"] for detail in before] == [1, 1]
    assert (again["pipelineVersion"], again["input"]["configuration"]) == (2, {"FunctionName": "other"})


def test_pages_of_executions_go_on_though_another_one_started_between(in_memory: InMemory) -> None:
    in_memory.record()
    in_memory.outcomes = {"Source": Succeeded(), "Build": Succeeded()}
    ids = [start(in_memory) for _ in range(3)]

    first = list_(in_memory, maxResults=2)
    start(in_memory)
    second = list_(in_memory, maxResults=2, nextToken=first["nextToken"])

    summaries = [*first["pipelineExecutionSummaries"], *second["pipelineExecutionSummaries"]]
    assert [summary["pipelineExecutionId"] for summary in summaries] == ids[::-1]
    assert "nextToken" not in second


def test_a_token_of_another_operation_is_refused(in_memory: InMemory) -> None:
    in_memory.record()
    in_memory.outcomes = {"Source": Succeeded(), "Build": Succeeded()}
    for _ in range(2):
        start(in_memory)

    request = {"pipelineName": "p", "nextToken": list_(in_memory, maxResults=1)["nextToken"]}

    assert refusal(executions.list_actions, in_memory.engine, CALLER, request)[0] == "InvalidNextTokenException"


def test_a_deployment_has_no_targets_here(in_memory: InMemory) -> None:
    deploy = action("Ship", "Deploy", "S3")
    execution = in_memory.start(in_memory.record(declaration(("Source", [deploy]), ("Commit", [action("Build")]))))
    run = run_of(execution, "Ship")

    for request in ({"actionExecutionId": run.id}, {"actionExecutionId": run.id, "pipelineName": "p"}):
        assert executions.list_targets(in_memory.engine, CALLER, request) == {"targets": []}


@pytest.mark.parametrize(
    ("name", "code"), [("", "ActionExecutionNotFoundException"), ("Source", "ValidationException")]
)
def test_what_is_no_deployment_has_no_targets(in_memory: InMemory, name: str, code: str) -> None:
    execution = in_memory.start(in_memory.record())
    run_id = run_of(execution, name).id if name else "nobody"

    with pytest.raises(Refusal) as refused:
        executions.list_targets(in_memory.engine, CALLER, {"actionExecutionId": run_id})

    assert refused.value.code == code
