"""The function that delivers, with the role that its template gives it, in pipelines of the embedded AWS."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.functions import sources
from tests.support.lambdas import zipped

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.codepipeline import World

    Declare = Callable[..., dict[str, Any]]


@pytest.fixture
def deploy(world: World) -> str:
    """The name of the function, as a stack of the test's own has it."""
    name = f"{world.prefix}-deploy"
    world.client("lambda").create_function(
        FunctionName=name,
        Role=deploy_role(world),
        Runtime="python3.11",
        Handler="lambdas.deploy.handler",
        Code={"ZipFile": zipped(sources())},
        Timeout=60,
    )
    world.client("lambda").put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=0)
    return name


def deploy_role(world: World) -> str:
    """The role of the template, with the names of the test's own stack in it."""
    from cfnlint.decode import decode_str

    from tests.support import environments

    texts = environments.rendered(world.prefix)
    role = decode_str(substitute(texts["roles"], world.prefix))[0]["Resources"]["DeployRole"]["Properties"]
    trust, (policy,) = json.dumps(role["AssumeRolePolicyDocument"]), role["Policies"]
    statements = json.dumps(policy["PolicyDocument"])
    arn = world.iam.create_role(RoleName=f"{world.prefix}-DeployRole", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    world.iam.put_role_policy(RoleName=f"{world.prefix}-DeployRole", PolicyName="own", PolicyDocument=statements)
    return str(arn)


def substitute(text: str, prefix: str) -> str:
    """A template in which the names are written out that a stack would put in."""
    values = {
        "StackName": prefix,
        "AWS::Partition": "aws",
        "AWS::Region": "us-east-1",
        "AWS::AccountId": "000000000000",
    }
    return re.sub(r"\$\{([\w:]+)\}", lambda match: values.get(match[1], "none"), text.replace("!Sub ", ""))


def test_a_pipeline_of_rehearsals_runs_through_with_artifacts_and_variables(
    world: World, invoke: Declare, deploy: str
) -> None:
    package = invoke(
        "Package",
        deploy,
        "type=mock&result=continue&times=3&Variable.Version=7",
        namespace="Package",
        inputArtifacts=[{"name": "SourceOutput"}],
        outputArtifacts=[{"name": "DistSiteOutput"}, {"name": "DistApiOutput"}],
    )
    site = invoke(
        "Site",
        deploy,
        "type=mock&result=succeed&message=version #{Package.Version}",
        inputArtifacts=[{"name": "DistSiteOutput"}],
    )

    name, execution = world.create(("Source", [world.source()]), ("Commit", [package]), ("Acceptance", [site]))

    assert world.until(name, execution) == "Succeeded"
    ran = world.actions(name, execution)
    assert ran["Site"]["output"]["executionResult"]["externalExecutionSummary"] == "version 7"
    assert jobs_of(world, deploy) == 3 + 1 + 1


def test_a_rehearsed_failure_ends_the_pipeline_with_its_words(world: World, invoke: Declare, deploy: str) -> None:
    package = invoke("Package", deploy, "type=mock&result=fail&times=1&message=the tests failed")
    never = invoke("Never", deploy, "type=mock&result=succeed")

    name, execution = world.create(("Source", [world.source()]), ("Commit", [package]), ("Acceptance", [never]))

    assert world.until(name, execution) == "Failed"
    ran = world.actions(name, execution)
    assert ran["Package"]["output"]["executionResult"]["errorDetails"]["message"] == "the tests failed"
    assert "Never" not in ran


QUEUE = {
    "Parameters": {"Seconds": {"Type": "Number", "Default": 30}},
    "Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": {"Ref": "Seconds"}}}},
    "Outputs": {"QueueUrl": {"Value": {"Ref": "Queue"}}, "Seconds": {"Value": {"Ref": "Seconds"}}},
}


@dataclass(frozen=True)
class Result:
    """How a run of the pipeline ended, and what its action said."""

    status: str
    words: str
    variables: dict[str, str]


@dataclass
class Stack:
    """A pipeline whose action delivers a stack from the source."""

    world: World
    pipeline: str
    name: str

    @property
    def description(self) -> dict[str, Any]:
        return dict(self.world.client("cloudformation").describe_stacks(StackName=self.name)["Stacks"][0])

    @property
    def change_sets(self) -> list[str]:
        summaries = self.world.client("cloudformation").list_change_sets(StackName=self.name)["Summaries"]
        return [change_set["ExecutionStatus"] for change_set in summaries]

    def deliver(self, template: dict[str, Any], **values: str) -> Result:
        """Release a template, with a file of parameters beside it, and wait for the end."""
        files = {"cfn/queue.json": json.dumps(template), "parameters.json": json.dumps(values)}
        self.world.s3.put_object(Bucket=f"{self.world.prefix}-source", Key="source.zip", Body=zipped(files))
        execution = self.world.start(self.pipeline)
        status = self.world.until(self.pipeline, execution)
        output = self.world.actions(self.pipeline, execution)["Stack"]["output"]
        result = output["executionResult"]
        words = result.get("errorDetails", {}).get("message") or result.get("externalExecutionSummary", "")
        return Result(status, words, output.get("outputVariables", {}))

    def deny(self, action: str) -> None:
        """Take one action from the function's role."""
        statement = {"Effect": "Deny", "Action": action, "Resource": "*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        role = f"{self.world.prefix}-DeployRole"
        self.world.iam.put_role_policy(RoleName=role, PolicyName="denied", PolicyDocument=document)


@pytest.fixture
def stack(world: World, invoke: Declare, deploy: str) -> Stack:
    name = f"{world.prefix}-app-queue"
    parameters = f"type=cloudformation&stack={name}&template=cfn/queue.json&parameters=parameters.json"
    role = f"arn:aws:iam::000000000000:role/{world.prefix}-app-role"
    artifacts = [{"name": "SourceOutput"}]
    action = invoke("Stack", deploy, f"{parameters}&role={role}", namespace="Stack", inputArtifacts=artifacts)
    pipeline, execution = world.create(("Source", [world.source()]), ("Deploy", [action]))
    world.until(pipeline, execution, "Failed")
    return Stack(world, pipeline, name)


def failing(world: World) -> dict[str, Any]:
    """A template that fails while it is made: the template of a nested stack is not there. A queue has to wait."""
    missing = {"TemplateURL": f"{world.url}/{world.prefix}-source/missing.json"}
    nested = {"Type": "AWS::CloudFormation::Stack", "Properties": missing}
    return {"Resources": {"Missing": nested, "Waits": {"Type": "AWS::SQS::Queue", "DependsOn": "Missing"}}}


def clashing(world: World) -> dict[str, Any]:
    """A template that is refused before anything is made: the name of its bucket is taken."""
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": f"{world.prefix}-source"}}
    return {"Resources": {"Twice": bucket}}


def test_a_stack_is_created_then_updated_then_left_alone_through_change_sets(stack: Stack) -> None:
    created = stack.deliver(QUEUE)
    updated = stack.deliver(QUEUE, Seconds="60")
    unchanged = stack.deliver(QUEUE, Seconds="60")

    ends = [(one.status, one.words, one.variables["Seconds"]) for one in (created, updated, unchanged)]
    assert ends == [
        ("Succeeded", f"{stack.name} is CREATE_COMPLETE", "30"),
        ("Succeeded", f"{stack.name} is UPDATE_COMPLETE", "60"),
        ("Succeeded", f"{stack.name} is unchanged, UPDATE_COMPLETE", "60"),
    ]
    assert created.variables["QueueUrl"] == stack.description["Outputs"][0]["OutputValue"]
    assert set(stack.change_sets) == {"EXECUTE_COMPLETE"}


def test_a_stack_that_fails_is_told_with_the_first_cause_and_made_anew_next_time(stack: Stack, world: World) -> None:
    failed = stack.deliver(failing(world))
    before = stack.description
    mended = stack.deliver(QUEUE)

    cause = f"Missing (AWS::CloudFormation::Stack) in {stack.name} is CREATE_FAILED: "
    assert failed.status == "Failed"
    assert failed.words.startswith(f"The stack {stack.name} is ROLLBACK_COMPLETE. The first failure: {cause}")
    assert before["StackStatus"] == "ROLLBACK_COMPLETE"
    assert (mended.status, stack.description["StackStatus"]) == ("Succeeded", "CREATE_COMPLETE")
    assert stack.description["StackId"] != before["StackId"]


def test_an_update_that_fails_leaves_the_stack_as_it_was(stack: Stack, world: World) -> None:
    stack.deliver(QUEUE)

    failed = stack.deliver(failing(world))

    cause = f"Missing (AWS::CloudFormation::Stack) in {stack.name} is UPDATE_FAILED: "
    assert failed.words.startswith(f"The stack {stack.name} is UPDATE_ROLLBACK_COMPLETE. The first failure: {cause}")
    assert [output["OutputKey"] for output in stack.description["Outputs"]] == ["QueueUrl", "Seconds"]


def test_what_is_refused_before_it_is_made_is_told_with_the_resource(stack: Stack, world: World) -> None:
    failed = stack.deliver(clashing(world))

    reason = f"with identifier '{world.prefix}-source' already exists"
    assert f"The first failure: Twice (AWS::S3::Bucket): Resource of type 'AWS::S3::Bucket' {reason}" in failed.words


def test_a_template_that_makes_no_sense_is_told_in_the_words_of_aws(stack: Stack) -> None:
    failed = stack.deliver({"Resources": {"Queue": {"Type": "AWS::SQS::Nothing"}}})

    assert failed.status == "Failed"
    assert "AWS::SQS::Nothing" in failed.words


def test_the_role_has_no_action_on_stacks_that_is_not_needed(stack: Stack, world: World) -> None:
    steps = [
        ("DescribeStacks", QUEUE),
        ("CreateChangeSet", QUEUE),
        ("DescribeChangeSet", QUEUE),
        ("ExecuteChangeSet", QUEUE),
        ("DescribeStackEvents", failing(world)),
        ("DeleteStack", QUEUE),
        ("nothing", QUEUE),
        ("DeleteChangeSet", QUEUE),
    ]

    words = []
    for action, template in steps:
        stack.deny(f"cloudformation:{action}")
        words.append(stack.deliver(template).words)

    refused = [re.findall(r"cloudformation:\w+", message) for message in words]
    assert refused == [[f"cloudformation:{action}"] if action != "nothing" else [] for action, _ in steps]


def jobs_of(world: World, function: str) -> int:
    """How many jobs the function got: each begins a line of its log."""
    pages = world.client("logs").get_paginator("filter_log_events").paginate(logGroupName=f"/aws/lambda/{function}")
    return sum("deploy began" in event["message"] for page in pages for event in page["events"])
