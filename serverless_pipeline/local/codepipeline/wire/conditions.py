"""What CodePipeline refuses in the conditions of stages.

https://docs.aws.amazon.com/codepipeline/latest/userguide/stage-conditions.html
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from serverless_pipeline.local.codepipeline import providers
from serverless_pipeline.local.codepipeline.model.conditions import ConditionType, Consequence
from serverless_pipeline.local.codepipeline.model.declaration import PARALLEL
from serverless_pipeline.local.codepipeline.model.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from serverless_pipeline.local.codepipeline.model.conditions import Condition
    from serverless_pipeline.local.codepipeline.model.declaration import Action, Pipeline, Stage

_MEMBERS = ("beforeEntry", "onSuccess", "onFailure")
_RESULTS = {
    ConditionType.BEFORE_ENTRY: (Consequence.FAIL, Consequence.SKIP),
    ConditionType.ON_SUCCESS: (Consequence.FAIL, Consequence.ROLLBACK),
    ConditionType.ON_FAILURE: (Consequence.ROLLBACK,),
}
_FOR_SKIPPING = ("LambdaInvoke", "VariableCheck")


def refusals(pipeline: Pipeline) -> Iterator[Refusal]:
    """What is wrong with the conditions of a pipeline."""
    for stage, document in zip(pipeline.stages, pipeline.document["stages"], strict=True):
        if pipeline.document["pipelineType"] == "V1" and any(member in document for member in _MEMBERS):
            yield _stage("Stage level conditions can only be used with V2 pipelines.")
        yield from _of_failure(pipeline, stage, document)
        for kind, condition in stage.conditions.items():
            yield from _of_condition(stage, kind, condition)


def _of_failure(pipeline: Pipeline, stage: Stage, document: Mapping[str, Any]) -> Iterator[Refusal]:
    """The gate at the end of a stage that fails: a result, or a condition with one."""
    conditions = stage.conditions.get(ConditionType.ON_FAILURE)
    if stage.on_failure and conditions:
        yield _stage(
            "The following stage cannot have a failure exit gate configured with both top level result and"
            f" conditions: '{stage.name}'"
        )
    if stage.on_failure not in (None, Consequence.ROLLBACK, Consequence.RETRY):
        yield _stage(f"The result of onFailure in stage '{stage.name}' must be ROLLBACK or RETRY")
    if "retryConfiguration" in (document.get("onFailure") or {}) and stage.on_failure is not Consequence.RETRY:
        yield _stage(f"A retryConfiguration in stage '{stage.name}' needs the result RETRY")
    results = [stage.on_failure, *(condition.result for condition in stage.conditions.values())]
    if pipeline.mode == PARALLEL and Consequence.ROLLBACK in results:
        yield _stage("Failure conditions with rollback result type cannot be added to a PARALLEL pipeline.")


def _of_condition(stage: Stage, kind: ConditionType, condition: Condition) -> Iterator[Refusal]:
    where = f"{kind} condition of stage '{stage.name}'"
    if condition.result not in _RESULTS[kind]:
        yield _stage(f"The result of the {where} must be {' or '.join(_RESULTS[kind])}, not {condition.result}")
    if not condition.rules:
        yield _stage(f"The {where} has no rules")
    for name, count in Counter(rule.name for rule in condition.rules).items():
        if count > 1:
            yield _stage(f"Rule name '{name}' is used more than once in the {where}")
    for rule in condition.rules:
        if condition.result is Consequence.SKIP and rule.type.provider not in _FOR_SKIPPING:
            yield _stage(f"The {where} has the result SKIP, for which a rule must be of {' or '.join(_FOR_SKIPPING)}")
        yield from _of_rule(rule, where)


def _of_rule(rule: Action, where: str) -> Iterator[Refusal]:
    provider = providers.find(rule.type)
    if provider is None:
        yield _stage(
            f"The embedded AWS has no rule {rule.type.provider} (rule '{rule.name}' in the {where}); it has"
            f" {', '.join(providers.RULES)}"
        )
        return
    if len(rule.inputs) > provider.inputs[1]:
        yield _stage(f"Rule '{rule.name}' in the {where} takes {provider.inputs[1]} input artifacts at most")
    for key in provider.required:
        if not rule.configuration.get(key):
            yield _stage(f"Rule configuration for rule '{rule.name}' is missing required configuration '{key}'")
    for key in rule.configuration.keys() - {*provider.required, *provider.optional}:
        yield _stage(f"Rule configuration for rule '{rule.name}' contains unknown configuration '{key}'")


def _stage(message: str) -> Refusal:
    return Refusal("InvalidStageDeclarationException", message)
