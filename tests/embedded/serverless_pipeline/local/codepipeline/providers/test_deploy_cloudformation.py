"""A deployment by CloudFormation, through the ordinary client: every mode, as the role of the action."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.support.lambdas import zipped

if TYPE_CHECKING:
    from tests.support.codepipeline import World

TEMPLATE = {
    "Parameters": {"Name": {"Type": "String"}, "Key": {"Type": "String", "Default": "none"}},
    "Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": {"Ref": "Name"}}}},
    "Outputs": {"Arn": {"Value": {"Ref": "Topic"}}, "Key": {"Value": {"Ref": "Key"}}},
}
BROKEN = {
    **TEMPLATE,
    "Resources": {
        "Lonely": {
            "Type": "AWS::CodePipeline::Pipeline",
            "Properties": {"RoleArn": "arn:aws:iam::000000000000:role/nobody", "Stages": []},
        }
    },
    "Outputs": {},
}


class Deployment:
    """A pipeline that deploys one stack in a mode."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.stack = f"{world.prefix}-stack"
        self.cloudformation = world.client("cloudformation")
        self._source = world.bucket("source")
        self._role = world.role("pipeline", "codepipeline.amazonaws.com", "s3:*", "cloudformation:*", "iam:PassRole")
        self._service_role = world.role("stack", "cloudformation.amazonaws.com", "*")

    def release(self, template: dict[str, Any], *actions: dict[str, Any]) -> dict[str, dict[str, Any]]:
        """Run a pipeline with such actions, one after another; answers their executions."""
        parameters = {"Parameters": {"Name": f"{self.world.prefix}-topic"}, "Tags": {"team": "red"}}
        files = {"stack.json": json.dumps(template), "parameters.json": json.dumps(parameters)}
        self.world.s3.put_object(Bucket=self._source, Key="source.zip", Body=zipped(files))
        name = f"{self.world.prefix}-{len(self.world.codepipeline.list_pipelines()['pipelines'])}"
        pipeline = {
            "name": name,
            "roleArn": self._role,
            "artifactStore": {"type": "S3", "location": self._source},
            "pipelineType": "V2",
            "stages": [
                {"name": "Source", "actions": [source(self._source)]},
                {"name": "Deploy", "actions": [self._action(i, one) for i, one in enumerate(actions, 1)]},
            ],
        }
        self.world.codepipeline.create_pipeline(pipeline=pipeline)
        execution = self.world.newest(name)
        self.world.until(name, execution)
        return self.world.actions(name, execution)

    def _action(self, order: int, configuration: dict[str, Any]) -> dict[str, Any]:
        mode = configuration["ActionMode"]
        whole = {
            "StackName": self.stack,
            "RoleArn": self._service_role,
            "TemplatePath": "SourceOutput::stack.json",
            "TemplateConfiguration": "SourceOutput::parameters.json",
            **configuration,
        }
        return {
            "name": mode,
            "runOrder": order,
            "actionTypeId": {"category": "Deploy", "owner": "AWS", "provider": "CloudFormation", "version": "1"},
            "configuration": whole,
            "inputArtifacts": [{"name": "SourceOutput"}],
            "outputArtifacts": [{"name": "Outputs"}] if "OutputFileName" in whole else [],
        }

    def described(self) -> dict[str, Any]:
        return dict(self.cloudformation.describe_stacks(StackName=self.stack)["Stacks"][0])


def source(bucket: str) -> dict[str, Any]:
    return {
        "name": "Source",
        "actionTypeId": {"category": "Source", "owner": "AWS", "provider": "S3", "version": "1"},
        "configuration": {"S3Bucket": bucket, "S3ObjectKey": "source.zip", "PollForSourceChanges": "false"},
        "outputArtifacts": [{"name": "SourceOutput"}],
    }


@pytest.fixture
def deployment(world: World) -> Deployment:
    return Deployment(world)


def test_a_stack_is_created_with_its_parameters_and_its_outputs_are_told(deployment: Deployment) -> None:
    overrides = json.dumps({"Key": {"Fn::GetArtifactAtt": ["SourceOutput", "ObjectKey"]}})
    mode = {"ActionMode": "CREATE_UPDATE", "ParameterOverrides": overrides, "OutputFileName": "outputs.json"}

    action = deployment.release(TEMPLATE, mode)["CREATE_UPDATE"]

    stack, output = deployment.described(), action["output"]
    assert (action["status"], stack["StackStatus"]) == ("Succeeded", "CREATE_COMPLETE")
    assert stack["Tags"] == [{"Key": "team", "Value": "red"}]
    key = action["input"]["inputArtifacts"][0]["s3location"]["key"]
    values = {"Arn": f"arn:aws:sns:us-east-1:000000000000:{deployment.world.prefix}-topic", "Key": key}
    assert output["outputVariables"] == values
    assert output["executionResult"]["externalExecutionId"] == stack["StackId"]
    where = output["outputArtifacts"][0]["s3location"]
    package = deployment.world.s3.get_object(Bucket=where["bucket"], Key=where["key"])["Body"].read()
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        assert json.loads(archive.read("outputs.json")) == values


def test_nothing_to_update_is_a_success(deployment: Deployment) -> None:
    deployment.release(TEMPLATE, {"ActionMode": "CREATE_UPDATE"})

    action = deployment.release(TEMPLATE, {"ActionMode": "CREATE_UPDATE"})["CREATE_UPDATE"]

    assert action["status"] == "Succeeded"
    result = action["output"]["executionResult"]
    assert result["externalExecutionSummary"] == "No updates are to be performed"


def test_the_first_failure_of_the_stack_is_told_and_the_stack_replaced(deployment: Deployment) -> None:
    failed = deployment.release(BROKEN, {"ActionMode": "CREATE_UPDATE"})["CREATE_UPDATE"]
    assert deployment.described()["StackStatus"] == "ROLLBACK_COMPLETE"

    replaced = deployment.release(TEMPLATE, {"ActionMode": "REPLACE_ON_FAILURE"})["REPLACE_ON_FAILURE"]

    message = failed["output"]["executionResult"]["errorDetails"]["message"]
    assert message.startswith(f"The stack {deployment.stack} is ROLLBACK_COMPLETE: Lonely CREATE_FAILED: ")
    assert replaced["status"] == "Succeeded"
    assert deployment.described()["StackStatus"] == "CREATE_COMPLETE"


def test_a_change_set_of_a_missing_stack_is_made_and_executed_and_the_next_one_is_empty(
    deployment: Deployment,
) -> None:
    modes = [{"ActionMode": mode, "ChangeSetName": "c"} for mode in ("CHANGE_SET_REPLACE", "CHANGE_SET_EXECUTE")]

    first = deployment.release(TEMPLATE, *modes)
    second = deployment.release(TEMPLATE, *modes)

    assert [first[mode["ActionMode"]]["status"] for mode in modes] == ["Succeeded"] * 2
    assert deployment.described()["StackStatus"] == "CREATE_COMPLETE"
    summaries = [second[mode["ActionMode"]]["output"]["executionResult"] for mode in modes]
    assert ["didn't contain changes" in one["externalExecutionSummary"] for one in summaries] == [True, True]


def test_a_stack_is_deleted_and_a_missing_one_is_no_failure(deployment: Deployment) -> None:
    deployment.release(TEMPLATE, {"ActionMode": "CREATE_UPDATE"})

    actions = [deployment.release(TEMPLATE, {"ActionMode": "DELETE_ONLY"})["DELETE_ONLY"] for _ in range(2)]

    assert [action["status"] for action in actions] == ["Succeeded", "Succeeded"]
    with pytest.raises(ClientError, match="does not exist"):
        deployment.described()
