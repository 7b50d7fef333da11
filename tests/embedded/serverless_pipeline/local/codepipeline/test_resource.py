"""CloudFormation creates, updates and deletes pipelines."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.codepipeline import World

    Declare = Callable[..., dict[str, Any]]

REFUSED = (
    "CodePipeline is not authorized to perform AssumeRole on role arn:aws:iam::000000000000:role/nobody"
    " (Service: AWSCodePipeline; Status Code: 400; Error Code: InvalidStructureException; Request ID: null;"
    " Proxy: null)"
)


def test_a_stack_creates_a_pipeline_and_runs_it(world: World, approval: Declare) -> None:
    stack = Stack(world, approval)

    stack.create(Tags=[{"Key": "team", "Value": "red"}])

    assert stack.status() == "CREATE_COMPLETE"
    assert stack.outputs() == {"Name": stack.pipeline, "Version": "1"}
    world.decide(stack.pipeline, "Commit", "Gate")
    assert world.until(stack.pipeline, world.newest(stack.pipeline)) == "Succeeded"
    arn = f"arn:aws:codepipeline:us-east-1:000000000000:{stack.pipeline}"
    tags = world.codepipeline.list_tags_for_resource(resourceArn=arn)["tags"]
    assert {"key": "team", "value": "red"} in tags


def test_an_update_is_made_in_place(world: World, approval: Declare) -> None:
    stack = Stack(world, approval)
    stack.create()

    stack.update(gate="Door")

    assert stack.status() == "UPDATE_COMPLETE"
    assert stack.outputs() == {"Name": stack.pipeline, "Version": "2"}
    assert world.stages(stack.pipeline)["Commit"]["actionStates"][0]["actionName"] == "Door"
    assert (
        len(world.codepipeline.list_pipeline_executions(pipelineName=stack.pipeline)["pipelineExecutionSummaries"]) == 1
    )


def test_an_update_runs_the_pipeline_if_the_template_asks_for_it(world: World, approval: Declare) -> None:
    stack = Stack(world, approval)
    stack.create()

    stack.update(gate="Door", RestartExecutionOnUpdate=True)

    world.token(stack.pipeline, "Commit", "Door")
    assert stack.status() == "UPDATE_COMPLETE"


def test_a_change_beside_the_declaration_leaves_the_execution_alone(world: World, approval: Declare) -> None:
    stack = Stack(world, approval)
    stack.create()
    world.token(stack.pipeline, "Commit", "Gate")

    stack.update(DisableInboundStageTransitions=[{"StageName": "Commit", "Reason": "not now"}])

    assert world.until(stack.pipeline, world.newest(stack.pipeline), "InProgress") == "InProgress"
    assert world.stages(stack.pipeline)["Commit"]["inboundTransitionState"]["disabledReason"] == "not now"
    stack.update()
    assert world.stages(stack.pipeline)["Commit"]["inboundTransitionState"]["enabled"] is True


def test_another_name_is_another_pipeline(world: World, approval: Declare) -> None:
    stack = Stack(world, approval)
    stack.create()

    stack.update(Name=f"{stack.pipeline}-2")

    assert stack.outputs()["Name"] == f"{stack.pipeline}-2"
    with pytest.raises(ClientError, match="PipelineNotFoundException"):
        world.codepipeline.get_pipeline(name=stack.pipeline)


def test_a_deleted_stack_leaves_no_pipeline(world: World, approval: Declare) -> None:
    stack = Stack(world, approval)
    stack.create()

    stack.delete()

    with pytest.raises(ClientError, match="PipelineNotFoundException"):
        world.codepipeline.get_pipeline(name=stack.pipeline)


def test_what_the_service_refuses_is_the_reason_of_the_event(world: World, approval: Declare) -> None:
    stack = Stack(world, approval)

    stack.create(RoleArn="arn:aws:iam::000000000000:role/nobody")

    assert stack.status() == "ROLLBACK_COMPLETE"
    events = world.client("cloudformation").describe_stack_events(StackName=stack.name)["StackEvents"]
    reasons = [event["ResourceStatusReason"] for event in events if event["ResourceStatus"] == "CREATE_FAILED"]
    assert reasons == [REFUSED]


class Stack:
    """A stack of one pipeline."""

    def __init__(self, world: World, approval: Declare) -> None:
        self._cloudformation = world.client("cloudformation")
        self._declared = world.declare(("Source", [world.source()]), ("Commit", [approval("Gate")]))
        self.name = f"{world.prefix}-stack"
        self.pipeline = self._declared["name"]

    def create(self, **properties: Any) -> None:
        self._cloudformation.create_stack(StackName=self.name, TemplateBody=self._template(**properties))
        self._wait("stack_create_complete", "ROLLBACK_COMPLETE")

    def update(self, **properties: Any) -> None:
        self._cloudformation.update_stack(StackName=self.name, TemplateBody=self._template(**properties))
        self._wait("stack_update_complete")

    def delete(self) -> None:
        self._cloudformation.delete_stack(StackName=self.name)
        self._wait("stack_delete_complete")

    def drift(self) -> dict[str, str]:
        """The drift of each resource, once CloudFormation has looked."""
        detection = self._cloudformation.detect_stack_drift(StackName=self.name)["StackDriftDetectionId"]

        def look() -> bool | None:
            ask = self._cloudformation.describe_stack_drift_detection_status
            return ask(StackDriftDetectionId=detection)["DetectionStatus"] != "DETECTION_IN_PROGRESS" or None

        until(look, "the drift")
        listed = self._cloudformation.describe_stack_resource_drifts(StackName=self.name)["StackResourceDrifts"]
        return {item["LogicalResourceId"]: item["StackResourceDriftStatus"] for item in listed}

    def status(self) -> str:
        return str(self._described()["StackStatus"])

    def outputs(self) -> dict[str, str]:
        return {item["OutputKey"]: item["OutputValue"] for item in self._described()["Outputs"]}

    def _described(self) -> dict[str, Any]:
        return dict(self._cloudformation.describe_stacks(StackName=self.name)["Stacks"][0])

    def _wait(self, waiter: str, *accepted: str) -> None:
        try:
            self._cloudformation.get_waiter(waiter).wait(
                StackName=self.name, WaiterConfig={"Delay": 0.05, "MaxAttempts": 400}
            )
        except Exception:
            if self.status() not in accepted:
                raise

    def _template(self, gate: str = "Gate", **properties: Any) -> str:
        source = self._declared["stages"][0]["actions"][0]
        kind = {"Category": "Approval", "Owner": "AWS", "Provider": "Manual", "Version": 1}
        declared = {
            "Name": self.pipeline,
            "RoleArn": self._declared["roleArn"],
            "PipelineType": "V2",
            "ArtifactStore": {"Type": "S3", "Location": self._declared["artifactStore"]["location"]},
            "Stages": [
                {
                    "Name": "Source",
                    "Actions": [
                        {
                            "Name": "Source",
                            "ActionTypeId": {"Category": "Source", "Owner": "AWS", "Provider": "S3", "Version": 1},
                            "Configuration": {**source["configuration"], "PollForSourceChanges": False},
                            "OutputArtifacts": [{"Name": "SourceOutput"}],
                        }
                    ],
                },
                {"Name": "Commit", "Actions": [{"Name": gate, "ActionTypeId": kind, "RunOrder": 1}]},
            ],
            **properties,
        }
        return json.dumps(
            {
                "Resources": {"Pipeline": {"Type": "AWS::CodePipeline::Pipeline", "Properties": declared}},
                "Outputs": {
                    "Name": {"Value": {"Ref": "Pipeline"}},
                    "Version": {"Value": {"Fn::GetAtt": ["Pipeline", "Version"]}},
                },
            }
        )


def test_what_somebody_changed_by_hand_is_a_drift(world: World, approval: Declare) -> None:
    stack = Stack(world, approval)
    stack.create()
    before = stack.drift()
    pipeline = world.codepipeline.get_pipeline(name=stack.pipeline)["pipeline"]
    pipeline["stages"][1]["actions"][0]["name"] = "Door"

    world.codepipeline.update_pipeline(pipeline=pipeline)

    assert (before, stack.drift()) == ({"Pipeline": "IN_SYNC"}, {"Pipeline": "MODIFIED"})
    world.codepipeline.delete_pipeline(name=stack.pipeline)
    assert stack.drift() == {"Pipeline": "DELETED"}
