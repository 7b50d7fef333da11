"""CloudFormation creates, updates and deletes pipelines."""

from __future__ import annotations

import json
from typing import Any

import pytest

from serverless_pipeline.local.codepipeline import resource
from serverless_pipeline.local.codepipeline.model.store import PipelineRecord, Transition
from serverless_pipeline.local.iam import roles
from tests.support.engine import ACCOUNT, ARN, CALLER, REGION, SCOPE, InMemory

STORE = {"Type": "S3", "Location": "bucket"}
CLOSED = Transition(enabled=False, changed_by=CALLER.arn, changed_at=1000, reason="not now")


def properties(**more: Any) -> dict[str, Any]:
    """The properties of a pipeline that is right."""
    source = {
        "Name": "Source",
        "ActionTypeId": {"Category": "Source", "Owner": "AWS", "Provider": "S3", "Version": 1},
        "Configuration": {"S3Bucket": "b", "S3ObjectKey": "k"},
        "OutputArtifacts": [{"Name": "SourceOutput"}],
    }
    gate = {
        "Name": "Gate",
        "ActionTypeId": {"Category": "Approval", "Owner": "AWS", "Provider": "Manual", "Version": "1"},
    }
    return {
        "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/pipeline",
        "ArtifactStore": STORE,
        "PipelineType": "V2",
        "Stages": [{"Name": "Source", "Actions": [source]}, {"Name": "Commit", "Actions": [gate]}],
        **more,
    }


@pytest.fixture(autouse=True)
def assumable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every role lets CodePipeline in."""
    monkeypatch.setattr(roles, "check", lambda *_: None)


def create(in_memory: InMemory, **more: Any) -> dict[str, str]:
    attributes = resource.create(in_memory.engine, CALLER, "p", properties(**more))
    in_memory.schedule.run()
    return attributes


def update(in_memory: InMemory, old: dict[str, Any], new: dict[str, Any]) -> dict[str, str]:
    attributes = resource.update(in_memory.engine, CALLER, "p", properties(**old), properties(**new))
    in_memory.schedule.run()
    return attributes


def record_in(in_memory: InMemory) -> PipelineRecord:
    return in_memory.store.pipelines[SCOPE, "p"]


def test_the_type_is_that_of_aws_and_another_name_is_another_pipeline() -> None:
    assert (resource.TYPE, resource.REPLACING) == ("AWS::CodePipeline::Pipeline", ("Name",))


def test_scalars_of_a_configuration_become_text_and_its_keys_stay() -> None:
    document = resource.declaration(
        "name",
        {
            "RoleArn": "r",
            "Stages": [
                {
                    "Name": "Source",
                    "Actions": [
                        {
                            "Name": "Source",
                            "RunOrder": "2",
                            "ActionTypeId": {"Category": "Source", "Owner": "AWS", "Provider": "S3", "Version": 1},
                            "Configuration": {"PollForSourceChanges": False, "S3ObjectKey": "k", "Count": 3},
                        }
                    ],
                }
            ],
            "Tags": [{"Key": "k", "Value": "v"}],
            "RestartExecutionOnUpdate": True,
            "DisableInboundStageTransitions": [],
        },
    )

    assert document == {
        "name": "name",
        "roleArn": "r",
        "stages": [
            {
                "name": "Source",
                "actions": [
                    {
                        "name": "Source",
                        "runOrder": 2,
                        "actionTypeId": {"category": "Source", "owner": "AWS", "provider": "S3", "version": "1"},
                        "configuration": {"PollForSourceChanges": "false", "S3ObjectKey": "k", "Count": "3"},
                    }
                ],
            }
        ],
    }


def test_the_name_is_the_generated_one_if_the_template_has_none() -> None:
    assert resource.declaration("generated", {"Name": "other"}) == {"name": "generated"}


def test_the_list_of_stores_becomes_a_map_by_region() -> None:
    document = resource.declaration("name", {"ArtifactStores": [{"Region": "us-east-1", "ArtifactStore": STORE}]})

    assert document == {"name": "name", "artifactStores": {"us-east-1": {"type": "S3", "location": "bucket"}}}


def test_a_configuration_may_be_a_json_text() -> None:
    document = resource.declaration("name", {"Configuration": json.dumps({"Deep": 1, "Flag": True, "Text": "t"})})

    assert document["configuration"] == {"Deep": "1", "Flag": "true", "Text": "t"}


def test_a_part_of_a_configuration_that_is_no_scalar_becomes_json() -> None:
    document = resource.declaration("name", {"Configuration": {"List": [1, "a"]}})

    assert document["configuration"] == {"List": '[1, "a"]'}


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("RunOrder", 2, 2),
        ("RunOrder", "2", 2),
        ("RunOrder", "two", "two"),
        ("TimeoutInMinutes", "30", 30),
        ("Namespace", 7, "7"),
        ("Namespace", True, "true"),
        ("InputArtifacts", [{"Name": "A"}, {"Name": "B"}], [{"name": "A"}, {"name": "B"}]),
        ("Commands", ["one", "two"], ["one", "two"]),
    ],
)
def test_a_property_is_spelled_as_the_api_spells_it(name: str, value: object, expected: object) -> None:
    document = resource.declaration("name", {name: value})

    assert document == {"name": "name", name[:1].lower() + name[1:]: expected}
    assert type(next(each for key, each in document.items() if key != "name")) is type(expected)


def test_a_pipeline_is_created_and_runs(in_memory: InMemory) -> None:
    attributes = create(in_memory)

    assert attributes == {"Version": "1", "Arn": ARN}
    assert in_memory.performed == [("Source", "")]
    assert (record_in(in_memory).tags, record_in(in_memory).stages["Commit"].transition) == ({}, Transition())


def test_a_created_pipeline_has_the_tags_of_its_template_even_aws_s_own(in_memory: InMemory) -> None:
    create(in_memory, Tags=[{"Key": "team", "Value": "red"}, {"Key": "aws:cloudformation:stack-name", "Value": 7}])

    assert record_in(in_memory).tags == {"team": "red", "aws:cloudformation:stack-name": "7"}


def test_the_ways_that_the_template_closes_are_closed(in_memory: InMemory) -> None:
    ways = [{"StageName": "Source"}, {"StageName": "Commit", "Reason": "not now"}]

    create(in_memory, DisableInboundStageTransitions=ways)

    stages = record_in(in_memory).stages
    assert (stages["Source"].transition.enabled, stages["Source"].transition.reason) == (
        False,
        "Disabled by CloudFormation",
    )
    assert stages["Commit"].transition == CLOSED


def test_a_change_of_the_declaration_is_its_next_version_and_starts_nothing(in_memory: InMemory) -> None:
    create(in_memory)
    in_memory.performed.clear()

    attributes = update(in_memory, {}, {"PipelineType": "V1"})

    assert attributes == {"Version": "2", "Arn": ARN}
    assert record_in(in_memory).pipeline.document["pipelineType"] == "V1"
    assert in_memory.performed == []


def test_a_change_beside_the_declaration_leaves_the_execution_alone(in_memory: InMemory) -> None:
    create(in_memory)
    (execution,) = record_in(in_memory).executions.values()
    way = {"DisableInboundStageTransitions": [{"StageName": "Commit", "Reason": "not now"}]}

    attributes = update(in_memory, {}, way)

    assert attributes == {"Version": "1", "Arn": ARN}
    assert execution.status == "InProgress"
    assert record_in(in_memory).stages["Commit"].transition == CLOSED


def test_a_way_that_the_template_closes_no_more_is_opened_and_others_stay(in_memory: InMemory) -> None:
    both = {"DisableInboundStageTransitions": [{"StageName": "Source"}, {"StageName": "Commit"}]}
    one = {"DisableInboundStageTransitions": [{"StageName": "Commit"}]}
    create(in_memory, **both)

    update(in_memory, both, one)

    assert {name: stage.transition.enabled for name, stage in record_in(in_memory).stages.items()} == {
        "Source": True,
        "Commit": False,
    }


def test_a_way_that_somebody_else_closed_stays_closed(in_memory: InMemory) -> None:
    create(in_memory)
    record_in(in_memory).stages["Commit"].transition = CLOSED

    update(in_memory, {}, {})

    assert record_in(in_memory).stages["Commit"].transition == CLOSED


def test_the_tags_of_the_template_replace_its_older_ones_and_others_stay(in_memory: InMemory) -> None:
    older = {"Tags": [{"Key": "team", "Value": "red"}, {"Key": "cost", "Value": "42"}]}
    create(in_memory, **older)
    record_in(in_memory).tags["mine"] = "1"

    update(in_memory, older, {"Tags": [{"Key": "team", "Value": "blue"}]})

    assert record_in(in_memory).tags == {"team": "blue", "mine": "1"}


@pytest.mark.parametrize(
    ("value", "starts"), [(True, True), ("true", True), ("True", True), (False, False), ("false", False), (None, False)]
)
def test_an_update_releases_the_change_if_the_template_asks_for_it(
    in_memory: InMemory, value: object, *, starts: bool
) -> None:
    create(in_memory)

    update(in_memory, {}, {"RestartExecutionOnUpdate": value} if value is not None else {})

    assert len(record_in(in_memory).executions) == (2 if starts else 1)


NOWHERE = {"DisableInboundStageTransitions": [{"StageName": "Nowhere"}]}
RESERVED = [{"Key": "team", "Value": "x" * 257}]


@pytest.mark.parametrize("wrong", [NOWHERE, {"Tags": RESERVED}])
def test_a_creation_that_fails_leaves_no_pipeline_and_nothing_that_runs(
    in_memory: InMemory, wrong: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match="Service: AWSCodePipeline"):
        create(in_memory, **wrong)
    in_memory.schedule.run()

    assert in_memory.store.pipelines == {}
    assert in_memory.performed == []


def test_an_update_that_fails_leaves_the_pipeline_its_tags_and_its_ways_as_they_were(in_memory: InMemory) -> None:
    old = {"Tags": [{"Key": "team", "Value": "red"}], "DisableInboundStageTransitions": [{"StageName": "Commit"}]}
    create(in_memory, **old)
    record = record_in(in_memory)
    record.stages["Source"].transition = CLOSED
    before = {name: stage.transition for name, stage in record.stages.items()}

    new = {"PipelineType": "V1", "Tags": [{"Key": "team", "Value": "blue"}], **NOWHERE}
    with pytest.raises(ValueError, match="Nowhere"):
        update(in_memory, old, new)

    assert record.pipeline.document["pipelineType"] == "V2"
    assert record.tags == {"team": "red"}
    assert {name: stage.transition for name, stage in record.stages.items()} == before


@pytest.mark.parametrize("after", [{"DisableInboundStageTransitions": [{"StageName": "Release"}]}, {}])
def test_a_stage_may_be_renamed_with_its_closed_way(in_memory: InMemory, after: dict[str, Any]) -> None:
    before = {"DisableInboundStageTransitions": [{"StageName": "Commit"}]}
    create(in_memory, **before)
    stages = properties()["Stages"]
    stages[1]["Name"] = "Release"

    update(in_memory, before, {"Stages": stages, **after})

    transitions = {name: stage.transition.enabled for name, stage in record_in(in_memory).stages.items()}
    assert transitions["Release"] is not bool(after)


def test_the_tags_of_a_template_go_through_the_checks_of_the_service(in_memory: InMemory) -> None:
    create(in_memory)
    many = [{"Key": str(number), "Value": ""} for number in range(51)]

    with pytest.raises(ValueError, match="TooManyTagsException"):
        update(in_memory, {}, {"Tags": many})

    assert record_in(in_memory).tags == {}


def test_a_deleted_pipeline_is_gone(in_memory: InMemory) -> None:
    create(in_memory)

    resource.delete(in_memory.engine, CALLER, "p")

    assert in_memory.store.pipelines == {}


def test_what_the_service_refuses_is_the_reason_of_the_event(
    in_memory: InMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: str) -> None:
        raise roles.NotAssumableError("CodePipeline is not authorized")

    monkeypatch.setattr(roles, "check", refuse)

    with pytest.raises(ValueError, match="CodePipeline") as refused:
        create(in_memory)

    assert str(refused.value) == (
        "CodePipeline is not authorized (Service: AWSCodePipeline; Status Code: 400; Error Code:"
        " InvalidStructureException; Request ID: null; Proxy: null)"
    )


def test_the_region_of_the_caller_is_that_of_the_pipeline(in_memory: InMemory) -> None:
    create(in_memory)

    assert record_in(in_memory).pipeline.region == REGION


def test_a_pipeline_that_is_as_the_template_says_is_read_in_its_words(in_memory: InMemory) -> None:
    create(in_memory)

    declared = properties(Tags=[{"Key": "a", "Value": "b"}], RestartExecutionOnUpdate=True)
    there = resource.read(in_memory.engine, CALLER, "p", declared)

    assert there == {name: declared[name] for name in ("RoleArn", "Stages", "ArtifactStore", "PipelineType")}


def test_what_somebody_changed_is_read_as_a_template_would_spell_it(in_memory: InMemory) -> None:
    create(in_memory)
    other = properties(ArtifactStore={"Type": "S3", "Location": "elsewhere"}, ExecutionMode="QUEUED")
    other["Stages"][0]["Actions"][0]["Configuration"]["S3ObjectKey"] = "other"
    update(in_memory, {}, other)

    there = resource.read(in_memory.engine, CALLER, "p", properties(ExecutionMode="SUPERSEDED"))

    assert there
    assert (there["ArtifactStore"], there["ExecutionMode"]) == (other["ArtifactStore"], "QUEUED")
    source = there["Stages"][0]["Actions"][0]
    assert source["Configuration"] == {"S3Bucket": "b", "S3ObjectKey": "other"}
    assert source["ActionTypeId"] == {"Category": "Source", "Owner": "AWS", "Provider": "S3", "Version": "1"}


def test_a_pipeline_that_is_gone_is_read_as_nothing(in_memory: InMemory) -> None:
    assert resource.read(in_memory.engine, CALLER, "p", properties()) is None
