"""`AWS::CodePipeline::Pipeline`: what CloudFormation does with a pipeline, through the service's own operations.

Ref is the name, `Version` can be read; another name is a replacement, everything else is an update in place.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from serverless_pipeline.local.codepipeline.model.declaration import Pipeline
from serverless_pipeline.local.codepipeline.model.refusal import Refusal
from serverless_pipeline.local.codepipeline.wire import api, documents

if TYPE_CHECKING:
    from collections.abc import Mapping

    from serverless_pipeline.local.codepipeline.engine.engine import Engine
    from serverless_pipeline.local.codepipeline.wire.authorization import Caller

TYPE = "AWS::CodePipeline::Pipeline"
REPLACING = ("Name",)
COMPARED = (
    *("RoleArn", "Stages", "ArtifactStore", "ArtifactStores"),
    *("ExecutionMode", "PipelineType", "Variables", "Triggers"),
)
"""The properties of which drift is found out."""
_NOT_DECLARED = ("DisableInboundStageTransitions", "RestartExecutionOnUpdate", "Tags")
_NUMBERS = ("runOrder", "timeoutInMinutes")
_OF_AWS = "aws:"
_BY_CLOUDFORMATION = "Disabled by CloudFormation"

Properties = dict[str, Any]


def create(engine: Engine, caller: Caller, name: str, properties: Properties) -> dict[str, str]:
    """Create the pipeline, whole or not at all; answers its attributes."""
    with engine.store.lock:
        answer = perform(engine, caller, "CreatePipeline", {"pipeline": declaration(name, properties)})
        try:
            _tag(engine, caller, name, {}, properties)
            _close(engine, caller, name, {}, properties)
        except ValueError:
            delete(engine, caller, name)
            raise
    return _attributes(caller, name, answer)


def update(engine: Engine, caller: Caller, name: str, old: Properties, new: Properties) -> dict[str, str]:
    """Update the pipeline in place, whole or not at all, and release the change if the template asks for it."""
    with engine.store.lock:
        record = engine.store.pipeline(caller.scope, name)
        tags, transitions = record.tags, {stage: state.transition for stage, state in record.stages.items()}
        answer = _declare(engine, caller, name, old, new)
        try:
            _tag(engine, caller, name, old, new)
            _close(engine, caller, name, old, new)
        except ValueError:
            _declare(engine, caller, name, new, old)
            record.tags = tags
            for stage, transition in transitions.items():
                record.stages[stage].transition = transition
            raise
        if str(new.get("RestartExecutionOnUpdate", False)).lower() == "true":
            perform(engine, caller, "StartPipelineExecution", {"name": name})
    return _attributes(caller, name, answer)


def delete(engine: Engine, caller: Caller, name: str) -> None:
    """Delete the pipeline."""
    perform(engine, caller, "DeletePipeline", {"name": name})


def read(engine: Engine, caller: Caller, name: str, properties: Properties) -> Properties | None:
    """The compared properties as they are now, in the template's words where they are as it says; None if gone."""
    with engine.store.lock:
        record = engine.store.find(caller.scope, name)
    if record is None:
        return None
    asked = Pipeline.from_document(declaration(name, properties), caller.scope.region).document
    there, shown = record.pipeline.document, documents.declaration(record.pipeline)
    spelled = {_decapitalize(member): member for member in COMPARED if member in properties}
    return {
        member: properties[member] if there.get(key) == asked.get(key) else _of_template(shown.get(key))
        for key, member in spelled.items()
    }


def declaration(name: str, properties: Properties) -> dict[str, Any]:
    """The properties as the API spells them: other case, stores by region, scalars of a configuration as strings."""
    document: dict[str, Any] = _spell(_declaring(properties))
    document["name"] = name
    if "artifactStores" in document:
        document["artifactStores"] = {item["region"]: item["artifactStore"] for item in document["artifactStores"]}
    return document


def _declaring(properties: Properties) -> Properties:
    """The properties that are part of the declaration; the others have operations of their own."""
    return {key: value for key, value in properties.items() if key not in _NOT_DECLARED}


def _spell(value: Any) -> Any:  # noqa: ANN401 - whatever a template can hold
    if isinstance(value, list):
        return [_spell(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {_decapitalize(key): _spell_property(_decapitalize(key), item) for key, item in value.items()}


def _decapitalize(key: str) -> str:
    return key[:1].lower() + key[1:]


def _of_template(value: Any) -> Any:  # noqa: ANN401 - any part of a declaration
    """What the API tells, spelled as in a template."""
    if isinstance(value, list):
        return [_of_template(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key[:1].upper() + key[1:]: item if key == "configuration" else _of_template(item) for key, item in value.items()
    }


def _spell_property(name: str, value: Any) -> Any:  # noqa: ANN401 - whatever a template can hold
    if name == "configuration":
        entries: Mapping[str, Any] = json.loads(value) if isinstance(value, str) else value
        return {key: _stringify(item) for key, item in entries.items()}
    if name in _NUMBERS and str(value).isdecimal():
        return int(value)
    if isinstance(value, dict | list):
        return _spell(value)
    return _stringify(value)


def _stringify(value: Any) -> str:  # noqa: ANN401 - whatever a template can hold
    """A scalar as CloudFormation sends it."""
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else json.dumps(value)


def _declare(engine: Engine, caller: Caller, name: str, old: Properties, new: Properties) -> dict[str, Any]:
    """Make the properties the next version where they declare another pipeline; the pipeline as it is then."""
    if _declaring(old) == _declaring(new):
        return perform(engine, caller, "GetPipeline", {"name": name})
    return perform(engine, caller, "UpdatePipeline", {"pipeline": declaration(name, new)})


def _tag(engine: Engine, caller: Caller, name: str, old: Properties, new: Properties) -> None:
    """Set the tags of the template by the service's own operations; those with AWS's prefix are CloudFormation's."""
    before = {str(tag["Key"]) for tag in old.get("Tags", [])}
    after = {str(tag["Key"]): str(tag["Value"]) for tag in new.get("Tags", [])}
    arn = caller.scope.arn(name)
    if gone := sorted(before - after.keys()):
        perform(engine, caller, "UntagResource", {"resourceArn": arn, "tagKeys": gone})
    if own := [{"key": key, "value": value} for key, value in after.items() if not key.startswith(_OF_AWS)]:
        perform(engine, caller, "TagResource", {"resourceArn": arn, "tags": own})
    record = engine.store.pipeline(caller.scope, name)
    record.tags = record.tags | {key: value for key, value in after.items() if key.startswith(_OF_AWS)}


def _close(engine: Engine, caller: Caller, name: str, old: Properties, new: Properties) -> None:
    """Close the ways into stages that the template closes, and open those that it closed before and that are there."""
    before, after = (
        {item["StageName"]: item.get("Reason") for item in properties.get("DisableInboundStageTransitions", [])}
        for properties in (old, new)
    )
    stages = {stage.name for stage in engine.store.pipeline(caller.scope, name).pipeline.stages}
    for stage in (before.keys() - after.keys()) & stages:
        request = {"pipelineName": name, "stageName": stage, "transitionType": "Inbound"}
        perform(engine, caller, "EnableStageTransition", request)
    for stage, reason in after.items():
        request = {"pipelineName": name, "stageName": stage, "transitionType": "Inbound"}
        perform(engine, caller, "DisableStageTransition", {**request, "reason": reason or _BY_CLOUDFORMATION})


def _attributes(caller: Caller, name: str, answer: dict[str, Any]) -> dict[str, str]:
    return {"Version": str(answer["pipeline"]["version"]), "Arn": caller.scope.arn(name)}


def perform(engine: Engine, caller: Caller, operation: str, request: dict[str, Any]) -> dict[str, Any]:
    """Carry out an operation for a stack; a refusal becomes the reason of the resource's event, as AWS words it."""
    try:
        return api.perform(engine, caller, operation, request) or {}
    except Refusal as refusal:
        raise ValueError(
            f"{refusal.message} (Service: AWSCodePipeline; Status Code: 400; Error Code: {refusal.code};"
            " Request ID: null; Proxy: null)"
        ) from refusal
