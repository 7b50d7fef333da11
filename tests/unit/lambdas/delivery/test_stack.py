from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from botocore.session import get_session
from botocore.stub import ANY, Stubber

from lambdas import deploy
from lambdas.delivery import stack as deploy_stack
from lambdas.delivery.order import AGAIN, Order
from lambdas.job import clients
from lambdas.job.ending import Continued, JobError, Misconfigured, Succeeded
from lambdas.job.job import Artifact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from conftest import CodePipeline, Context, Store

SOURCE = Artifact("SourceOutput", "artifact-bucket", "dromedary/SourceOutp/x")
JOB = "2d8f5c8e-6d1c-4f55-9d6e-0a7d5b0e3c11"
NAME = "shop-app-queue"
STACK = f"arn:aws:cloudformation:eu-west-1:111122223333:stack/{NAME}/1"
CHANGE_SET = f"arn:aws:cloudformation:eu-west-1:111122223333:changeSet/job-{JOB}/4711"
ROLE = "arn:aws:iam::111122223333:role/shop-app-stacks"
TOKEN = json.dumps([STACK, CHANGE_SET])
GIVEN = {"stack": NAME, "template": "queue.yml", "role": ROLE}
ORDER = Order(GIVEN, SOURCE, 0, JOB)
MADE = Continued(TOKEN, f"the change set of {NAME} is being made")
WHICH = {"StackName": STACK, "ChangeSetName": CHANGE_SET}


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    client = get_session().create_client(
        "cloudformation", region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b"
    )
    monkeypatch.setattr(clients, "stacks", lambda: client)
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "shop-deploy")
    with Stubber(client) as stub:
        yield stub
        stub.assert_no_pending_responses()


@pytest.fixture
def source(tmp_path: Path, pack: Callable[..., bytes]) -> Path:
    path = tmp_path / "SourceOutput.zip"
    path.write_bytes(pack({"queue.yml": "Resources: {}", "p.json": '{"Size": "1", "Color": "red"}'}))
    return path


def found(stub: Stubber, status: str, **more: Any) -> None:
    """The stack is there, and like this."""
    stack = {
        "StackName": NAME,
        "StackId": STACK,
        "StackStatus": status,
        "CreationTime": datetime(2026, 1, 1, tzinfo=UTC),
    }
    stub.add_response("describe_stacks", {"Stacks": [stack | more]})


def absent(stub: Stubber) -> None:
    stub.add_client_error("describe_stacks", "ValidationError", f"Stack with id {NAME} does not exist")


def described(stub: Stubber, status: str, execution: str, reason: str = "") -> None:
    """The change set is like this."""
    said = {"StackName": NAME, "StackId": STACK, "ChangeSetId": CHANGE_SET, "StatusReason": reason}
    stub.add_response("describe_change_set", said | {"Status": status, "ExecutionStatus": execution}, WHICH)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (None, "CREATE"),
        ("REVIEW_IN_PROGRESS", "CREATE"),
        ("CREATE_COMPLETE", "UPDATE"),
        ("UPDATE_ROLLBACK_COMPLETE", "UPDATE"),
    ],
)
def test_the_change_set_creates_or_updates_as_the_stack_is_there(
    stub: Stubber, source: Path, status: str | None, kind: str
) -> None:
    found(stub, status) if status else absent(stub)
    request = {
        "StackName": NAME,
        "ChangeSetName": f"job-{JOB}",
        "ClientToken": JOB,
        "ChangeSetType": kind,
        "TemplateBody": "Resources: {}",
        "Parameters": [],
        "Capabilities": [],
        "RoleARN": ROLE,
    }
    stub.add_response("create_change_set", {"StackId": STACK, "Id": CHANGE_SET}, request)

    assert deploy_stack.begin(ORDER, source) == MADE


def test_parameters_of_the_action_come_before_those_of_the_file(stub: Stubber, source: Path) -> None:
    options = {"parameters": "p.json", "Parameter.Size": "2", "capabilities": "CAPABILITY_IAM,CAPABILITY_AUTO_EXPAND"}
    absent(stub)
    request = {
        "StackName": NAME,
        "ChangeSetName": ANY,
        "ClientToken": ANY,
        "ChangeSetType": "CREATE",
        "TemplateBody": ANY,
        "Parameters": [
            {"ParameterKey": "Size", "ParameterValue": "2"},
            {"ParameterKey": "Color", "ParameterValue": "red"},
        ],
        "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        "RoleARN": ROLE,
    }
    stub.add_response("create_change_set", {"StackId": STACK, "Id": CHANGE_SET}, request)

    deploy_stack.begin(Order(GIVEN | options, SOURCE, 0, JOB), source)


def test_the_same_job_makes_one_change_set(stub: Stubber, source: Path) -> None:
    found(stub, "CREATE_COMPLETE")
    stub.add_client_error("create_change_set", "AlreadyExistsException", "it exists")
    there = {"StackId": STACK, "ChangeSetId": CHANGE_SET}
    stub.add_response("describe_change_set", there, {"StackName": NAME, "ChangeSetName": f"job-{JOB}"})

    assert deploy_stack.begin(ORDER, source) == MADE


def test_a_stack_whose_creation_failed_is_deleted_first_and_it_is_said(stub: Stubber, source: Path) -> None:
    found(stub, "ROLLBACK_COMPLETE")
    stub.add_response("delete_stack", {}, {"StackName": NAME, "RoleARN": ROLE, "ClientRequestToken": JOB})

    said = f"{NAME} is ROLLBACK_COMPLETE, which takes no update: it is deleted, and made anew"
    assert deploy_stack.begin(ORDER, source) == Continued(AGAIN, said)


def test_a_deletion_is_waited_for(stub: Stubber, source: Path) -> None:
    found(stub, "DELETE_IN_PROGRESS")

    assert deploy_stack.begin(ORDER, source) == Continued(AGAIN, f"{NAME} is DELETE_IN_PROGRESS")


def test_a_stack_that_cannot_be_deleted_is_told_with_the_cause(stub: Stubber, source: Path) -> None:
    found(stub, "DELETE_FAILED")
    found(stub, "DELETE_FAILED", StackStatusReason="a bucket is not empty")
    stub.add_response("describe_stack_events", {"StackEvents": []})

    with pytest.raises(JobError, match=rf"{NAME} could not be deleted\. The first failure: a bucket is not empty"):
        deploy_stack.begin(ORDER, source)


@pytest.mark.parametrize("status", ["UPDATE_IN_PROGRESS", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"])
def test_another_operation_in_progress_is_told(stub: Stubber, source: Path, status: str) -> None:
    found(stub, status)

    with pytest.raises(JobError, match=rf"Another operation on the stack {NAME} is in progress: {status}; try again"):
        deploy_stack.begin(ORDER, source)


@pytest.mark.usefixtures("stub")
def test_a_stack_or_role_of_the_pipeline_itself_is_refused(source: Path) -> None:
    given = GIVEN | {"stack": "shop-Roles-1ABC", "role": "arn:aws:iam::111122223333:role/All"}

    with pytest.raises(Misconfigured) as refused:
        deploy_stack.begin(Order(given, SOURCE, 0, JOB), source)

    assert str(refused.value).splitlines()[1:] == [
        "  - stack must be shop-app-<name>, of letters, digits and -; it is 'shop-Roles-1ABC'",
        "  - role must be the ARN of a role that is called shop-app-<name>; it is 'arn:aws:iam::111122223333:role/All'",
    ]


@pytest.mark.usefixtures("stub")
def test_nothing_is_deleted_for_a_template_that_is_not_there(source: Path) -> None:
    with pytest.raises(JobError, match=r"no none\.yml"):
        deploy_stack.begin(Order(GIVEN | {"template": "none.yml"}, SOURCE, 0, JOB), source)


@pytest.mark.parametrize("status", ["CREATE_PENDING", "CREATE_IN_PROGRESS"])
def test_a_change_set_that_is_being_made_is_waited_for(stub: Stubber, status: str) -> None:
    described(stub, status, "UNAVAILABLE")

    assert deploy_stack.resume(ORDER, TOKEN) == Continued(TOKEN, f"the change set of {NAME} is {status}, UNAVAILABLE")


def test_a_change_set_that_is_made_is_executed_once(stub: Stubber) -> None:
    described(stub, "CREATE_COMPLETE", "AVAILABLE")
    stub.add_response("execute_change_set", {}, WHICH | {"ClientRequestToken": "4711"})

    assert isinstance(deploy_stack.resume(ORDER, TOKEN), Continued)


@pytest.mark.parametrize(
    ("execution", "status"),
    [("EXECUTE_COMPLETE", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"), ("EXECUTE_FAILED", "UPDATE_ROLLBACK_IN_PROGRESS")],
)
def test_the_stack_is_waited_for_until_nothing_is_left_to_do(stub: Stubber, execution: str, status: str) -> None:
    described(stub, "CREATE_COMPLETE", execution)
    found(stub, status)

    assert deploy_stack.resume(ORDER, TOKEN) == Continued(TOKEN, f"{NAME} is {status}")


def test_while_it_is_executed_the_status_from_before_does_not_count(stub: Stubber) -> None:
    described(stub, "CREATE_COMPLETE", "EXECUTE_IN_PROGRESS")

    assert isinstance(deploy_stack.resume(ORDER, TOKEN), Continued)


def test_a_failure_whose_cause_cannot_be_read_is_a_failure_all_the_same(stub: Stubber) -> None:
    described(stub, "CREATE_COMPLETE", "EXECUTE_FAILED")
    found(stub, "ROLLBACK_COMPLETE")
    found(stub, "ROLLBACK_COMPLETE")
    stub.add_client_error("describe_stack_events", "AccessDenied", "no right")

    with pytest.raises(JobError, match=rf"{NAME} is ROLLBACK_COMPLETE\..* its events could not be read: .*no right"):
        deploy_stack.resume(ORDER, TOKEN)


def test_the_outputs_of_the_stack_are_the_variables(stub: Stubber) -> None:
    described(stub, "CREATE_COMPLETE", "EXECUTE_COMPLETE")
    found(stub, "UPDATE_COMPLETE", Outputs=[{"OutputKey": "QueueUrl", "OutputValue": "https://queue"}])

    ended = deploy_stack.resume(ORDER, TOKEN)

    assert ended == Succeeded(f"{NAME} is UPDATE_COMPLETE", {"QueueUrl": "https://queue"})


def test_outputs_that_are_too_many_are_told(stub: Stubber) -> None:
    described(stub, "CREATE_COMPLETE", "EXECUTE_COMPLETE")
    outputs = [{"OutputKey": f"Output{number:03}", "OutputValue": "x" * 1015} for number in range(121)]
    found(stub, "UPDATE_COMPLETE", Outputs=outputs)

    with pytest.raises(JobError, match=r"is UPDATE_COMPLETE, but its outputs have 123904 bytes .* takes 122880"):
        deploy_stack.resume(ORDER, TOKEN)


@pytest.mark.parametrize(
    "reason", ["The submitted information didn't contain changes.", "No updates are to be performed."]
)
def test_nothing_to_change_is_a_success_and_its_change_set_goes(stub: Stubber, reason: str) -> None:
    described(stub, "FAILED", "UNAVAILABLE", reason)
    stub.add_response("delete_change_set", {}, WHICH)
    found(stub, "CREATE_COMPLETE", Outputs=[{"OutputKey": "QueueUrl", "OutputValue": "https://queue"}])

    ended = deploy_stack.resume(ORDER, TOKEN)

    assert ended == Succeeded(f"{NAME} is unchanged, CREATE_COMPLETE", {"QueueUrl": "https://queue"})


def test_a_change_set_that_could_not_be_made_is_told_and_goes(stub: Stubber) -> None:
    described(stub, "FAILED", "UNAVAILABLE", "Transform AWS::Nothing failed")
    stub.add_response("describe_events", {"OperationEvents": []}, WHICH | {"Filters": {"FailedEvents": True}})
    stub.add_response("delete_change_set", {}, WHICH)

    with pytest.raises(JobError, match=f"of the stack {NAME} could not be made: Transform AWS::Nothing failed"):
        deploy_stack.resume(ORDER, TOKEN)


def test_a_change_set_that_somebody_deleted_or_overtook_is_told(stub: Stubber) -> None:
    stub.add_client_error("describe_change_set", "ChangeSetNotFound")
    with pytest.raises(JobError, match="Somebody deleted the change set"):
        deploy_stack.resume(ORDER, TOKEN)

    described(stub, "CREATE_COMPLETE", "OBSOLETE")
    with pytest.raises(JobError, match="Somebody else changed the stack"):
        deploy_stack.resume(ORDER, TOKEN)


def test_the_longest_token_is_short_enough(
    stub: Stubber,
    event: Callable[..., dict[str, Any]],
    context: type[Context],
    store: Store,
    codepipeline: CodePipeline,
) -> None:
    longest = STACK.replace(NAME, "shop-app-" + "x" * 119)[:-1] + JOB
    store.put("SourceOutput", {"queue.yml": "Resources: {}"})
    absent(stub)
    stub.add_response("create_change_set", {"StackId": longest, "Id": f"{CHANGE_SET[:-4]}{JOB}"})

    deploy.handler(
        event(f"type=cloudformation&stack=shop-app-x&template=queue.yml&role={ROLE}", ["SourceOutput"]), context()
    )

    assert 0 < len(codepipeline.answer["continuationToken"]) <= 2048


def test_a_delivery_that_begins_anew_gets_its_artifact_again(
    stub: Stubber,
    event: Callable[..., dict[str, Any]],
    context: type[Context],
    store: Store,
    codepipeline: CodePipeline,
) -> None:
    store.put("SourceOutput", {"queue.yml": "Resources: {}"})
    given = f"type=cloudformation&stack={NAME}&template=queue.yml&role={ROLE}"
    found(stub, "DELETE_IN_PROGRESS")
    absent(stub)
    stub.add_response("create_change_set", {"StackId": STACK, "Id": CHANGE_SET})

    deploy.handler(event(given, ["SourceOutput"]), context())
    token = codepipeline.answers.pop()["continuationToken"]
    deploy.handler(event(given, ["SourceOutput"], continuationToken=token), context())

    assert token == AGAIN
    assert TOKEN in json.loads(codepipeline.answer["continuationToken"])


@pytest.mark.parametrize("token", ["x", "1"])
def test_a_token_that_no_stack_gave_is_refused(token: str) -> None:
    with pytest.raises(Misconfigured, match="continuation token"):
        deploy_stack.resume(ORDER, token)
