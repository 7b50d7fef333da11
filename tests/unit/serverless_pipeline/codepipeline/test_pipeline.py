from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.stub import Stubber

from serverless_pipeline import aws
from serverless_pipeline.aws import Clients, Endpoint
from serverless_pipeline.codepipeline import pipeline
from serverless_pipeline.codepipeline.execution import ActionState, Declaration, StageState
from serverless_pipeline.errors import Error
from serverless_pipeline.patience import Patience
from serverless_pipeline.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

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


@pytest.fixture
def clients() -> Clients:
    return aws.connect(Settings(), Endpoint("http://127.0.0.1:1", "AKIAEXAMPLE", "secret"))


@pytest.fixture
def stub(clients: Clients) -> Iterator[Stubber]:
    with Stubber(clients.codepipeline) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def ran(stage: str, name: str, status: str, *, at: int, **result: Any) -> dict[str, Any]:
    return {
        "pipelineExecutionId": ID,
        "stageName": stage,
        "actionName": name,
        "status": status,
        "startTime": START + timedelta(seconds=at),
        "lastUpdateTime": START + timedelta(seconds=at + 1),
        "output": {"executionResult": result},
    }


def looked_at(
    stub: Stubber, status: str, *details: dict[str, Any], shown: dict[str, tuple[str, str]] | None = None
) -> None:
    """Three answers of CodePipeline: the execution, its actions, and what each stage shows now."""
    revision = {"name": "SourceOutput", "revisionId": "abc", "revisionSummary": "commit abc"}
    described = {"pipelineExecutionId": ID, "status": status, "artifactRevisions": [revision]}
    described["trigger"] = {"triggerType": "StartPipelineExecution"}
    stub.add_response("get_pipeline_execution", {"pipelineExecution": described})
    stub.add_response(
        "list_action_executions",
        {"actionExecutionDetails": list(details)},
        {"pipelineName": "shop", "filter": {"pipelineExecutionId": ID}},
    )
    states = [
        {"stageName": stage, "latestExecution": {"pipelineExecutionId": latest, "status": now}}
        for stage, (latest, now) in (shown or {}).items()
    ]
    stub.add_response("get_pipeline_state", {"stageStates": states})


def test_a_look_shows_what_ran_and_what_is_declared(clients: Clients, stub: Stubber) -> None:
    looked_at(
        stub,
        "InProgress",
        ran("Source", "Source", "Succeeded", at=0, externalExecutionSummary="commit abc"),
        ran("Commit", "Dependencies", "InProgress", at=1),
        shown={"Source": (ID, "Succeeded"), "Commit": (ID, "InProgress")},
    )

    found = pipeline.read(clients, SHOP, ID)

    assert (found.id, found.status, found.trigger) == (ID, "InProgress", "StartPipelineExecution")
    assert (found.revision, found.summary) == ("abc", "commit abc")
    assert [(stage.name, stage.status) for stage in found.stages] == [
        ("Source", "Succeeded"),
        ("Commit", "InProgress"),
        ("Production", None),
    ]
    assert found.action("Source", "Source").summary == "commit abc"
    assert found.action("Source", "Source").ended == START + timedelta(seconds=1)
    assert found.action("Commit", "Dependencies") == ActionState(
        "Dependencies", "InProgress", started=START + timedelta(seconds=1), function="shop-install"
    )
    assert found.action("Commit", "Package") == ActionState("Package")


def test_a_failed_action_has_the_words_of_its_error(clients: Clients, stub: Stubber) -> None:
    error = {"code": "JobFailed", "message": "the task lint failed"}
    looked_at(stub, "Failed", ran("Source", "Source", "Failed", at=0, errorDetails=error))

    assert pipeline.read(clients, SHOP, ID).action("Source", "Source").error == "the task lint failed"


def test_of_several_attempts_the_newest_is_shown(clients: Clients, stub: Stubber) -> None:
    attempts = [ran("Source", "Source", "Succeeded", at=9), ran("Source", "Source", "Failed", at=0)]
    looked_at(stub, "InProgress", *attempts)

    assert pipeline.read(clients, SHOP, ID).action("Source", "Source").status == "Succeeded"


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        (("Succeeded", "Succeeded"), "Succeeded"),
        (("Succeeded", "Failed"), "Failed"),
        (("Succeeded", "InProgress"), "InProgress"),
        (("Succeeded",), "Stopped"),
        ((), None),
    ],
)
def test_a_stage_that_shows_a_newer_execution_is_told_from_the_actions_of_this_one(
    clients: Clients, stub: Stubber, statuses: tuple[str, ...], expected: str | None
) -> None:
    names = ("Dependencies", "Package")
    details = [ran("Commit", name, status, at=0) for name, status in zip(names, statuses, strict=False)]
    looked_at(stub, "InProgress", *details, shown={"Commit": (NEWER, "Cancelled")})

    found = pipeline.read(clients, SHOP, ID)

    assert found.stages[1].status == expected


def test_following_ends_with_the_execution(clients: Clients, stub: Stubber) -> None:
    stub.add_client_error("get_pipeline_execution", "PipelineExecutionNotFoundException")
    looked_at(stub, "InProgress")
    looked_at(stub, "Succeeded", ran("Source", "Source", "Succeeded", at=0))

    looks = list(pipeline.follow(clients, SHOP, ID, Patience(sleep=lambda _: None)))

    assert [look.status for look in looks] == ["InProgress", "Succeeded"]


def test_following_ends_at_an_approval(clients: Clients, stub: Stubber) -> None:
    looked_at(stub, "InProgress", ran("Production", "Approval", "InProgress", at=0))

    looks = list(pipeline.follow(clients, SHOP, ID, Patience(sleep=lambda _: None)))

    assert [look.approval is not None for look in looks] == [True]


def test_the_execution_that_runs_comes_before_a_newer_one_that_ended(clients: Clients, stub: Stubber) -> None:
    summaries = [
        {"pipelineExecutionId": NEWER, "status": "Cancelled"},
        {"pipelineExecutionId": ID, "status": "InProgress"},
    ]
    stub.add_response("list_pipeline_executions", {"pipelineExecutionSummaries": summaries})
    looked_at(stub, "InProgress")

    found = pipeline.latest(clients, SHOP, prefer_running=True)

    assert found is not None
    assert found.id == ID


def test_a_pipeline_that_never_ran_has_no_latest_execution(clients: Clients, stub: Stubber) -> None:
    stub.add_response("list_pipeline_executions", {"pipelineExecutionSummaries": []})

    assert pipeline.latest(clients, SHOP) is None


def test_a_pipeline_that_is_not_there_is_none(clients: Clients, stub: Stubber) -> None:
    stub.add_client_error("get_pipeline", "PipelineNotFoundException")

    assert pipeline.declaration(clients, "shop") is None


def test_a_pipeline_that_must_be_there_is_an_error_with_the_next_step(clients: Clients, stub: Stubber) -> None:
    clients.__dict__["account"] = "000000000000"
    stub.add_client_error("get_pipeline", "PipelineNotFoundException")

    with pytest.raises(
        Error, match=r"There is no pipeline shop in 000000000000, us-east-1\.\n  Next: invoke pipeline\.up"
    ):
        pipeline.demand(clients, "shop")


def test_an_approval_is_answered_by_its_token(clients: Clients, stub: Stubber) -> None:
    actions = [{"actionName": "Approval", "latestExecution": {"token": "the-token"}}]
    states = [{"stageName": "Source"}, {"stageName": "Production", "actionStates": actions}]
    stub.add_response("get_pipeline_state", {"stageStates": states})

    assert pipeline.approval_token(clients, "shop", "Production", "Approval") == "the-token"
