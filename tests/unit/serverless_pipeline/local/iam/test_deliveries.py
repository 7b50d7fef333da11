from __future__ import annotations

from typing import Any

import pytest

from serverless_pipeline.local import seams
from serverless_pipeline.local.iam import decisions, deliveries

PLACE = "eu-west-1:123456789012"
FUNCTION = f"arn:aws:lambda:{PLACE}:function:shop"
GONE = f"arn:aws:lambda:{PLACE}:function:gone"
QUEUE, TOPIC = f"arn:aws:sqs:{PLACE}:queue", f"arn:aws:sns:{PLACE}:topic"
MACHINE = f"arn:aws:states:{PLACE}:stateMachine:machine"
RULE = f"arn:aws:events:{PLACE}:rule/rule"
ROLE = "arn:aws:iam::123456789012:role/machine"
EVENT = {"Records": [{"s3": {"bucket": {"arn": "arn:aws:s3:::bucket"}}}]}


class Failed(Exception):
    """How a task of MiniStack's fails."""


class World:
    """What was delivered, and what IAM was asked; it allows while `allows` says so."""

    def __init__(self) -> None:
        self.delivered: list[Any] = []
        self.questions: list[Any] = []
        self.allows = True

    def deliver(self, *arguments: Any) -> None:
        self.delivered.append(arguments)

    def asked(self, *question: Any) -> bool:
        self.questions.append(question)
        return self.allows


@pytest.fixture
def world(empty_ministack: None, monkeypatch: pytest.MonkeyPatch) -> World:
    del empty_ministack
    world = World()
    for seam in (
        seams.DELIVER_S3_EVENT_TO_LAMBDA,
        seams.DELIVER_SNS_TO_LAMBDA,
        seams.INVOKE_TARGET,
        seams.VALIDATE_NOTIFICATIONS,
        seams.CALL_LAMBDA_FROM_TASK,
    ):
        seam.replace(world.deliver)
    seams.EXECUTE_TASK.replace(lambda function, event, *_: seams.CALL_LAMBDA_FROM_TASK(function, event))
    seams.STATE_MACHINES.replace({MACHINE: {"roleArn": ROLE}})
    seams.TASK_FAILED.replace(Failed)
    seams.INVALID_NOTIFICATIONS.replace(lambda message: ("refused", message))
    seams.QUEUE_POLICY_ALLOWS.replace(world.asked)
    seams.TOPIC_POLICY_ALLOWS.replace(world.asked)
    seams.FUNCTION_POLICY_FOR_ARN.replace(lambda arn: None if arn == GONE else ("policy", "account"))
    seams.GET_FUNC_RECORD_FOR_REF.replace(lambda arn: (None, None if arn == GONE else {"FunctionArn": arn}, ""))
    monkeypatch.setattr(decisions, "lets_in", world.asked)
    monkeypatch.setattr(decisions, "may", world.asked)
    deliveries.install()
    return world


def event_of_bucket(function: str = FUNCTION) -> None:
    seams.DELIVER_S3_EVENT_TO_LAMBDA(function, EVENT, "eu-west-1")


def message_of_topic() -> None:
    seams.DELIVER_SNS_TO_LAMBDA(FUNCTION, "{}", TOPIC, "subscription", "id")


def event_of_rule(target: str = FUNCTION, **more: str) -> None:
    seams.INVOKE_TARGET({"Arn": target, **more}, {}, {"Arn": RULE}, None)


def allowed_by_policy(service: str, source: str) -> tuple[str, ...]:
    return ("policy", service, "lambda:InvokeFunction", FUNCTION, source)


@pytest.mark.parametrize(
    ("deliver", "question"),
    [
        (event_of_bucket, allowed_by_policy("s3.amazonaws.com", "arn:aws:s3:::bucket")),
        (message_of_topic, allowed_by_policy("sns.amazonaws.com", TOPIC)),
        (event_of_rule, allowed_by_policy("events.amazonaws.com", RULE)),
        (lambda: event_of_rule(QUEUE), (QUEUE, "events.amazonaws.com", RULE, "123456789012")),
        (lambda: event_of_rule(TOPIC), (TOPIC, "events.amazonaws.com", RULE, "123456789012")),
        (lambda: event_of_rule(MACHINE, RoleArn=ROLE), (ROLE, "states:StartExecution", MACHINE)),
        (lambda: event_of_rule(FUNCTION, RoleArn=ROLE), (ROLE, "lambda:InvokeFunction", FUNCTION)),
        (lambda: event_of_rule(QUEUE, RoleArn=ROLE), (ROLE, "sqs:SendMessage", QUEUE)),
    ],
)
def test_what_is_let_in_is_delivered_and_what_is_not_is_told(
    world: World, capsys: pytest.CaptureFixture[str], deliver: Any, question: Any
) -> None:
    deliver()
    world.allows = False
    deliver()

    assert world.questions == [question] * 2
    assert len(world.delivered) == 1
    assert capsys.readouterr().err.endswith(", which got nothing\n")


def test_what_is_delivered_is_what_was_sent(world: World) -> None:
    event_of_bucket()
    message_of_topic()
    event_of_rule()

    assert world.delivered == [
        (FUNCTION, EVENT, "eu-west-1"),
        (FUNCTION, "{}", TOPIC, "subscription", "id"),
        ({"Arn": FUNCTION}, {}, {"Arn": RULE}, None),
    ]


@pytest.mark.parametrize("target", [f"arn:aws:firehose:{PLACE}:deliverystream/x", MACHINE, "odd", ""])
def test_other_targets_are_ministacks_to_reach(world: World, target: str) -> None:
    event_of_rule(target)

    assert (len(world.delivered), world.questions) == (1, [])


def test_that_a_function_is_gone_is_ministacks_to_find_out(world: World) -> None:
    world.allows = False

    event_of_bucket(GONE)
    seams.EXECUTE_TASK(GONE, "event", {"stateMachineArn": MACHINE}, {})

    assert (len(world.delivered), world.questions) == (2, [])


def test_notifications_to_functions_that_do_not_let_s3_in_are_refused(world: World) -> None:
    configs = [{"type": "lambda", "arn": FUNCTION}, {"type": "sqs", "arn": QUEUE}]
    allowed = seams.VALIDATE_NOTIFICATIONS(configs, "eu-west-1", "bucket")
    world.allows = False

    refused = seams.VALIDATE_NOTIFICATIONS(configs, "eu-west-1", "bucket")

    assert allowed is None
    assert refused == ("refused", f"Unable to validate the following destination configurations: {FUNCTION}")
    assert world.questions == [allowed_by_policy("s3.amazonaws.com", "arn:aws:s3:::bucket")] * 2
    assert world.delivered == [(configs, "eu-west-1", "bucket", False)] * 2


def test_notifications_that_are_not_to_be_validated_are_not(world: World) -> None:
    seams.VALIDATE_NOTIFICATIONS([{"type": "lambda", "arn": FUNCTION}], "eu-west-1", "bucket", True)  # noqa: FBT003

    assert world.questions == []


def test_what_ministack_refuses_is_refused(world: World) -> None:
    refuse = deliveries.validating(lambda *_: "refused")

    assert refuse([{"type": "lambda", "arn": FUNCTION}], "eu-west-1", "bucket") == "refused"
    assert world.questions == []


def test_a_task_invokes_what_the_role_of_its_state_machine_may(world: World) -> None:
    seams.EXECUTE_TASK(FUNCTION, "event", {"stateMachineArn": MACHINE}, {})
    world.allows = False

    with pytest.raises(Failed) as caught:
        seams.EXECUTE_TASK(FUNCTION, "event", {"stateMachineArn": MACHINE}, {})

    assert world.delivered == [(FUNCTION, "event")]
    assert world.questions == [(ROLE, "lambda:InvokeFunction", FUNCTION)] * 2
    assert caught.value.args[0] == "Lambda.AWSLambdaException"
    assert caught.value.args[1].startswith(
        "User: arn:aws:sts::123456789012:assumed-role/machine/StepFunctions is not authorized to perform: "
        f"lambda:InvokeFunction on resource: {FUNCTION} because no identity-based policy allows"
    )


@pytest.mark.parametrize("execution", [None, {}, {"stateMachineArn": "gone"}])
def test_a_task_of_no_state_machine_that_is_there_is_ministacks(world: World, execution: Any) -> None:
    seams.EXECUTE_TASK(FUNCTION, "event", execution, {})

    assert (len(world.delivered), world.questions) == (1, [])
