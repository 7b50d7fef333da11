"""What a service hands to a function or a queue is put to IAM: to the receiver's policy, or to the sender's role.

MiniStack lets S3, SNS, EventBridge and Step Functions invoke any function, and EventBridge fill any queue. On AWS a
function's policy lets S3, SNS and a rule in, a queue's policy a rule, and a schedule and a state machine act with a
role: https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html,
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html,
https://docs.aws.amazon.com/step-functions/latest/dg/lambda-iam.html. What is not delivered is told to the log of the
server, as CloudWatch would count it.
"""

import sys
from collections.abc import Callable, Iterable, Mapping
from contextvars import ContextVar
from typing import Any

from serverless_pipeline.local import seams
from serverless_pipeline.local.iam import decisions, role

S3, SNS, EVENTS = "s3.amazonaws.com", "sns.amazonaws.com", "events.amazonaws.com"
INVOKE = "lambda:InvokeFunction"
ACTIONS = {
    "lambda": INVOKE,
    "sqs": "sqs:SendMessage",
    "sns": "sns:Publish",
    "states": "states:StartExecution",
    "events": "events:PutEvents",
}
"""What EventBridge does to a target, by the service that the target belongs to."""

_SERVICE = 2
_ROLE: ContextVar[str] = ContextVar("role", default="")
"""The role of the state machine whose task is being done."""


def install() -> None:
    """Ask IAM before each delivery."""
    seams.DELIVER_S3_EVENT_TO_LAMBDA.wrap(from_bucket)
    seams.VALIDATE_NOTIFICATIONS.wrap(validating)
    seams.DELIVER_SNS_TO_LAMBDA.wrap(from_topic)
    seams.INVOKE_TARGET.wrap(from_rule)
    seams.EXECUTE_TASK.wrap(as_state_machine)
    seams.CALL_LAMBDA_FROM_TASK.wrap(from_task)


def from_bucket(deliver: Callable[..., None]) -> Callable[..., None]:
    """An event of a bucket, to a function that lets S3 in for it."""

    def deliver_allowed(arn: str, event: Mapping[str, Any], *others: Any) -> None:  # noqa: ANN401 - as MiniStack's
        source: str = event["Records"][0]["s3"]["bucket"]["arn"]
        if function_lets_in(arn, S3, source):
            deliver(arn, event, *others)
        else:
            _tell(source, arn)

    return deliver_allowed


def validating(validate: Callable[..., Any]) -> Callable[..., Any]:
    """PutBucketNotificationConfiguration: functions that do not let S3 in cannot be validated."""

    def validate_all(
        configs: Iterable[Mapping[str, Any]],
        region: str,
        bucket_name: str = "",
        skip_destination_validation: bool = False,  # noqa: FBT001, FBT002 - as MiniStack's
    ) -> Any:  # noqa: ANN401 - the same
        refusal = validate(configs, region, bucket_name, skip_destination_validation)
        if refusal or skip_destination_validation:
            return refusal
        functions = [config["arn"] for config in configs if config["type"] == "lambda"]
        source = f"arn:aws:s3:::{bucket_name}"
        if shut := [arn for arn in functions if not function_lets_in(arn, S3, source)]:
            listed = ", ".join(shut)
            return seams.INVALID_NOTIFICATIONS(f"Unable to validate the following destination configurations: {listed}")
        return None

    return validate_all


def from_topic(deliver: Callable[..., None]) -> Callable[..., None]:
    """A message of a topic, to a function that lets SNS in for it."""

    def deliver_allowed(endpoint: str, envelope: str, topic_arn: str, *others: Any) -> None:  # noqa: ANN401 - as MiniStack's
        if function_lets_in(endpoint, SNS, topic_arn):
            deliver(endpoint, envelope, topic_arn, *others)
        else:
            _tell(topic_arn, endpoint)

    return deliver_allowed


def from_rule(invoke: Callable[..., None]) -> Callable[..., None]:
    """An event of a rule or a schedule, with the role of its target or as the target's policy lets it in."""

    def invoke_allowed(target: Mapping[str, Any], event: Any, rule: Mapping[str, Any], *others: Any) -> None:  # noqa: ANN401 - as MiniStack's
        if _is_reached(target, rule.get("Arn", "")):
            invoke(target, event, rule, *others)
        else:
            _tell(rule.get("Arn", ""), target["Arn"])

    return invoke_allowed


def as_state_machine(execute: Callable[..., Any]) -> Callable[..., Any]:
    """A task, as the role of its state machine."""

    def execute_as_role(state: Any, data: Any, execution: Mapping[str, Any] | None, *others: Any) -> Any:  # noqa: ANN401 - as MiniStack's
        machine = seams.STATE_MACHINES.value.get((execution or {}).get("stateMachineArn", "")) or {}
        token = _ROLE.set(machine.get("roleArn", ""))
        try:
            return execute(state, data, execution, *others)
        finally:
            _ROLE.reset(token)

    return execute_as_role


def from_task(call: Callable[[str, Any], Any]) -> Callable[[str, Any], Any]:
    """A function that the role of the state machine may invoke."""

    def call_allowed(function: str, event: Any) -> Any:  # noqa: ANN401 - any JSON
        machine_role = _ROLE.get()
        _, config, _ = seams.GET_FUNC_RECORD_FOR_REF(function)
        if config and machine_role and not decisions.may(machine_role, INVOKE, config["FunctionArn"]):
            session = role.session_arn(machine_role, "StepFunctions")
            raise seams.TASK_FAILED(
                "Lambda.AWSLambdaException",
                f"User: {session} is not authorized to perform: {INVOKE} on resource: {config['FunctionArn']} because "
                f"no identity-based policy allows the {INVOKE} action (Service: Lambda, Status Code: 403)",
            )
        return call(function, event)

    return call_allowed


def function_lets_in(arn: str, service: str, source_arn: str) -> bool:
    """Whether the policy of a function, or of its version or alias, lets a service invoke it; true if it is gone."""
    found = seams.FUNCTION_POLICY_FOR_ARN(arn)
    return found is None or decisions.lets_in(found[0], service, INVOKE, arn, source_arn)


def _is_reached(target: Mapping[str, Any], rule_arn: str) -> bool:
    """Whether a rule or a schedule may do to its target what it does; other kinds of targets are not looked at."""
    arn = str(target.get("Arn", ""))
    service = arn.split(":")[_SERVICE] if arn.startswith("arn:") else ""
    if service not in ACTIONS:
        return True
    if target.get("RoleArn"):
        return decisions.may(target["RoleArn"], ACTIONS[service], arn)
    match service:
        case "lambda":
            return function_lets_in(arn, EVENTS, rule_arn)
        case "sqs":
            return bool(seams.QUEUE_POLICY_ALLOWS(arn, EVENTS, rule_arn, role.account(rule_arn)))
        case "sns":
            return bool(seams.TOPIC_POLICY_ALLOWS(arn, EVENTS, rule_arn, role.account(rule_arn)))
        case _:
            return True


def _tell(source: str, receiver: str) -> None:
    sys.stderr.write(f"{source} may not reach {receiver}, which got nothing\n")
