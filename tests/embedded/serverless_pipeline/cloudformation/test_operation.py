from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING

import pytest

from serverless_pipeline.cloudformation import change_set, operation, stack
from serverless_pipeline.cloudformation.stack import Desired, Stack, Status
from serverless_pipeline.errors import Error
from serverless_pipeline.patience import Patience
from serverless_pipeline.project import bucket
from serverless_pipeline.settings import Settings
from tests.support import stacks
from tests.support.waiting import PATIENCE

if TYPE_CHECKING:
    from serverless_pipeline.aws import Clients

GOOD = "Resources: {Note: {Type: AWS::SSM::Parameter, Properties: {Type: String, Value: one}}}"

CLASHING = "Resources: {Clash: {Type: AWS::S3::Bucket, Properties: {BucketName: '%s'}}}"

TAKEN = "Resources: {Taken: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: '%s'}}}"

NESTING = "Resources: {Inner: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: '%s'}}}"


def begun(clients: Clients, template: str) -> Stack:
    home = bucket.name(Settings(stack_name="test-operation"), clients)
    bucket.ensure(clients, home)
    name = f"operation-{uuid.uuid4().hex[:8]}"
    change_set.deploy(clients, Desired(name, published(clients, template), {}))
    return stack.demand(clients, name)


def published(clients: Clients, template: str) -> str:
    home = bucket.name(Settings(stack_name="test-operation"), clients)
    bucket.ensure(clients, home)
    key = f"{uuid.uuid4()}.yml"
    bucket.publish(clients, home, key, template.encode())
    return bucket.url(clients, home, key)


def test_watching_prints_one_line_per_event_and_answers_how_it_ended(
    clients: Clients, capsys: pytest.CaptureFixture[str]
) -> None:
    ended = operation.watch(clients, begun(clients, GOOD), Patience(timeout=PATIENCE), verbose=True)

    lines = [line[10:].split() for line in capsys.readouterr().err.splitlines()]
    assert ended.status is Status.CREATE_COMPLETE
    assert ["CREATE_COMPLETE", "Note"] in lines
    assert lines[-1] == ["CREATE_COMPLETE", ended.name]


def test_a_good_end_is_no_error(clients: Clients) -> None:
    ended = operation.watch(clients, begun(clients, GOOD), Patience(timeout=PATIENCE))

    operation.conclude(clients, ended)

    assert ended.status.ended_well


def test_a_failure_tells_the_first_cause_in_the_nested_stack_and_the_next_command(clients: Clients) -> None:
    taken = bucket.name(Settings(stack_name="test-operation"), clients)
    inner = published(clients, CLASHING % taken)
    ended = operation.watch(clients, begun(clients, NESTING % inner), Patience(timeout=PATIENCE))

    with pytest.raises(Error) as caught:
        operation.conclude(clients, ended)

    message = str(caught.value.message)
    assert ended.status is Status.ROLLBACK_COMPLETE
    assert message.startswith(f"The stack {ended.name} is ROLLBACK_COMPLETE.\n  First cause: Inner/Clash  ")
    assert "AWS::S3::Bucket, CREATE_FAILED" in message
    assert "Usually: " in message
    assert message.endswith("Next: delete it or choose another stack_name, then invoke pipeline.up")


def test_what_was_found_before_anything_began_is_told_with_its_resource(clients: Clients) -> None:
    root = operation.watch(clients, begun(clients, GOOD), Patience(timeout=PATIENCE))
    clash = CLASHING % bucket.name(Settings(stack_name="test-operation"), clients)
    change_set.deploy(clients, Desired(root.name, published(clients, clash)))
    ended = operation.watch(clients, stack.demand(clients, root.name), Patience(timeout=PATIENCE))

    with pytest.raises(Error) as caught:
        operation.conclude(clients, ended)

    said = str(caught.value.message)
    assert "First cause: Clash  " in said
    assert "already exists" in said
    assert "Call DescribeEvents" not in said


def test_a_log_group_that_somebody_left_fails_the_stack_and_keeps_what_it_holds(clients: Clients) -> None:
    name = f"/aws/lambda/left-{uuid.uuid4().hex[:8]}"
    clients.logs.create_log_group(logGroupName=name)
    clients.logs.create_log_stream(logGroupName=name, logStreamName="kept")
    ended = operation.watch(clients, begun(clients, TAKEN % name), Patience(timeout=PATIENCE))

    with pytest.raises(Error, match=rf"First cause: Taken  [\s\S]*'{name}' already exists[\s\S]*Usually: something of"):
        operation.conclude(clients, ended)

    (stream,) = clients.logs.describe_log_streams(logGroupName=name)["logStreams"]
    assert stream["logStreamName"] == "kept"


def test_a_nested_stack_that_fails_leaves_nothing_of_itself(clients: Clients) -> None:
    before, taken = (f"/aws/lambda/{word}-{uuid.uuid4().hex[:8]}" for word in ("before", "taken"))
    clients.logs.create_log_group(logGroupName=taken)
    resources = {
        "Before": stacks.resource("Logs::LogGroup", LogGroupName=before),
        "Taken": stacks.resource("Logs::LogGroup", LogGroupName=taken) | {"DependsOn": "Before"},
    }
    url = published(clients, json.dumps({"Resources": resources}))

    ended = operation.watch(clients, begun(clients, NESTING % url), Patience(timeout=PATIENCE))

    assert ended.status is Status.ROLLBACK_COMPLETE
    assert clients.logs.describe_log_groups(logGroupNamePrefix=before)["logGroups"] == []
