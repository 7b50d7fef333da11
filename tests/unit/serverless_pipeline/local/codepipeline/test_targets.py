"""A rule or a schedule starts the pipeline that is its target, with the role of the target."""

from __future__ import annotations

import json
from typing import Any

import pytest

from serverless_pipeline.local import seams
from serverless_pipeline.local.codepipeline import targets
from serverless_pipeline.local.iam import decisions, trust
from tests.support.engine import ACCOUNT, ARN, REGION, InMemory, action, declaration

ROLE = f"arn:aws:iam::{ACCOUNT}:role/starter"
RULE = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/nightly"
SCHEDULE = f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/default/nightly"
TARGET = {"Id": "1", "Arn": ARN, "RoleArn": ROLE}


class World:
    """What IAM was asked, and what other targets got; IAM allows while it is told so."""

    def __init__(self, in_memory: InMemory) -> None:
        self.in_memory = in_memory
        self.record = in_memory.record(
            declaration(
                ("Source", [action("Source", "Source", "S3")]),
                ("Commit", [action("Build")]),
                variables=[{"name": "Who", "defaultValue": "nobody"}],
            )
        )
        self.others: list[Any] = []
        self.asked: list[Any] = []
        self.trusts = self.allows = True

    def lets_in(self, *question: str) -> bool:
        self.asked.append(question)
        return self.trusts

    def may(self, *question: str) -> bool:
        self.asked.append(question)
        return self.allows

    def invoke(self, target: dict[str, Any], rule: str = RULE) -> None:
        seams.INVOKE_TARGET(target, {"the": "event"}, {"Arn": rule}, None)

    def triggers(self) -> list[tuple[str, str]]:
        return [(one.trigger.type, one.trigger.detail) for one in self.record.executions.values()]


@pytest.fixture
def world(in_memory: InMemory, empty_ministack: None, monkeypatch: pytest.MonkeyPatch) -> World:
    assert empty_ministack is None
    world = World(in_memory)
    seams.INVOKE_TARGET.replace(lambda *arguments: world.others.append(arguments))
    seams.VALIDATE_TARGET_ARN.replace(lambda _target: "validated")
    seams.ERROR_RESPONSE_JSON.replace(lambda *arguments: arguments)
    seams.GET_ACCOUNT_ID.replace(lambda: ACCOUNT)
    seams.GET_REGION.replace(lambda: REGION)
    seams.PATTERN_EVENT_VIEW.replace(lambda event: f"a view of {event}")
    seams.APPLY_INPUT_TRANSFORMER.replace(
        lambda transformer, rule, view: json.dumps(
            {"variables": [{"name": "Who", "value": f"{transformer} {rule} {view}"}]}
        )
    )
    monkeypatch.setattr(trust, "lets_in", world.lets_in)
    monkeypatch.setattr(decisions, "may", world.may)
    targets.attach(in_memory.engine)
    return world


def test_a_rule_starts_its_pipeline_with_the_role_of_its_target(world: World) -> None:
    world.invoke(TARGET)

    assert world.triggers() == [("CloudWatchEvent", RULE)]
    assert world.asked == [
        (ROLE, "events.amazonaws.com", RULE),
        (ROLE, "codepipeline:StartPipelineExecution", ARN),
    ]
    assert world.others == []


def test_a_schedule_calls_the_operation_as_its_role(world: World) -> None:
    world.invoke(TARGET, SCHEDULE)

    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/starter/nightly"
    assert world.triggers() == [("StartPipelineExecution", session)]
    assert world.asked[0] == (ROLE, "scheduler.amazonaws.com", SCHEDULE)


def test_a_schedule_may_name_the_operation_itself(world: World) -> None:
    world.invoke({"Arn": targets.UNIVERSAL, "RoleArn": ROLE, "Input": '{"Name": "p"}'}, SCHEDULE)

    assert len(world.triggers()) == 1


def test_other_targets_are_reached_as_before(world: World) -> None:
    target = {"Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:queue"}

    world.invoke(target)

    assert world.others == [(target, {"the": "event"}, {"Arn": RULE}, None)]
    assert world.triggers() == []


@pytest.mark.parametrize("revisions", [list, lambda items: items[0]], ids=["a list", "one by itself"])
def test_an_input_names_variables_and_source_revisions(world: World, revisions: Any) -> None:
    revision = {"actionName": "Source", "revisionType": "S3_OBJECT_VERSION_ID", "revisionValue": "v7"}
    input_ = {"variables": [{"name": "Who", "value": "Ada"}], "sourceRevisions": revisions([revision]), "more": 1}

    world.invoke({**TARGET, "Input": json.dumps(input_)})

    (execution,) = world.record.executions.values()
    assert execution.variables == {"Who": "Ada"}
    assert execution.overrides == {"Source": {"S3_OBJECT_VERSION_ID": "v7"}}


def test_an_input_is_made_of_the_event(world: World) -> None:
    world.invoke({**TARGET, "InputTransformer": "transformer"})

    (execution,) = world.record.executions.values()
    assert execution.variables == {"Who": f"transformer {{'Arn': '{RULE}'}} a view of {{'the': 'event'}}"}


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ({"RoleArn": ""}, "the target has no role; give it one that may start the pipeline"),
        ({"Input": "[]"}, "the input of the target is not a JSON object: []"),
        ({"Input": "x"}, "the input of the target is not a JSON object: x"),
        ({"Input": '{"variables": []}'}, "1 validation error detected: Value at 'variables' failed"),
        ({"Arn": ARN.replace(REGION, "us-east-1")}, f"the rule is in {REGION} of the account {ACCOUNT}"),
        ({"Arn": f"{ARN}x"}, f"The account with id '{ACCOUNT}' does not include a pipeline with the name 'px'"),
    ],
)
def test_what_cannot_start_is_told_to_the_log(
    world: World, target: dict[str, str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    world.invoke(TARGET | target)

    assert world.triggers() == []
    assert f"{RULE} started nothing: {said}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("trusts", f"the role {ROLE} does not let events.amazonaws.com in"),
        ("allows", f"the role {ROLE} lacks codepipeline:StartPipelineExecution"),
    ],
)
def test_a_role_that_may_not_starts_nothing(
    world: World, what: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    setattr(world, what, False)

    world.invoke(TARGET)

    assert world.triggers() == []
    assert capsys.readouterr().err == f"{RULE} started nothing: {said} ({ARN})\n"


@pytest.mark.usefixtures("world")
def test_a_pipeline_is_no_target_without_a_role() -> None:
    words = f"RoleArn is required for target {ARN}."

    assert seams.VALIDATE_TARGET_ARN({"Arn": ARN}) == ("ValidationException", words, 400)
    assert seams.VALIDATE_TARGET_ARN(TARGET) == "validated"
    assert seams.VALIDATE_TARGET_ARN({"Arn": RULE}) == "validated"
