"""A rule of EventBridge, or a schedule of EventBridge Scheduler, starts the pipeline that it has as a target.

It does so with the role of the target, which has to let the service in and may `codepipeline:StartPipelineExecution`:
https://docs.aws.amazon.com/codepipeline/latest/userguide/triggering.html. What the target has as its input may name
variables and source revisions, as a request to start the pipeline does. What is not started is told to the log of the
server, as CloudWatch would count it.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from serverless_pipeline.local import seams
from serverless_pipeline.local.codepipeline.model.execution import Trigger
from serverless_pipeline.local.codepipeline.model.refusal import Refusal
from serverless_pipeline.local.codepipeline.model.scope import Scope
from serverless_pipeline.local.codepipeline.wire import shapes
from serverless_pipeline.local.codepipeline.wire.operations import executions
from serverless_pipeline.local.iam import decisions, role, trust

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from serverless_pipeline.local.codepipeline.engine.engine import Engine

START = "codepipeline:StartPipelineExecution"
UNIVERSAL = "arn:aws:scheduler:::aws-sdk:codepipeline:startPipelineExecution"
"""The target of a schedule that calls the operation, with its request as the input."""
EVENTS, SCHEDULER = "events.amazonaws.com", "scheduler.amazonaws.com"
_PARTS = 6
_SERVICE, _REGION, _ACCOUNT, _NAME = 2, 3, 4, 5
_OVERRIDES = ("variables", "sourceRevisions")


def attach(engine: Engine) -> None:
    """Let targets be what they say they are."""
    seams.INVOKE_TARGET.wrap(lambda others: starting(engine, others))
    seams.VALIDATE_TARGET_ARN.wrap(validating)


def validating(others: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """PutTargets: a pipeline is started with a role."""

    def validate(target: Mapping[str, Any]) -> Any:  # noqa: ANN401 - MiniStack's refusal
        if _is_pipeline(target) and not target.get("RoleArn"):
            words = f"RoleArn is required for target {target['Arn']}."
            return seams.ERROR_RESPONSE_JSON("ValidationException", words, 400)
        return others(target)

    return validate


def starting(engine: Engine, others: Callable[..., None]) -> Callable[..., None]:
    """An event for a target, which may be a pipeline."""

    def invoke(target: Mapping[str, Any], event: Any, rule: Mapping[str, Any], view: Any = None) -> None:  # noqa: ANN401 - as MiniStack's
        if not _is_pipeline(target) and target.get("Arn") != UNIVERSAL:
            others(target, event, rule, view)
            return
        try:
            start(engine, target, _input(target, event, rule, view), rule.get("Arn", ""))
        except Refusal as refusal:
            sys.stderr.write(f"{rule.get('Arn')} started nothing: {refusal.message} ({target['Arn']})\n")

    return invoke


def start(engine: Engine, target: Mapping[str, Any], input_: Mapping[str, Any], rule_arn: str) -> None:
    """Start the pipeline, as the role of the target.

    Raises:
        Refusal: the role may not, there is no such pipeline here, or the input is none for it.
    """
    scope = Scope(seams.GET_ACCOUNT_ID(), seams.GET_REGION())
    name = _name(target, input_, scope)
    _authorize(target.get("RoleArn", ""), rule_arn, scope.arn(name))
    request = {"name": name} | {key: input_[key] for key in _OVERRIDES if key in input_}
    if isinstance(request.get("sourceRevisions"), dict):
        request["sourceRevisions"] = [request["sourceRevisions"]]
    executions.release(
        engine, scope, shapes.check("StartPipelineExecution", request), _trigger(target.get("RoleArn", ""), rule_arn)
    )


def _is_pipeline(target: Mapping[str, Any]) -> bool:
    parts = str(target.get("Arn", "")).split(":")
    return len(parts) == _PARTS and parts[_SERVICE] == "codepipeline"


def _name(target: Mapping[str, Any], input_: Mapping[str, Any], scope: Scope) -> str:
    """The pipeline; a target reaches none of another account or region."""
    if target["Arn"] == UNIVERSAL:
        return str(input_.get("Name", ""))
    parts = target["Arn"].split(":")
    if Scope(parts[_ACCOUNT], parts[_REGION]) != scope:
        raise Refusal("InvalidArnException", f"the rule is in {scope.region} of the account {scope.account}")
    return str(parts[_NAME])


def _authorize(role_arn: str, rule_arn: str, pipeline_arn: str) -> None:
    """Ask IAM whether the service may act as the role, and the role may start the pipeline."""
    service = SCHEDULER if _is_schedule(rule_arn) else EVENTS
    if not role_arn:
        raise Refusal("AccessDeniedException", "the target has no role; give it one that may start the pipeline")
    if not trust.lets_in(role_arn, service, rule_arn):
        raise Refusal("AccessDeniedException", f"the role {role_arn} does not let {service} in")
    if not decisions.may(role_arn, START, pipeline_arn):
        raise Refusal("AccessDeniedException", f"the role {role_arn} lacks {START}")


def _trigger(role_arn: str, rule_arn: str) -> Trigger:
    """A rule is told by its ARN; a schedule calls the operation as its role."""
    if _is_schedule(rule_arn):
        return Trigger(executions.STARTED, role.session_arn(role_arn, rule_arn.rpartition("/")[2]))
    return Trigger("CloudWatchEvent", rule_arn)


def _is_schedule(rule_arn: str) -> bool:
    return rule_arn.startswith("arn:aws:scheduler:")


def _input(target: Mapping[str, Any], event: Any, rule: Mapping[str, Any], view: Any) -> dict[str, Any]:  # noqa: ANN401 - as MiniStack's
    """What the target is given; an event as it is names nothing for a pipeline.

    Raises:
        Refusal: it is not a JSON object.
    """
    transformer, text = target.get("InputTransformer"), target.get("Input")
    if transformer:
        text = seams.APPLY_INPUT_TRANSFORMER(transformer, rule, view or seams.PATTERN_EVENT_VIEW(event))
    try:
        document = json.loads(text) if text else {}
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise Refusal("ValidationException", f"the input of the target is not a JSON object: {text}")
    return document
