"""The rules of conditions: which there are, and what they did."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from serverless_pipeline.local.codepipeline import providers
from serverless_pipeline.local.codepipeline.wire import documents
from serverless_pipeline.local.codepipeline.wire.operations.executions import Listing, list_runs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from serverless_pipeline.local.codepipeline.engine.engine import Engine
    from serverless_pipeline.local.codepipeline.providers.work import Provider
    from serverless_pipeline.local.codepipeline.wire.authorization import Caller


def list_executions(engine: Engine, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """What the rules of a pipeline's conditions did, newest first: of all executions, or of one."""
    return list_runs(engine, caller, request, Listing("ruleExecutionDetails", documents.rule_execution, of_rules=True))


def list_types(_engine: Engine, _caller: Caller, _request: Mapping[str, Any]) -> dict[str, Any]:
    """The rules that there are."""
    return {"ruleTypes": [_type(provider) for provider in providers.RULES.values()]}


def _type(provider: Provider) -> dict[str, Any]:
    fewest, most = provider.inputs
    return {
        "id": {"category": provider.category, "owner": "AWS", "provider": provider.name, "version": "1"},
        "ruleConfigurationProperties": [
            {
                "name": key,
                "required": key in provider.required,
                "key": True,
                "secret": False,
                "queryable": False,
                "type": "String",
            }
            for key in (*provider.required, *provider.optional)
        ],
        "inputArtifactDetails": {"minimumCount": fewest, "maximumCount": most},
    }
