"""Where a person sees what somebody else's service does: the URL templates of a type, filled in.

`{Config:KEY}` is a value of the action's configuration, as far as it is shown, `{ExternalExecutionId}` what the worker
said. https://docs.aws.amazon.com/codepipeline/latest/userguide/actions-create-custom-action.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from serverless_pipeline.local.codepipeline.model import secrets
from serverless_pipeline.local.codepipeline.model.declaration import ActionType

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from serverless_pipeline.local.codepipeline.model.action_types import CustomActionType
    from serverless_pipeline.local.codepipeline.model.declaration import Action, Pipeline

    Types = Mapping[ActionType, CustomActionType]
    Document = dict[str, Any]

_PLACEHOLDER = re.compile(r"\{(?:Config:([^{}]+)|(ExternalExecutionId))\}")
_OF_ACTION = {"entityUrl": "entityUrlTemplate", "revisionUrl": "revisionUrlTemplate"}


def add_to_state(state: Document, pipeline: Pipeline, types: Types) -> Document:
    """The document of GetPipelineState with the links of its custom actions."""
    for stage, declared in zip(state["stageStates"], pipeline.stages, strict=True):
        for document, action in zip(stage["actionStates"], declared.actions, strict=True):
            if known := types.get(action.type):
                _add(document, action, known)
    return state


def add_to_runs(runs: Iterable[Document], types: Types) -> None:
    """Add the links of custom actions to the details of ListActionExecutions."""
    for run in runs:
        result, configuration = run["output"]["executionResult"], run["input"]["resolvedConfiguration"]
        if known := types.get(ActionType(**run["input"]["actionTypeId"])):
            _add_execution(result, configuration, known)


def _add(document: Document, action: Action, known: CustomActionType) -> None:
    configuration = secrets.hide(action.configuration, known.secrets)
    for member, template in _OF_ACTION.items():
        if url := _fill(known.settings.get(template, ""), configuration, ""):
            document.setdefault(member, url)
    if "latestExecution" in document:
        _add_execution(document["latestExecution"], configuration, known)


def _add_execution(document: Document, configuration: Mapping[str, str], known: CustomActionType) -> None:
    template = known.settings.get("executionUrlTemplate", "")
    if url := _fill(template, configuration, document.get("externalExecutionId", "")):
        document.setdefault("externalExecutionUrl", url)


def _fill(template: str, configuration: Mapping[str, str], execution_id: str) -> str:
    """The URL; empty while it needs the ID of an execution that is not known yet."""
    if "{ExternalExecutionId}" in template and not execution_id:
        return ""
    return _PLACEHOLDER.sub(lambda match: execution_id if match[2] else configuration.get(match[1], ""), template)
