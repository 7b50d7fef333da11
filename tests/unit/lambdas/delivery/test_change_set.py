from __future__ import annotations

import hashlib
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

    from tests.unit.lambdas.delivery.conftest import Bucket

SOURCE = Artifact("SourceOutput", "artifact-bucket", "dromedary/SourceOutp/x")
STACK = "arn:aws:cloudformation:eu-west-1:111122223333:stack/shop-app-queue/1"
ARN = "arn:aws:cloudformation:eu-west-1:111122223333:changeSet/job-j-1/4711"
ROLE = "arn:aws:iam::111122223333:role/shop-app-stacks"
PARAMETERS = {"stack": "shop-app-queue", "template": "queue.yml", "role": ROLE}
PLANNED = ChangeSet(STACK, ARN)
NAMES = {"StackName": STACK, "ChangeSetName": ARN}
LARGE = "ü" * 25_600 + "x"
REQUEST: CreateChangeSetInputTypeDef = {"StackName": "shop-app-queue", "ChangeSetName": "job-j-1"}


@pytest.fixture
def source(tmp_path: Path, pack: Callable[..., bytes]) -> Path:
    path = tmp_path / "SourceOutput.zip"
    path.write_bytes(
        pack(
            {
                "queue.yml": "Resources: {}",
                "full.yml": "ü" * 25_600,
                "large.yml": LARGE,
                "p.json": '{"Size": "1", "Color": "red"}',
                "c.json": '{"Parameters": {"Color": "blue", "Shape": "round"}, "Tags": {"Team": "web", "Cost": "7"}}',
            }
        )
    )
    return path


def description(**entry: str) -> DescribeChangeSetOutputTypeDef:
    response = {"StackName": "shop-app-queue", "StackId": STACK, "ChangeSetId": ARN, "Status": "FAILED"} | entry
    return cast("DescribeChangeSetOutputTypeDef", response)


def test_a_template_alone_is_asked_for_with_the_name_of_the_job(source: Path) -> None:
    request = request_for(Order(PARAMETERS, SOURCE, 0, "j-1"), source, {})

    assert request == {
        "StackName": "shop-app-queue",
        "ChangeSetName": "job-j-1",
        "ClientToken": "j-1",
        "TemplateBody": "Resources: {}",
        "Parameters": [],
        "Capabilities": [],
        "Tags": [],
        "RoleARN": ROLE,
        "IncludeNestedStacks": True,
    }


def test_parameters_of_the_action_come_before_those_of_the_file(source: Path) -> None:
    options = {"parameters": "p.json", "Parameter.Size": "2", "Parameter.Name": "a", "capabilities": "A,,B"}

    request = request_for(Order(PARAMETERS | options, SOURCE, 0, "j-1"), source, {})

    assert request["Parameters"] == [
        {"ParameterKey": "Size", "ParameterValue": "2"},
        {"ParameterKey": "Color", "ParameterValue": "red"},
        {"ParameterKey": "Name", "ParameterValue": "a"},
    ]
    assert request["Capabilities"] == ["A", "B"]


def test_parameters_of_a_configuration_come_between_those_of_the_file_and_of_the_action(source: Path) -> None:
    options = {"parameters": "p.json", "configuration": "c.json", "Parameter.Shape": "square"}

    request = request_for(Order(PARAMETERS | options, SOURCE, 0, "j-1"), source, {})

    assert request["Parameters"] == [
        {"ParameterKey": "Size", "ParameterValue": "1"},
        {"ParameterKey": "Color", "ParameterValue": "blue"},
        {"ParameterKey": "Shape", "ParameterValue": "square"},
    ]


def test_tags_of_a_configuration_come_before_those_that_every_stack_gets(source: Path) -> None:
    tags = {"Team": "platform", "Owner": "me"}
    order = Order(PARAMETERS | {"configuration": "c.json"}, SOURCE, 0, "j-1")

    request = request_for(order, source, tags)

    assert request["Tags"] == [
        {"Key": "Team", "Value": "web"},
        {"Key": "Owner", "Value": "me"},
        {"Key": "Cost", "Value": "7"},
    ]
    assert tags == {"Team": "platform", "Owner": "me"}


def test_without_a_configuration_a_stack_gets_the_tags_that_every_stack_gets(source: Path) -> None:
    request = request_for(Order(PARAMETERS, SOURCE, 0, "j-1"), source, {"Owner": "me"})

    assert request["Tags"] == [{"Key": "Owner", "Value": "me"}]


def test_a_template_that_fits_into_a_request_lies_in_it(source: Path, bucket: Bucket) -> None:
    request = request_for(Order(PARAMETERS | {"template": "full.yml"}, SOURCE, 0, "j-1"), source, {})

    assert len(request["TemplateBody"].encode()) == 51_200
    assert "TemplateURL" not in request
    assert bucket.objects == {}


def test_a_larger_template_is_named_by_its_address_in_the_artifact_bucket(
    source: Path, bucket: Bucket, scratch: Path
) -> None:
    order = Order(PARAMETERS | {"template": "large.yml"}, SOURCE, 0, "j-1")

    first, second = request_for(order, source, {}), request_for(order, source, {})

    key = f"assets/{hashlib.sha256(LARGE.encode()).hexdigest()}.template"
    assert first["TemplateURL"] == second["TemplateURL"] == f"https://s3.amazonaws.com/artifact-bucket/{key}"
    assert "TemplateBody" not in first
    assert bucket.objects == {key: LARGE.encode()}
    assert bucket.uploads == [key]
    assert list(scratch.iterdir()) == []


@pytest.mark.parametrize("option", ["template", "parameters", "configuration"])
def test_a_file_that_is_not_in_the_artifact_is_named(source: Path, option: str) -> None:
    order = Order(PARAMETERS | {option: "none.json"}, SOURCE, 0, "j-1")

    with pytest.raises(JobError, match=r"^There is no none\.json in the artifact SourceOutput"):
        request_for(order, source, {})


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


def test_a_change_set_is_deleted(stacks: CloudFormationClient, cloudformation_stub: Stubber) -> None:
    cloudformation_stub.add_response("delete_change_set", {}, NAMES)

    PLANNED.delete(stacks)


@pytest.mark.parametrize("status", ["DELETE_PENDING", "DELETE_IN_PROGRESS"])
def test_a_change_set_that_is_being_deleted_since_an_answer_was_lost_is_left_to_it(
    stacks: CloudFormationClient, cloudformation_stub: Stubber, status: str
) -> None:
    message = f"Cannot delete ChangeSet in status {status}"
    cloudformation_stub.add_client_error("delete_change_set", "InvalidChangeSetStatus", message)

    PLANNED.delete(stacks)


def test_a_change_set_that_cannot_be_deleted_is_told(
    stacks: CloudFormationClient, cloudformation_stub: Stubber
) -> None:
    message = "Cannot delete ChangeSet in status CREATE_IN_PROGRESS"
    cloudformation_stub.add_client_error("delete_change_set", "InvalidChangeSetStatus", message)

    with pytest.raises(ClientError, match="CREATE_IN_PROGRESS"):
        PLANNED.delete(stacks)


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
