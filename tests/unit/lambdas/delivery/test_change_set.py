from __future__ import annotations

import json
from typing import TYPE_CHECKING, cast

import pytest
from botocore.exceptions import ClientError

from lambdas.delivery import stack_failure
from lambdas.delivery.change_set import ChangeSet, request_for
from lambdas.delivery.order import Order
from lambdas.job.ending import JobError, Misconfigured
from lambdas.job.job import Artifact

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from botocore.stub import Stubber
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import CreateChangeSetInputTypeDef, DescribeChangeSetOutputTypeDef

SOURCE = Artifact("SourceOutput", "artifact-bucket", "dromedary/SourceOutp/x")
STACK = "arn:aws:cloudformation:eu-west-1:111122223333:stack/shop-app-queue/1"
ARN = "arn:aws:cloudformation:eu-west-1:111122223333:changeSet/job-j-1/4711"
ROLE = "arn:aws:iam::111122223333:role/shop-app-stacks"
PARAMETERS = {"stack": "shop-app-queue", "template": "queue.yml", "role": ROLE}
PLANNED = ChangeSet(STACK, ARN)
NAMES = {"StackName": STACK, "ChangeSetName": ARN}
REQUEST: CreateChangeSetInputTypeDef = {"StackName": "shop-app-queue", "ChangeSetName": "job-j-1"}


@pytest.fixture
def source(tmp_path: Path, pack: Callable[..., bytes]) -> Path:
    path = tmp_path / "SourceOutput.zip"
    path.write_bytes(pack({"queue.yml": "Resources: {}", "p.json": '{"Size": "1", "Color": "red"}'}))
    return path


def description(**entry: str) -> DescribeChangeSetOutputTypeDef:
    response = {"StackName": "shop-app-queue", "StackId": STACK, "ChangeSetId": ARN, "Status": "FAILED"} | entry
    return cast("DescribeChangeSetOutputTypeDef", response)


def test_a_template_alone_is_asked_for_with_the_name_of_the_job(source: Path) -> None:
    request = request_for(Order(PARAMETERS, SOURCE, 0, "j-1"), source)

    assert request == {
        "StackName": "shop-app-queue",
        "ChangeSetName": "job-j-1",
        "ClientToken": "j-1",
        "TemplateBody": "Resources: {}",
        "Parameters": [],
        "Capabilities": [],
        "RoleARN": ROLE,
    }


def test_parameters_of_the_action_come_before_those_of_the_file(source: Path) -> None:
    options = {"parameters": "p.json", "Parameter.Size": "2", "Parameter.Name": "a", "capabilities": "A,,B"}

    request = request_for(Order(PARAMETERS | options, SOURCE, 0, "j-1"), source)

    assert request["Parameters"] == [
        {"ParameterKey": "Size", "ParameterValue": "2"},
        {"ParameterKey": "Color", "ParameterValue": "red"},
        {"ParameterKey": "Name", "ParameterValue": "a"},
    ]
    assert request["Capabilities"] == ["A", "B"]


def test_a_change_set_is_created(stacks: CloudFormationClient, cloudformation_stub: Stubber) -> None:
    cloudformation_stub.add_response("create_change_set", {"StackId": STACK, "Id": ARN}, dict(REQUEST))

    assert ChangeSet.create(stacks, REQUEST) == PLANNED


def test_the_same_job_creates_one_change_set(stacks: CloudFormationClient, cloudformation_stub: Stubber) -> None:
    cloudformation_stub.add_client_error("create_change_set", "AlreadyExistsException")
    response = {"StackId": STACK, "ChangeSetId": ARN}
    cloudformation_stub.add_response("describe_change_set", response, dict(REQUEST))

    assert ChangeSet.create(stacks, REQUEST) == PLANNED


def test_a_token_carries_the_stack_and_the_change_set() -> None:
    token = PLANNED.token()

    assert json.loads(token) == [STACK, ARN]
    assert ChangeSet.from_token(token) == PLANNED


@pytest.mark.parametrize("token", ["", "x", "1", "[]", '["one"]', '["one", "two", "three"]'])
def test_a_token_that_no_stack_gave_is_refused(token: str) -> None:
    with pytest.raises(Misconfigured, match="the continuation token is none of a stack's; release the change again"):
        ChangeSet.from_token(token)


def test_a_change_set_is_described(stacks: CloudFormationClient, cloudformation_stub: Stubber) -> None:
    cloudformation_stub.add_response("describe_change_set", {"Status": "CREATE_COMPLETE"}, NAMES)

    response = PLANNED.describe(stacks)

    assert response
    assert response["Status"] == "CREATE_COMPLETE"


def test_a_change_set_that_somebody_deleted_is_none(stacks: CloudFormationClient, cloudformation_stub: Stubber) -> None:
    cloudformation_stub.add_client_error("describe_change_set", "ChangeSetNotFound")

    assert PLANNED.describe(stacks) is None


def test_a_change_set_that_cannot_be_read_is_no_missing_one(
    stacks: CloudFormationClient, cloudformation_stub: Stubber
) -> None:
    cloudformation_stub.add_client_error("describe_change_set", "AccessDenied")

    with pytest.raises(ClientError, match="AccessDenied"):
        PLANNED.describe(stacks)


def test_a_change_set_is_executed_once_by_its_own_identifier(
    stacks: CloudFormationClient, cloudformation_stub: Stubber
) -> None:
    cloudformation_stub.add_response("execute_change_set", {}, NAMES | {"ClientRequestToken": "4711"})

    PLANNED.execute(stacks)


@pytest.mark.parametrize(
    "reason", ["The submitted information didn't contain changes.", "No updates are to be performed."]
)
def test_a_change_set_that_changes_nothing_is_deleted_without_a_failure(
    stacks: CloudFormationClient, cloudformation_stub: Stubber, reason: str
) -> None:
    cloudformation_stub.add_response("delete_change_set", {}, NAMES)

    PLANNED.discard(stacks, description(StatusReason=reason))


@pytest.mark.parametrize(
    ("entry", "reason"),
    [({"StatusReason": "Transform AWS::Nothing failed"}, "Transform AWS::Nothing failed"), ({}, "AWS gives no reason")],
)
def test_a_change_set_that_could_not_be_made_is_told_and_goes(
    stacks: CloudFormationClient,
    cloudformation_stub: Stubber,
    monkeypatch: pytest.MonkeyPatch,
    entry: dict[str, str],
    reason: str,
) -> None:
    monkeypatch.setattr(stack_failure, "validation_errors", lambda *_: "")
    cloudformation_stub.add_response("delete_change_set", {}, NAMES)

    with pytest.raises(JobError, match=rf"^The change set of the stack shop-app-queue could not be made: {reason}$"):
        PLANNED.discard(stacks, description(**entry))


def test_what_cloudformation_found_is_told_in_place_of_its_reason(
    stacks: CloudFormationClient, cloudformation_stub: Stubber, monkeypatch: pytest.MonkeyPatch
) -> None:
    errors = {(stacks, STACK, ARN): "Bucket: taken"}
    monkeypatch.setattr(stack_failure, "validation_errors", lambda *request: errors[request])
    cloudformation_stub.add_response("delete_change_set", {}, NAMES)

    with pytest.raises(JobError, match=r"could not be made: Bucket: taken$"):
        PLANNED.discard(stacks, description(StatusReason="Call DescribeEvents"))
