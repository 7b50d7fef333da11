"""What CodePipeline refuses in a declaration, in AWS's words; each rule yields its refusals, the first one counts.

The shapes (lengths, patterns, required members) are checked before, see `shapes`.
Texts are those that users report from AWS; where none is known, ours name the thing and what is allowed.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

from serverless_pipeline.local.codepipeline import providers
from serverless_pipeline.local.codepipeline.model import triggers, variables
from serverless_pipeline.local.codepipeline.model.refusal import Refusal
from serverless_pipeline.local.codepipeline.providers import absent, stubs
from serverless_pipeline.local.codepipeline.wire import boundary, conditions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from serverless_pipeline.local.codepipeline.model.declaration import Action, ActionType, Pipeline, Stage
    from serverless_pipeline.local.codepipeline.providers.work import Provider

    Find = Callable[[ActionType], Provider | None]
    Rule = Callable[[Pipeline], Iterator[Refusal]]

_FEWEST_STAGES = 2
_QUERYABLE = re.compile(r"[A-Za-z0-9_-]{1,20}")
_MOST_STAGES = 50
_MOST_ACTIONS = 50
_MOST_ACTIONS_OF_ALL = 500
_ARN_PARTS = 6


def check(pipeline: Pipeline, find: Find = providers.find) -> None:
    """Look for what AWS would refuse; `find` knows who performs the actions of a type.

    Raises:
        Refusal: the first thing there is.
    """
    for rule in _rules(find):
        for refusal in rule(pipeline):
            raise refusal


def _structure(message: str) -> Refusal:
    return Refusal("InvalidStructureException", message)


def _stage(message: str) -> Refusal:
    return Refusal("InvalidStageDeclarationException", message)


def _action(message: str) -> Refusal:
    return Refusal("InvalidActionDeclarationException", message)


def _counts(pipeline: Pipeline) -> Iterator[Refusal]:
    count = len(pipeline.stages)
    if count < _FEWEST_STAGES:
        yield _structure(
            f"Pipeline has only {count} stage(s). There should be a minimum of {_FEWEST_STAGES} stages in a pipeline"
        )
    if count > _MOST_STAGES:
        yield _structure(f"Pipeline has too many stages. There can only be up to {_MOST_STAGES} stages in a pipeline")
    for stage in pipeline.stages:
        if not 1 <= len(stage.actions) <= _MOST_ACTIONS:
            yield _stage(f"Stage '{stage.name}' has {len(stage.actions)} actions; there must be 1 to {_MOST_ACTIONS}")

    count = sum(len(stage.actions) for stage in pipeline.stages)
    if count > _MOST_ACTIONS_OF_ALL:
        yield _structure(
            f"Pipeline has too many actions ({count}). There can only be up to {_MOST_ACTIONS_OF_ALL} actions in a"
            " pipeline"
        )


def _types(pipeline: Pipeline) -> Iterator[Refusal]:
    document = pipeline.document
    if document["pipelineType"] == "V1":
        if document["executionMode"] != "SUPERSEDED":
            yield _structure("QUEUED or PARALLEL mode can only be used with V2 pipelines")
        if document.get("variables"):
            yield _structure("Pipeline variable can only be used with V2 pipelines")
        if document.get("triggers"):
            yield _structure("Triggers on tag can only be used with V2 pipelines")
        yield from _commands_of_v1(pipeline)
    connected = {one.name for one in pipeline.stages[0].actions if one.type.provider == "CodeStarSourceConnection"}
    if triggers.read(document).keys() - connected:
        yield _structure("Triggers for connections must reference a CodeStarSourceConnection action.")


def _commands_of_v1(pipeline: Pipeline) -> Iterator[Refusal]:
    for stage in pipeline.stages:
        if any(action.type.provider == "Commands" for action in stage.actions):
            yield _action("Commands Action can only be used with V2 pipelines.")


def _commands(pipeline: Pipeline) -> Iterator[Refusal]:
    """What belongs to a Commands action is there, and no other action has it."""
    for action in (action for stage in pipeline.stages for action in stage.actions):
        if action.type.provider == "Commands":
            if not action.commands:
                yield _action(f"Action {action.name} must have at least one command")
            for name in action.outputs:
                if not action.files.get(name):
                    yield _action(f"Output artifact {name} of action {action.name} must name its files")
        elif action.commands or action.environment or action.output_variables or action.files:
            yield _action(
                f"commands, environmentVariables, outputVariables and the files of output artifacts are for Commands"
                f" actions only, and action {action.name} is none"
            )


def _imitated(pipeline: Pipeline) -> Iterator[Refusal]:
    """What AWS has and this embedded AWS lacks: said at once, instead of running something else.

    AWS's own rules come before: what it would refuse is refused in its words.
    """
    for stage in pipeline.stages:
        for one in stage.actions:
            if (lacking := absent.find(one.type)) and not stubs.are_allowed():
                kind = f"{one.type.category}/{one.type.provider}"
                yield _action(
                    f"The embedded AWS does not imitate {kind} (action '{one.name}'); {lacking.way},"
                    " or set local_stub_providers"
                )
            if one.configuration.get("BatchEnabled", "").lower() == "true":
                yield _action(
                    f"The embedded AWS does not imitate BatchEnabled (action '{one.name}'); leave it out on the local"
                    " target"
                )
            yield from _values(one)
    yield from _members(pipeline)


def _values(action: Action) -> Iterator[Refusal]:
    """The values of a configuration that its provider does not take."""
    provider = providers.find(action.type)
    for refused in provider.refused if provider else ():
        if action.configuration.get(refused.key) == refused.value:
            where = f"(action '{action.name}')"
            yield _action(f"The embedded AWS does not imitate {refused.key} {refused.value} {where}; {refused.way}")


def _members(pipeline: Pipeline) -> Iterator[Refusal]:
    for member in boundary.present({**pipeline.document, "stages": None}, "pipeline"):
        yield _structure(_lacking(member, f"pipeline '{pipeline.name}'"))
    for stage in pipeline.document["stages"]:
        for action in stage["actions"]:
            for member in boundary.present(action, boundary.ACTION):
                yield _action(_lacking(member, f"action '{action['name']}'"))
        for member in boundary.present({**stage, "actions": None}, boundary.STAGE):
            yield _stage(_lacking(member, f"stage '{stage['name']}'"))


def _lacking(member: str, where: str) -> str:
    return f"The embedded AWS does not imitate {boundary.name(member)} ({where}); {boundary.REFUSED[member]}"


def _sources(pipeline: Pipeline) -> Iterator[Refusal]:
    first, *others = pipeline.stages
    if not all(action.is_source for action in first.actions):
        yield _structure("Pipeline should start with a stage that only contains source actions")
    if any(action.is_source for stage in others for action in stage.actions):
        yield _structure("Source actions can only be included in the first stage of the pipeline")


def _names(pipeline: Pipeline) -> Iterator[Refusal]:
    for name in _repeated(stage.name for stage in pipeline.stages):
        yield _stage(f"Stage name '{name}' is used more than once")
    for stage in pipeline.stages:
        for name in _repeated(action.name for action in stage.actions):
            yield _action(f"Action name '{name}' is used more than once in stage '{stage.name}'")
    actions = [action for stage in pipeline.stages for action in stage.actions]
    outputs = [output for action in actions for output in action.outputs]
    for name in _repeated(outputs):
        yield _action(
            f"Output Artifact Bundle name must be unique within the pipeline. {name} has been used more than once."
        )
    for name in _repeated(action.namespace for action in actions if action.namespace):
        yield _action(f"Namespace '{name}' is used more than once")
    for name in sorted({action.namespace for action in actions}.intersection(outputs)):
        yield _action(f"Namespace '{name}' is the name of an artifact, too")
    for name in _repeated(variable.name for variable in pipeline.variables):
        yield _structure(f"Variable names must be unique. The following variable name is already in use: {name}")


def _repeated(names: Iterable[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]


def _stores(pipeline: Pipeline) -> Iterator[Refusal]:
    single, several = pipeline.document.get("artifactStore"), pipeline.document.get("artifactStores")
    if bool(single) == bool(several):
        yield _structure("A pipeline must have either artifactStore or artifactStores, and not both")
    regions = {action.region for stage in pipeline.stages for action in stage.actions if action.region}
    for region in sorted(regions | {pipeline.region}):
        if single and region != pipeline.region:
            yield _structure(
                "Your pipeline contains actions in more than one region. Use 'pipeline.artifactStores' instead of"
                " 'pipeline.artifactStore' to declare an artifact store for each region"
            )
        if region not in pipeline.stores:
            yield _structure(
                "Your pipeline must have an artifact store, such as an artifact bucket, for each region where you"
                f" have an action. The following region is missing in 'pipeline.artifactStores': {region}."
            )


def _actions(find: Find, pipeline: Pipeline) -> Iterator[Refusal]:
    for stage in pipeline.stages:
        for action in stage.actions:
            yield from _provided(find, action, pipeline.region)


def _provided(find: Find, action: Action, region: str) -> Iterator[Refusal]:
    """Whether a provider performs the action, with as many artifacts and the configuration that it takes."""
    kind = action.type
    provider = absent.find(kind) or find(kind)
    if provider is None:
        yield _action(
            f"ActionType (Category: '{kind.category}', Provider: '{kind.provider}', Owner: '{kind.owner}', Version:"
            f" '{kind.version}') in action '{action.name}' is not available in region {region}"
            f" (the embedded AWS has {', '.join(providers.names())})"
        )
        return
    yield from _artifact_counts(action.name, "input", len(action.inputs), provider.inputs)
    yield from _artifact_counts(action.name, "output", len(action.outputs), provider.outputs)
    for key in provider.required:
        if not action.configuration.get(key):
            yield _action(f"Action configuration for action '{action.name}' is missing required configuration '{key}'")
    if isinstance(provider, absent.Absent):
        return
    for key in action.configuration.keys() - {*provider.required, *provider.optional}:
        yield _action(f"Action configuration for action '{action.name}' contains unknown configuration '{key}'")
    value = action.configuration.get(provider.queryable, "")
    if value and not _QUERYABLE.fullmatch(value):
        yield _action(
            f"The value of the queryable configuration '{provider.queryable}' of action '{action.name}' must have 20"
            " characters at most, letters, digits, underscores and hyphens"
        )
    yield from map(_action, provider.check(action))


def _artifact_counts(action: str, kind: str, count: int, allowed: tuple[int, int]) -> Iterator[Refusal]:
    fewest, most = allowed
    if count < fewest:
        relation = f"less than the minimum count ({fewest})"
    elif count > most:
        relation = f"more than the maximum count ({most})"
    else:
        return
    yield _action(f"Action {action} declares {count} {kind} artifacts which is {relation}")


def _inputs(pipeline: Pipeline) -> Iterator[Refusal]:
    produced: set[str] = set()
    for group in (group for stage in pipeline.stages for group in stage.groups()):
        for action in group:
            for name in action.inputs:
                if name not in produced:
                    yield _action(
                        f"Input Artifact Bundle {name} in action {action.name} is not declared as Output Artifact"
                        " Bundle in any of the preceding actions"
                    )
        produced.update(name for action in group for name in action.outputs)


def _references(pipeline: Pipeline) -> Iterator[Refusal]:
    namespaces = {variables.EXECUTION}
    names = {variable.name for variable in pipeline.variables}
    for stage in pipeline.stages:
        for group in stage.groups():
            for action in group:
                yield from _dangling(stage, action, namespaces, names)
            namespaces.update(action.namespace for action in group if action.namespace)


def _dangling(stage: Stage, action: Action, namespaces: set[str], names: set[str]) -> Iterator[Refusal]:
    for key, value in action.configuration.items():
        for reference in variables.references(value):
            where = (
                f"\nStageName=[{stage.name}], ActionName=[{action.name}], ActionConfigurationKey=[{key}],"
                f" VariableReferenceText=[{reference.text}]"
            )
            if reference.namespace == variables.PIPELINE:
                if action.is_source:
                    yield _structure(f"Variables at the pipeline level cannot be used in source actions.{where}")
                if reference.key not in names:
                    yield _structure(f"The referenced variables haven't been declared.{where}")
            elif reference.namespace not in namespaces:
                yield _action(
                    "Valid format for a pipeline execution variable reference is a namespace and a key separated by a"
                    " period (.). The following pipeline execution variables are referencing a namespace that does not"
                    f" exist.{where}"
                )


def _notifications(pipeline: Pipeline) -> Iterator[Refusal]:
    """The topics of approvals; whether one is there is not looked at before it is told something."""
    for stage in pipeline.stages:
        for action in stage.actions:
            arn = action.configuration.get("NotificationArn", "")
            if action.is_approval and arn and not list(variables.references(arn)):
                yield from _notified(action.name, arn, pipeline.region)


def _notified(action: str, arn: str, region: str) -> Iterator[Refusal]:
    parts = arn.split(":")
    named = f"The ARN {arn} has been specified for sending notifications for the approval action {action}, but"
    if len(parts) < _ARN_PARTS or parts[0] != "arn" or not (parts[1] and parts[4] and parts[5]):
        yield _action(
            f"The ARN {arn} you specified for sending notifications for the approval action {action} contains a format"
            " error."
        )
    elif parts[2] != "sns":
        yield _action(f"{named} the AWS service for this ARN cannot be used to send approval requests.")
    elif parts[3] != region:
        yield _action(f"{named} the ARN is not in the same region as the pipeline.")


def _rules(find: Find) -> tuple[Rule, ...]:
    return (
        _counts,
        _names,
        _types,
        conditions.refusals,
        _sources,
        _stores,
        partial(_actions, find),
        _commands,
        _inputs,
        _references,
        _notifications,
        _imitated,
    )
