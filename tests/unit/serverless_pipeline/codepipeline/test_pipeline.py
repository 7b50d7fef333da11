from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from serverless_pipeline.codepipeline import pipeline
from serverless_pipeline.codepipeline.execution import ActionState, Declaration, Execution, StageState
from serverless_pipeline.errors import Error, TimedOut
from serverless_pipeline.patience import Pace, Patience

if TYPE_CHECKING:
    from botocore.stub import Stubber

    from serverless_pipeline.aws import Clients

START = datetime(2026, 1, 1, tzinfo=UTC)
ID = "11111111-1111-1111-1111-111111111111"
NEWER = "22222222-2222-2222-2222-222222222222"
SHOP = Declaration(
    "shop",
    (
        StageState("Source", actions=(ActionState("Source"),)),
        StageState("Commit", actions=(ActionState("Dependencies", function="shop-install"), ActionState("Package"))),
        StageState("Production", actions=(ActionState("Approval", is_approval=True),)),
    ),
)


def run(stage: str, name: str, status: str, *, at: int, **result: Any) -> dict[str, Any]:
    return {
        "pipelineExecutionId": ID,
        "stageName": stage,
        "actionName": name,
        "status": status,
        "startTime": START + timedelta(seconds=at),
        "lastUpdateTime": START + timedelta(seconds=at + 1),
        "output": {"executionResult": result},
    }


def answer_execution(codepipeline: Stubber, status: str) -> None:
    revision = {"name": "SourceOutput", "revisionId": "abc", "revisionSummary": "commit abc"}
    execution = {
        "pipelineExecutionId": ID,
        "status": status,
        "artifactRevisions": [revision],
        "trigger": {"triggerType": "StartPipelineExecution"},
    }
    codepipeline.add_response(
        "get_pipeline_execution",
        {"pipelineExecution": execution},
        {"pipelineName": "shop", "pipelineExecutionId": ID},
    )


def answer_stages(
    codepipeline: Stubber, *pages: list[dict[str, Any]], stages: dict[str, tuple[str, str]] | None = None
) -> None:
    """The pages of what ran in the execution, and what each stage shows now: an execution and a status."""
    request: dict[str, Any] = {"pipelineName": "shop", "filter": {"pipelineExecutionId": ID}}
    for number, runs in enumerate(pages, 1):
        more = {"nextToken": f"page-{number}"} if number < len(pages) else {}
        codepipeline.add_response("list_action_executions", {"actionExecutionDetails": runs, **more}, dict(request))
        request |= more
    states = [
        {"stageName": stage, "latestExecution": {"pipelineExecutionId": latest, "status": status}}
        for stage, (latest, status) in (stages or {}).items()
    ]
    codepipeline.add_response(
        "get_pipeline_state", {"stageStates": [*states, {"stageName": "Production"}]}, {"name": "shop"}
    )


def answer_look(codepipeline: Stubber, status: str, *runs: dict[str, Any]) -> None:
    answer_execution(codepipeline, status)
    answer_stages(codepipeline, list(runs))


def answer_list(codepipeline: Stubber, **statuses: str) -> None:
    summaries = [{"pipelineExecutionId": one, "status": status} for one, status in statuses.items()]
    codepipeline.add_response(
        "list_pipeline_executions",
        {"pipelineExecutionSummaries": summaries, "nextToken": "more"},
        {"pipelineName": "shop"},
    )


def patience() -> Patience:
    return Patience(sleep=lambda _: None)


def test_the_declaration_is_that_of_the_pipeline(clients: Clients, codepipeline: Stubber) -> None:
    kind = {"category": "Source", "owner": "AWS", "provider": "S3", "version": "1"}
    stages = [{"name": "Source", "actions": [{"name": "Source", "actionTypeId": kind}]}]
    document = {"name": "shop", "roleArn": "arn:aws:iam::000000000000:role/shop", "stages": stages}
    codepipeline.add_response("get_pipeline", {"pipeline": document}, {"name": "shop"})

    declaration = pipeline.demand(clients, "shop")

    assert declaration == Declaration("shop", (StageState("Source", actions=(ActionState("Source"),)),))


def test_a_pipeline_that_is_not_there_is_none(clients: Clients, codepipeline: Stubber) -> None:
    codepipeline.add_client_error("get_pipeline", "PipelineNotFoundException")

    assert pipeline.declaration(clients, "shop") is None


def test_a_refusal_is_no_absence(clients: Clients, codepipeline: Stubber) -> None:
    codepipeline.add_client_error("get_pipeline", "AccessDeniedException")

    with pytest.raises(ClientError, match="AccessDenied"):
        pipeline.declaration(clients, "shop")


def test_a_pipeline_that_must_be_there_is_an_error_with_the_next_step(clients: Clients, codepipeline: Stubber) -> None:
    codepipeline.add_client_error("get_pipeline", "PipelineNotFoundException")

    with pytest.raises(Error) as raised:
        pipeline.demand(clients, "shop")

    assert str(raised.value) == "There is no pipeline shop in 000000000000, us-east-1.\n  Next: invoke pipeline.up"


def test_the_latest_execution_is_the_newest_and_known_by_one_request(clients: Clients, codepipeline: Stubber) -> None:
    answer_list(codepipeline, **{NEWER: "Failed", ID: "InProgress"})

    assert pipeline.latest(clients, "shop") == Execution("shop", NEWER, "Failed")


def test_a_pipeline_that_never_ran_has_no_latest_execution(clients: Clients, codepipeline: Stubber) -> None:
    answer_list(codepipeline)

    assert pipeline.latest(clients, "shop") is None


def test_the_execution_that_runs_comes_before_a_newer_one_that_ended(clients: Clients, codepipeline: Stubber) -> None:
    answer_list(codepipeline, **{NEWER: "Cancelled", ID: "InProgress", "older": "InProgress"})

    assert pipeline.current(clients, "shop") == Execution("shop", ID, "InProgress")


def test_where_none_runs_the_newest_is_current(clients: Clients, codepipeline: Stubber) -> None:
    answer_list(codepipeline, **{NEWER: "Failed", ID: "Succeeded"})

    assert pipeline.current(clients, "shop") == Execution("shop", NEWER, "Failed")


def test_a_pipeline_that_never_ran_is_told_with_the_command_that_runs_it(
    clients: Clients, codepipeline: Stubber
) -> None:
    answer_list(codepipeline)

    with pytest.raises(Error) as raised:
        pipeline.current(clients, "shop")

    assert str(raised.value) == "The pipeline shop has no execution yet.\n  Next: invoke pipeline.run"


def test_a_look_shows_what_ran_and_what_is_declared(clients: Clients, codepipeline: Stubber) -> None:
    answer_execution(codepipeline, "InProgress")
    answer_stages(
        codepipeline,
        [run("Source", "Source", "Succeeded", at=0, externalExecutionSummary="commit abc")],
        [run("Commit", "Dependencies", "InProgress", at=1)],
        stages={"Source": (ID, "Succeeded"), "Commit": (ID, "InProgress")},
    )

    execution = pipeline.read(clients, SHOP, ID)

    ended = START + timedelta(seconds=1)
    source = ActionState("Source", "Succeeded", "commit abc", started=START, ended=ended)
    dependencies = ActionState("Dependencies", "InProgress", started=ended, function="shop-install")
    stages = (
        StageState("Source", "Succeeded", (source,)),
        StageState("Commit", "InProgress", (dependencies, ActionState("Package"))),
        StageState("Production", None, (ActionState("Approval", is_approval=True),)),
    )
    assert execution == Execution("shop", ID, "InProgress", "StartPipelineExecution", "abc", "commit abc", stages)


def test_the_stages_of_an_execution_that_is_known_take_two_requests(clients: Clients, codepipeline: Stubber) -> None:
    answer_stages(codepipeline, [], stages={"Source": (ID, "Stopped")})

    execution = pipeline.with_stages(clients, SHOP, Execution("shop", ID, "Stopped", revision="abc"))

    assert (execution.id, execution.status, execution.revision) == (ID, "Stopped", "abc")
    assert execution.stages == (StageState("Source", "Stopped", (ActionState("Source"),)), *SHOP.stages[1:])


def test_a_failed_action_has_the_words_of_its_error(clients: Clients, codepipeline: Stubber) -> None:
    error = {"code": "JobFailed", "message": "the task lint failed"}
    answer_look(codepipeline, "Failed", run("Source", "Source", "Failed", at=0, errorDetails=error))

    action = pipeline.read(clients, SHOP, ID).action("Source", "Source")

    assert (action.error, action.summary) == ("the task lint failed", None)


def test_an_action_that_said_nothing_has_neither_summary_nor_error(clients: Clients, codepipeline: Stubber) -> None:
    mute = {"pipelineExecutionId": ID, "stageName": "Commit", "actionName": "Package"}
    answer_look(
        codepipeline,
        "Failed",
        run("Source", "Source", "Failed", at=0, externalExecutionSummary=""),
        {**mute, "status": "Abandoned", "startTime": START},
    )

    execution = pipeline.read(clients, SHOP, ID)

    ended = START + timedelta(seconds=1)
    assert execution.action("Source", "Source") == ActionState("Source", "Failed", started=START, ended=ended)
    assert execution.action("Commit", "Package") == ActionState("Package", "Abandoned", started=START)


@pytest.mark.parametrize("newest_first", [True, False])
def test_of_several_attempts_the_newest_is_shown(
    clients: Clients, codepipeline: Stubber, *, newest_first: bool
) -> None:
    attempts = [run("Source", "Source", "Succeeded", at=9), run("Source", "Source", "Failed", at=0)]
    answer_look(codepipeline, "InProgress", *(attempts if newest_first else reversed(attempts)))

    assert pipeline.read(clients, SHOP, ID).action("Source", "Source").status == "Succeeded"


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        (("Succeeded", "Succeeded"), "Succeeded"),
        (("Succeeded", "Failed"), "Failed"),
        (("Succeeded", "InProgress"), "InProgress"),
        (("InProgress", "Failed"), "InProgress"),
        (("Succeeded",), "Stopped"),
        (("Abandoned", "Abandoned"), "Stopped"),
        ((), None),
    ],
)
def test_a_stage_that_shows_a_newer_execution_is_told_from_the_actions_of_this_one(
    clients: Clients, codepipeline: Stubber, statuses: tuple[str, ...], expected: str | None
) -> None:
    names = ("Dependencies", "Package")
    runs = [run("Commit", name, status, at=0) for name, status in zip(names, statuses, strict=False)]
    answer_execution(codepipeline, "InProgress")
    answer_stages(codepipeline, runs, stages={"Commit": (NEWER, "Cancelled")})

    execution = pipeline.read(clients, SHOP, ID)

    assert execution.stages[1].status == expected


def test_following_ends_with_the_execution(clients: Clients, codepipeline: Stubber) -> None:
    codepipeline.add_client_error("get_pipeline_execution", "PipelineExecutionNotFoundException")
    answer_look(codepipeline, "InProgress")
    answer_look(codepipeline, "Succeeded", run("Source", "Source", "Succeeded", at=0))

    looks = list(pipeline.follow(clients, SHOP, ID, patience()))

    assert [look.status for look in looks] == ["InProgress", "Succeeded"]


def test_following_ends_at_an_approval(clients: Clients, codepipeline: Stubber) -> None:
    answer_look(codepipeline, "InProgress", run("Production", "Approval", "InProgress", at=0))

    looks = list(pipeline.follow(clients, SHOP, ID, patience()))

    assert [look.approval is not None for look in looks] == [True]


def test_following_looks_again_soon_after_news_and_later_without(clients: Clients, codepipeline: Stubber) -> None:
    for status in ("InProgress", "InProgress", "Stopping", "Stopped"):
        answer_look(codepipeline, status)
    pauses: list[float] = []

    list(pipeline.follow(clients, SHOP, ID, Patience(pace=Pace(1), sleep=pauses.append)))

    assert pauses == [1, 1.5, 1]


def test_following_gives_up_when_the_patience_ends(clients: Clients, codepipeline: Stubber) -> None:
    answer_look(codepipeline, "InProgress")

    with pytest.raises(TimedOut):
        list(pipeline.follow(clients, SHOP, ID, Patience(timeout=0)))


def test_following_does_not_take_another_refusal_for_an_execution_that_is_not_known_yet(
    clients: Clients, codepipeline: Stubber
) -> None:
    codepipeline.add_client_error("get_pipeline_execution", "PipelineNotFoundException")

    with pytest.raises(ClientError, match="PipelineNotFoundException"):
        list(pipeline.follow(clients, SHOP, ID, patience()))


def answer_approvals(codepipeline: Stubber) -> None:
    """A pipeline with approvals of one name in two stages, and another that nobody came to."""
    states: list[dict[str, Any]] = [
        {"stageName": "Source"},
        {"stageName": "Test", "actionStates": [{"actionName": "Approval", "latestExecution": {"token": "other"}}]},
        {
            "stageName": "Production",
            "actionStates": [
                {"actionName": "Before", "latestExecution": {"token": "another"}},
                {"actionName": "Approval", "latestExecution": {"token": "the-token"}},
                {"actionName": "After"},
                {"actionName": "Done", "latestExecution": {"status": "Succeeded"}},
            ],
        },
    ]
    codepipeline.add_response("get_pipeline_state", {"stageStates": states}, {"name": "shop"})


@pytest.mark.parametrize(
    ("stage", "action", "token"),
    [
        ("Production", "Approval", "the-token"),
        ("Test", "Approval", "other"),
        ("Production", "After", ""),
        ("Production", "Done", ""),
        ("Production", "Nowhere", ""),
    ],
)
def test_an_approval_is_answered_by_its_own_token(
    clients: Clients, codepipeline: Stubber, stage: str, action: str, token: str
) -> None:
    answer_approvals(codepipeline)

    assert pipeline.approval_token(clients, "shop", stage, action) == token
