"""Nothing is accepted in silence: each member of the service model and of the resource has its answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.local.cloudformation import schemas
from serverless_pipeline.local.codepipeline import resource
from serverless_pipeline.local.codepipeline.wire import boundary
from serverless_pipeline.local.codepipeline.wire.operations import OPERATIONS
from serverless_pipeline.local.protocol import models
from tests.support.members import below

if TYPE_CHECKING:
    from collections.abc import Iterator


OF_THEIR_OWN = {"DisableInboundStageTransitions", "RestartExecutionOnUpdate", "Tags", "Name"}
"""Properties that are no part of the declaration, each with what becomes of it in `resource`."""


def members(operation: str) -> list[str]:
    """Those of the input of an operation; a declaration's begin with `pipeline`."""
    shape = models.model("codepipeline").operation_model(operation).input_shape
    assert shape is not None
    prefix = f"{operation}."
    paths = below(shape, operation)
    return [
        path.removeprefix(prefix) if operation in boundary.DECLARING and path.startswith(f"{prefix}pipeline") else path
        for path in paths
    ]


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_each_member_of_an_operation_is_done_or_refused_and_not_both(operation: str) -> None:
    paths = members(operation)

    answers = {path: (path in boundary.DONE, bool(boundary.refused(path))) for path in paths}
    assert {path: answer for path, answer in answers.items() if sum(answer) != 1} == {}


def test_the_boundary_names_nothing_that_is_not_there() -> None:
    there = {path for operation in OPERATIONS for path in members(operation)}

    assert boundary.DONE - there == set()
    assert boundary.REFUSED.keys() - there == set()


def properties(schema: dict[str, Any], node: dict[str, Any], path: str) -> Iterator[str]:
    """The properties of a resource type, spelled as the members of a declaration."""
    if reference := node.get("$ref"):
        node = schema["definitions"][reference.rpartition("/")[2]]
    for name, member in (node.get("properties") or {}).items():
        below_here = f"{path}.{name[:1].lower()}{name[1:]}"
        yield below_here
        yield from properties(schema, member, below_here)
    if isinstance(items := node.get("items"), dict):
        yield from properties(schema, items, f"{path}[]")


def test_each_property_of_the_resource_is_done_or_refused() -> None:
    schema = schemas.of(resource.TYPE)
    assert schema is not None
    declared = {**schema, "properties": {k: v for k, v in schema["properties"].items() if k not in OF_THEIR_OWN}}
    read_only = {f"pipeline.{name.rpartition('/')[2].lower()}" for name in schema.get("readOnlyProperties", [])}
    stores = ("pipeline.artifactStores[].region", "pipeline.artifactStores[].artifactStore")

    paths = [path for path in properties(schema, declared, "pipeline") if path not in read_only]

    spelled = [
        path.replace("artifactStores[].artifactStore", "artifactStores{}") for path in paths if path not in stores
    ]
    assert [path for path in spelled if path not in boundary.DONE and not boundary.refused(path)] == []


def test_what_is_refused_is_found_wherever_it_is() -> None:
    stage = {
        "name": "Build",
        "blockers": [],
        "onFailure": {"conditions": [{"rules": [{"commands": ["true"]}]}]},
        "actions": [{"commands": ["make"]}],
    }

    assert list(boundary.present({"stages": [stage, {"blockers": None}, stage]}, "pipeline")) == [
        "pipeline.stages[].onFailure.conditions[].rules[].commands",
        "pipeline.stages[].onFailure.conditions[].rules[].commands",
    ]


def test_what_lies_below_what_is_refused_goes_with_it() -> None:
    requests = "pipeline.triggers[].gitConfiguration.pullRequest"
    assert boundary.refused(f"{requests}[].branches.includes") == requests
    assert boundary.refused("pipeline.stages[].blockers[].name") == "pipeline.stages[].blockers"
    assert boundary.refused("pipeline.triggers[].gitConfiguration.pullRequestOther") == ""
    assert boundary.refused("pipeline.stages[].name") == ""


@pytest.mark.parametrize(
    ("member", "name"),
    [
        ("pipeline.stages[].actions[].outputArtifacts[].files", "outputArtifacts[].files"),
        ("pipeline.stages[].blockers", "blockers"),
        ("pipeline.triggers", "triggers"),
    ],
)
def test_a_member_is_called_as_its_stage_or_action_calls_it(member: str, name: str) -> None:
    assert boundary.name(member) == name
