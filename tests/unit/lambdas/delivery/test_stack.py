from __future__ import annotations

import hashlib
import json
import random
import string
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from lambdas import deploy
from lambdas.delivery import delivery, stack, stack_failure
from lambdas.delivery.contents import Contents
from lambdas.delivery.order import BEGIN_ANEW, Kind, Order
from lambdas.job.ending import Continued, JobError, Misconfigured, Outcome, Succeeded
from lambdas.job.job import Artifact

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from botocore.stub import Stubber

    from tests.support.functions import CodePipeline, Context
    from tests.support.store import Store
    from tests.unit.lambdas.delivery.conftest import Bucket

SOURCE = Artifact("SourceOutput", "artifact-bucket", "dromedary/SourceOutp/x")
JOB = "2d8f5c8e-6d1c-4f55-9d6e-0a7d5b0e3c11"
NAME = "shop-app-queue"
CODE = hashlib.sha256(b"the code").hexdigest()
STACK = f"arn:aws:cloudformation:eu-west-1:111122223333:stack/{NAME}/1"
CHANGE_SET = f"arn:aws:cloudformation:eu-west-1:111122223333:changeSet/job-{JOB}/4711"
ROLE = "arn:aws:iam::111122223333:role/shop-app-stacks"
TABLE = "AWS::DynamoDB::Table"
CONTENTS = Contents(("Queue", "Site"), ("Site",))


def token(contents: Contents) -> str:
    """What a delivery hands on to its next job."""
    return json.dumps([json.dumps([STACK, CHANGE_SET]), contents.to_text()])


TOKEN = token(Contents())
PARAMETERS = {"stack": NAME, "template": "queue.yml", "role": ROLE}
ORDER = Order(PARAMETERS, SOURCE, 0, JOB)
PLANNED = Continued(TOKEN, f"the change set of {NAME} is being made")
NAMES = {"StackName": STACK, "ChangeSetName": CHANGE_SET}
CREATION = datetime(2026, 1, 1, tzinfo=UTC)
REQUEST = {
    "StackName": NAME,
    "ChangeSetName": f"job-{JOB}",
    "ClientToken": JOB,
    "TemplateBody": "Resources: {}",
    "Parameters": [],
    "Capabilities": [],
    "Tags": [],
    "RoleARN": ROLE,
    "IncludeNestedStacks": True,
}


@pytest.fixture(autouse=True)
def stateful_types(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables hold data, as the function's environment says."""
    monkeypatch.setenv("STATEFUL_TYPES", TABLE)


@pytest.fixture(autouse=True)
def function_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """The function has the name that the templates give it."""
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "shop-deploy")


@pytest.fixture
def source(tmp_path: Path, pack: Callable[..., bytes]) -> Path:
    path = tmp_path / "SourceOutput.zip"
    path.write_bytes(pack({"queue.yml": "Resources: {}"}))
    return path


def expect_stack(stub: Stubber, status: str, name: str = STACK, **entry: Any) -> None:
    """The stack is there, and like this."""
    description = {"StackName": NAME, "StackId": STACK, "StackStatus": status, "CreationTime": CREATION} | entry
    stub.add_response("describe_stacks", {"Stacks": [description]}, {"StackName": name})


def expect_root(stub: Stubber, **tags: str) -> None:
    """The pipeline's own stack is there, with these tags."""
    entries = [{"Key": key, "Value": value} for key, value in tags.items()]
    description = {"StackName": "shop", "StackStatus": "UPDATE_COMPLETE", "CreationTime": CREATION, "Tags": entries}
    stub.add_response("describe_stacks", {"Stacks": [description]}, {"StackName": "shop"})


def expect_no_stack(stub: Stubber) -> None:
    stub.add_client_error("describe_stacks", "ValidationError", f"Stack with id {NAME} does not exist")


def expect_change_set(stub: Stubber, status: str, execution: str, reason: str = "") -> None:
    """The change set is like this."""
    description = {"StackName": NAME, "StackId": STACK, "ChangeSetId": CHANGE_SET, "StatusReason": reason}
    stub.add_response("describe_change_set", description | {"Status": status, "ExecutionStatus": execution}, NAMES)


def expect_changes(stub: Stubber, *changes: dict[str, str]) -> None:
    """The change set changes this."""
    entries = [{"Type": "Resource", "ResourceChange": change} for change in changes]
    stub.add_response("describe_change_set", {"Changes": entries}, NAMES)


def expect_resources(stub: Stubber, *resources: tuple[str, str, str], **page: str) -> None:
    """The stack lists these resources: logical ID, physical ID, status."""
    summaries = [
        {
            "LogicalResourceId": logical,
            "ResourceType": "AWS::SQS::Queue",
            "ResourceStatus": status,
            "LastUpdatedTimestamp": CREATION,
            **({"PhysicalResourceId": physical} if physical else {}),
        }
        for logical, physical, status in resources
    ]
    request = {"StackName": STACK} | ({"NextToken": token} if (token := page.pop("after", "")) else {})
    stub.add_response("list_stack_resources", {"StackResourceSummaries": summaries, **page}, request)


def cause(monkeypatch: pytest.MonkeyPatch, words: str) -> None:
    """The events of the stack tell this as the first cause."""
    monkeypatch.setattr(stack_failure, "first_cause", lambda _stacks, stack_id: {STACK: words}[stack_id])


@pytest.mark.parametrize(
    ("status", "type_"),
    [
        (None, "CREATE"),
        ("REVIEW_IN_PROGRESS", "CREATE"),
        ("CREATE_COMPLETE", "UPDATE"),
        ("UPDATE_ROLLBACK_COMPLETE", "UPDATE"),
    ],
)
def test_the_change_set_creates_or_updates_as_the_stack_is_there(
    cloudformation_stub: Stubber, source: Path, status: str | None, type_: str
) -> None:
    expect_root(cloudformation_stub)
    if status:
        expect_stack(cloudformation_stub, status, NAME)
    else:
        expect_no_stack(cloudformation_stub)
    response = {"StackId": STACK, "Id": CHANGE_SET}
    cloudformation_stub.add_response("create_change_set", response, REQUEST | {"ChangeSetType": type_})

    assert stack.begin(ORDER, source) == PLANNED


def test_a_stack_is_marked_as_the_pipelines_own_is(cloudformation_stub: Stubber, source: Path) -> None:
    expect_root(cloudformation_stub, Team="web", Cost="7")
    expect_no_stack(cloudformation_stub)
    tags = [{"Key": "Team", "Value": "web"}, {"Key": "Cost", "Value": "7"}]
    request = REQUEST | {"Tags": tags, "ChangeSetType": "CREATE"}
    cloudformation_stub.add_response("create_change_set", {"StackId": STACK, "Id": CHANGE_SET}, request)

    assert stack.begin(ORDER, source) == PLANNED


@pytest.mark.parametrize("entry", [{}, None])
def test_a_pipeline_without_tags_or_without_a_stack_gives_none(
    cloudformation_stub: Stubber, source: Path, entry: dict[str, Any] | None
) -> None:
    description = {"StackName": "shop", "StackStatus": "UPDATE_COMPLETE", "CreationTime": CREATION}
    if entry is None:
        cloudformation_stub.add_client_error("describe_stacks", "ValidationError", "Stack shop does not exist")
    else:
        cloudformation_stub.add_response("describe_stacks", {"Stacks": [description]}, {"StackName": "shop"})
    expect_no_stack(cloudformation_stub)
    response = {"StackId": STACK, "Id": CHANGE_SET}
    cloudformation_stub.add_response("create_change_set", response, REQUEST | {"ChangeSetType": "CREATE"})

    assert stack.begin(ORDER, source) == PLANNED


def test_the_names_of_what_is_delivered_go_along_to_the_end(
    cloudformation_stub: Stubber, tmp_path: Path, pack: Callable[..., bytes]
) -> None:
    names = json.dumps({"ids": ["Queue", "Site"], "parts": ["Site"]})
    (tmp_path / "package.zip").write_bytes(pack({"queue.yml": "Resources: {}", "deliveries.json": names}))
    expect_root(cloudformation_stub)
    expect_no_stack(cloudformation_stub)
    cloudformation_stub.add_response("create_change_set", {"StackId": STACK, "Id": CHANGE_SET})

    outcome = stack.begin(
        Order(PARAMETERS | {"deliveries": "deliveries.json"}, SOURCE, 0, JOB), tmp_path / "package.zip"
    )

    assert outcome == replace(PLANNED, token=token(CONTENTS))


@pytest.mark.usefixtures("cloudformation_stub")
def test_names_that_a_token_has_no_room_for_are_refused_before_anything_is_made(
    bucket: Bucket, tmp_path: Path, pack: Callable[..., bytes]
) -> None:
    (tmp_path / "package.zip").write_bytes(pack({"queue.yml": "x" * 51_201, f"assets/{CODE}.zip": "the code"}))
    chance = random.Random(0)  # noqa: S311 - nothing is kept secret with it
    names = ",".join("".join(chance.choices(string.ascii_letters, k=50)) for _ in range(50))

    with pytest.raises(JobError, match="a continuation token has room for"):
        stack.begin(Order(PARAMETERS | {"ids": names}, SOURCE, 0, JOB), tmp_path / "package.zip")
    assert bucket.objects == {}


def test_what_the_template_names_is_in_the_bucket_before_the_change_set_is_made(
    cloudformation_stub: Stubber, bucket: Bucket, tmp_path: Path, pack: Callable[..., bytes]
) -> None:
    (tmp_path / "package.zip").write_bytes(pack({"queue.yml": "Resources: {}", f"assets/{CODE}.zip": "the code"}))
    expect_root(cloudformation_stub)
    expect_no_stack(cloudformation_stub)
    cloudformation_stub.add_client_error("create_change_set", "AccessDenied")

    with pytest.raises(ClientError, match="AccessDenied"):
        stack.begin(ORDER, tmp_path / "package.zip")
    assert bucket.objects == {f"assets/{CODE}.zip": b"the code"}


def test_nothing_is_published_for_a_template_that_is_not_there(
    cloudformation_stub: Stubber, bucket: Bucket, tmp_path: Path, pack: Callable[..., bytes]
) -> None:
    (tmp_path / "package.zip").write_bytes(pack({f"assets/{CODE}.zip": "the code"}))
    expect_root(cloudformation_stub)

    with pytest.raises(JobError, match=r"no queue\.yml"):
        stack.begin(ORDER, tmp_path / "package.zip")
    assert bucket.objects == {}


def test_an_artifact_that_is_no_zip_is_told_by_name(cloudformation_stub: Stubber, tmp_path: Path) -> None:
    (tmp_path / "package.zip").write_bytes(b"no zip")
    expect_root(cloudformation_stub)

    with pytest.raises(JobError, match=r"^queue\.yml in the artifact SourceOutput cannot be read: File is not a zip"):
        stack.begin(ORDER, tmp_path / "package.zip")


def test_a_stack_that_cannot_be_read_is_no_missing_one(cloudformation_stub: Stubber, source: Path) -> None:
    expect_root(cloudformation_stub)
    cloudformation_stub.add_client_error("describe_stacks", "AccessDenied")

    with pytest.raises(ClientError, match="AccessDenied"):
        stack.begin(ORDER, source)


def test_a_stack_whose_creation_failed_is_deleted_first_and_it_is_said(
    cloudformation_stub: Stubber, source: Path
) -> None:
    expect_root(cloudformation_stub)
    expect_stack(cloudformation_stub, "ROLLBACK_COMPLETE", NAME)
    request = {"StackName": NAME, "RoleARN": ROLE, "ClientRequestToken": JOB}
    cloudformation_stub.add_response("delete_stack", {}, request)

    summary = f"{NAME} is ROLLBACK_COMPLETE, which takes no update: it is deleted, and made anew"
    assert stack.begin(ORDER, source) == Continued(BEGIN_ANEW, summary)


def test_a_deletion_is_waited_for(cloudformation_stub: Stubber, source: Path) -> None:
    expect_root(cloudformation_stub)
    expect_stack(cloudformation_stub, "DELETE_IN_PROGRESS", NAME)

    assert stack.begin(ORDER, source) == Continued(BEGIN_ANEW, f"{NAME} is DELETE_IN_PROGRESS")


def test_a_stack_that_cannot_be_deleted_is_told_with_the_cause(
    cloudformation_stub: Stubber, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expect_root(cloudformation_stub)
    expect_stack(cloudformation_stub, "DELETE_FAILED", NAME, StackStatusReason="it failed")
    cause(monkeypatch, "Bucket: it is not empty")

    message = rf"^The stack {NAME} could not be deleted\. The first failure: Bucket: it is not empty$"
    with pytest.raises(JobError, match=message):
        stack.begin(ORDER, source)


@pytest.mark.parametrize(
    ("entry", "reason"), [({"StackStatusReason": "it failed"}, "it failed"), ({}, "AWS gives no reason")]
)
def test_where_no_event_tells_the_cause_the_stack_does(
    cloudformation_stub: Stubber, source: Path, monkeypatch: pytest.MonkeyPatch, entry: dict[str, str], reason: str
) -> None:
    expect_root(cloudformation_stub)
    expect_stack(cloudformation_stub, "DELETE_FAILED", NAME, **entry)
    cause(monkeypatch, "")

    with pytest.raises(JobError, match=rf"The first failure: {reason}$"):
        stack.begin(ORDER, source)


@pytest.mark.parametrize("status", ["UPDATE_IN_PROGRESS", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"])
def test_another_operation_in_progress_is_told(cloudformation_stub: Stubber, source: Path, status: str) -> None:
    expect_root(cloudformation_stub)
    expect_stack(cloudformation_stub, status, NAME)

    message = f"Another operation on the stack {NAME} is in progress: {status}; try again when it has ended"
    with pytest.raises(JobError, match=rf"^{message}$"):
        stack.begin(ORDER, source)


@pytest.mark.parametrize(
    "name",
    ["shop", "shop-", "shop-Roles-1ABC", "shop-1", "shop--a", "other-shop-app-queue", "shop-app-a.b", "shopXapp-a"],
)
@pytest.mark.usefixtures("cloudformation_stub")
def test_a_stack_of_the_pipeline_itself_is_refused(source: Path, name: str) -> None:
    with pytest.raises(Misconfigured) as error:
        stack.begin(Order(PARAMETERS | {"stack": name}, SOURCE, 0, JOB), source)

    assert str(error.value).splitlines()[1:] == [
        f"  - stack must be shop-<name>, a small letter, then letters, digits and -; it is '{name}'",
    ]


@pytest.mark.parametrize(
    "role",
    [
        "shop-app-stacks",
        "arn:aws:iam::1:role/shop-app-stacks",
        "arn:aws:iam::111122223333:user/me",
        "arn:aws:iam::111122223333:role/",
        f"{ROLE}\n",
    ],
)
@pytest.mark.usefixtures("cloudformation_stub")
def test_what_is_no_role_is_refused(source: Path, role: str) -> None:
    with pytest.raises(Misconfigured) as error:
        stack.begin(Order(PARAMETERS | {"role": role}, SOURCE, 0, JOB), source)

    assert str(error.value).splitlines()[1:] == [
        f"  - role must be the ARN of a role; it is {role!r}",
    ]


@pytest.mark.parametrize("loss", ["", "refuse", "Allow"])
@pytest.mark.usefixtures("cloudformation_stub")
def test_another_word_than_allow_lets_no_data_be_lost(source: Path, loss: str) -> None:
    with pytest.raises(Misconfigured) as error:
        stack.begin(Order(PARAMETERS | {"loss": loss}, SOURCE, 0, JOB), source)

    assert str(error.value).splitlines()[1:] == [f"  - loss can only be allow; it is '{loss}'"]


@pytest.mark.usefixtures("cloudformation_stub")
def test_all_mistakes_are_told_together(source: Path) -> None:
    with pytest.raises(Misconfigured) as error:
        stack.begin(Order(PARAMETERS | {"stack": "x", "role": "y", "loss": "z"}, SOURCE, 0, JOB), source)

    assert [line.split()[1] for line in str(error.value).splitlines()[1:]] == ["stack", "role", "loss"]


def test_nothing_is_deleted_for_a_template_that_is_not_there(cloudformation_stub: Stubber, source: Path) -> None:
    expect_root(cloudformation_stub)

    with pytest.raises(JobError, match=r"no none\.yml"):
        stack.begin(Order(PARAMETERS | {"template": "none.yml"}, SOURCE, 0, JOB), source)


@pytest.mark.parametrize("status", ["CREATE_PENDING", "CREATE_IN_PROGRESS"])
def test_a_change_set_that_is_being_made_is_waited_for(cloudformation_stub: Stubber, status: str) -> None:
    expect_change_set(cloudformation_stub, status, "UNAVAILABLE")

    outcome = stack.resume(ORDER, token(CONTENTS))

    assert outcome == Continued(token(CONTENTS), f"the change set of {NAME} is {status}, UNAVAILABLE")


def test_a_change_set_that_is_made_is_executed_once(cloudformation_stub: Stubber) -> None:
    expect_change_set(cloudformation_stub, "CREATE_COMPLETE", "AVAILABLE")
    expect_changes(cloudformation_stub)
    cloudformation_stub.add_response("execute_change_set", {}, NAMES | {"ClientRequestToken": "4711"})

    outcome = stack.resume(ORDER, TOKEN)

    assert outcome == Continued(TOKEN, f"the change set of {NAME} is CREATE_COMPLETE, AVAILABLE")


def test_a_change_set_that_would_lose_data_is_deleted_and_each_loss_is_told(cloudformation_stub: Stubber) -> None:
    expect_change_set(cloudformation_stub, "CREATE_COMPLETE", "AVAILABLE")
    votes = {"LogicalResourceId": "Votes", "ResourceType": TABLE, "Action": "Remove"}
    users = {"LogicalResourceId": "Users", "ResourceType": TABLE, "Action": "Modify", "Replacement": "True"}
    expect_changes(cloudformation_stub, votes, users)
    cloudformation_stub.add_response("delete_change_set", {}, NAMES)

    with pytest.raises(JobError) as caught:
        stack.resume(ORDER, TOKEN)

    assert str(caught.value) == (
        f"The stack {NAME} would lose data, so nothing was changed: Votes ({TABLE}) would be removed, Users ({TABLE}) "
        f"would be replaced. Keep it with a DeletionPolicy and an UpdateReplacePolicy of Retain, or allow it with the "
        f"setting data_loss"
    )


def test_data_is_lost_where_the_action_allows_it(cloudformation_stub: Stubber) -> None:
    expect_change_set(cloudformation_stub, "CREATE_COMPLETE", "AVAILABLE")
    cloudformation_stub.add_response("execute_change_set", {}, NAMES | {"ClientRequestToken": "4711"})

    outcome = stack.resume(Order(PARAMETERS | {"loss": "allow"}, SOURCE, 0, JOB), TOKEN)

    assert outcome == Continued(TOKEN, f"the change set of {NAME} is CREATE_COMPLETE, AVAILABLE")


@pytest.mark.parametrize(
    ("execution", "status"),
    [("EXECUTE_COMPLETE", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"), ("EXECUTE_FAILED", "UPDATE_ROLLBACK_IN_PROGRESS")],
)
def test_the_stack_is_waited_for_until_nothing_is_left_to_do(
    cloudformation_stub: Stubber, execution: str, status: str
) -> None:
    expect_change_set(cloudformation_stub, "CREATE_COMPLETE", execution)
    expect_stack(cloudformation_stub, status)

    assert stack.resume(ORDER, TOKEN) == Continued(TOKEN, f"{NAME} is {status}")


def test_while_it_is_executed_the_status_from_before_does_not_count(cloudformation_stub: Stubber) -> None:
    expect_change_set(cloudformation_stub, "CREATE_COMPLETE", "EXECUTE_IN_PROGRESS")

    assert isinstance(stack.resume(ORDER, TOKEN), Continued)


@pytest.mark.parametrize("status", ["CREATE_COMPLETE", "UPDATE_COMPLETE"])
def test_a_stack_that_is_done_hands_its_outputs_on(cloudformation_stub: Stubber, status: str) -> None:
    expect_change_set(cloudformation_stub, "CREATE_COMPLETE", "EXECUTE_COMPLETE")
    outputs = [{"OutputKey": "QueueUrl", "OutputValue": "https://queue"}, {"OutputKey": "Size", "OutputValue": "2"}]
    expect_stack(cloudformation_stub, status, Outputs=outputs)

    outcome = stack.resume(ORDER, TOKEN)

    assert outcome == Succeeded(f"{NAME} is {status}", {"QueueUrl": "https://queue", "Size": "2"})


@pytest.mark.parametrize(
    ("execution", "status"),
    [
        ("EXECUTE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"),
        ("EXECUTE_FAILED", "ROLLBACK_COMPLETE"),
        ("EXECUTE_FAILED", "UPDATE_COMPLETE"),
    ],
)
def test_a_stack_that_failed_is_told_with_the_first_cause(
    cloudformation_stub: Stubber, monkeypatch: pytest.MonkeyPatch, execution: str, status: str
) -> None:
    expect_change_set(cloudformation_stub, "CREATE_COMPLETE", execution)
    expect_stack(cloudformation_stub, status, StackStatusReason="it failed")
    cause(monkeypatch, "Queue: Access Denied")

    with pytest.raises(JobError, match=rf"^The stack {NAME} is {status}\. The first failure: Queue: Access Denied$"):
        stack.resume(ORDER, TOKEN)


def test_events_that_cannot_be_read_do_not_hide_that_the_stack_failed(cloudformation_stub: Stubber) -> None:
    expect_change_set(cloudformation_stub, "CREATE_COMPLETE", "EXECUTE_FAILED")
    expect_stack(cloudformation_stub, "ROLLBACK_COMPLETE")
    cloudformation_stub.add_client_error("describe_stack_events", "AccessDenied", "no right")

    with pytest.raises(
        JobError, match=rf"^The stack {NAME} is ROLLBACK_COMPLETE\. .* its events could not be read: .*no right$"
    ):
        stack.resume(ORDER, TOKEN)


def test_outputs_may_be_as_many_as_codepipeline_takes_and_no_more(cloudformation_stub: Stubber) -> None:
    def resume(size: int) -> Outcome:
        expect_change_set(cloudformation_stub, "CREATE_COMPLETE", "EXECUTE_COMPLETE")
        outputs = [{"OutputKey": "Text", "OutputValue": "ü" * ((size - 4) // 2) + "x" * (size % 2)}]
        expect_stack(cloudformation_stub, "CREATE_COMPLETE", Outputs=outputs)
        return stack.resume(ORDER, TOKEN)

    assert isinstance(resume(122_880), Succeeded)
    with pytest.raises(
        JobError,
        match=f"The stack {NAME} is CREATE_COMPLETE, but its outputs have 122881 bytes and CodePipeline takes 122880;",
    ):
        resume(122_881)


def test_physical_ids_go_into_variables_that_no_output_can_be_called_like(cloudformation_stub: Stubber) -> None:
    expect_change_set(cloudformation_stub, "CREATE_COMPLETE", "EXECUTE_COMPLETE")
    outputs = [{"OutputKey": "Queue", "OutputValue": "https://queue"}]
    expect_stack(cloudformation_stub, "UPDATE_COMPLETE", Outputs=outputs)
    expect_resources(
        cloudformation_stub,
        ("Queue", "https://queue", "CREATE_COMPLETE"),
        ("Other", "o", "CREATE_COMPLETE"),
        NextToken="more",
    )
    expect_resources(cloudformation_stub, ("Site", "site-1", "UPDATE_COMPLETE"), after="more")

    outcome = stack.resume(ORDER, token(CONTENTS))

    variables = {"Queue": "https://queue", "Ref_Queue": "https://queue", "Ref_Site": "site-1", "Release_Parts": "Site"}
    assert outcome == Succeeded(f"{NAME} is UPDATE_COMPLETE", variables)


def test_a_stack_that_is_unchanged_hands_its_physical_ids_on(cloudformation_stub: Stubber) -> None:
    expect_change_set(cloudformation_stub, "FAILED", "UNAVAILABLE", "No updates are to be performed.")
    cloudformation_stub.add_response("delete_change_set", {}, NAMES)
    expect_stack(cloudformation_stub, "CREATE_COMPLETE")
    expect_resources(
        cloudformation_stub, ("Queue", "https://queue", "CREATE_COMPLETE"), ("Site", "site-1", "CREATE_COMPLETE")
    )

    outcome = stack.resume(ORDER, token(CONTENTS))

    variables = {"Ref_Queue": "https://queue", "Ref_Site": "site-1", "Release_Parts": "Site"}
    assert outcome == Succeeded(f"{NAME} is unchanged, CREATE_COMPLETE", variables)


@pytest.mark.parametrize(
    ("resources", "missing"),
    [
        ([], "Queue, Site"),
        ([("Queue", "https://queue", "CREATE_COMPLETE")], "Site"),
        ([("Queue", "https://queue", "CREATE_COMPLETE"), ("Site", "", "CREATE_COMPLETE")], "Site"),
        ([("Queue", "https://queue", "DELETE_COMPLETE"), ("Site", "site-1", "DELETE_SKIPPED")], "Queue, Site"),
    ],
)
def test_resources_that_the_stack_does_not_have_are_named_all_together(
    cloudformation_stub: Stubber, resources: list[tuple[str, str, str]], missing: str
) -> None:
    expect_change_set(cloudformation_stub, "CREATE_COMPLETE", "EXECUTE_COMPLETE")
    expect_stack(cloudformation_stub, "UPDATE_COMPLETE")
    expect_resources(cloudformation_stub, *resources)

    with pytest.raises(JobError, match=rf"^The stack {NAME} has no resource {missing}, which is to be delivered$"):
        stack.resume(ORDER, token(CONTENTS))


def test_physical_ids_count_among_the_bytes_that_codepipeline_takes(cloudformation_stub: Stubber) -> None:
    def resume(size: int) -> Outcome:
        expect_change_set(cloudformation_stub, "CREATE_COMPLETE", "EXECUTE_COMPLETE")
        text = "x" * (size - len("Text") - len("Ref_Queueq") - len("Ref_Sites") - len("Release_PartsSite"))
        expect_stack(cloudformation_stub, "CREATE_COMPLETE", Outputs=[{"OutputKey": "Text", "OutputValue": text}])
        resources = [("Queue", "q", "CREATE_COMPLETE"), ("Site", "s", "CREATE_COMPLETE")]
        expect_resources(cloudformation_stub, *resources)
        return stack.resume(ORDER, token(CONTENTS))

    assert isinstance(resume(122_880), Succeeded)
    with pytest.raises(JobError, match="its outputs have 122881 bytes and CodePipeline takes 122880;"):
        resume(122_881)


def test_nothing_to_change_is_a_success(cloudformation_stub: Stubber) -> None:
    expect_change_set(cloudformation_stub, "FAILED", "UNAVAILABLE", "No updates are to be performed.")
    cloudformation_stub.add_response("delete_change_set", {}, NAMES)
    outputs = [{"OutputKey": "QueueUrl", "OutputValue": "https://queue"}]
    expect_stack(cloudformation_stub, "CREATE_COMPLETE", Outputs=outputs)

    outcome = stack.resume(ORDER, TOKEN)

    assert outcome == Succeeded(f"{NAME} is unchanged, CREATE_COMPLETE", {"QueueUrl": "https://queue"})


def test_a_change_set_that_could_not_be_made_is_told_and_goes(cloudformation_stub: Stubber) -> None:
    expect_change_set(cloudformation_stub, "FAILED", "UNAVAILABLE", "Transform AWS::Nothing failed")
    request = NAMES | {"Filters": {"FailedEvents": True}}
    cloudformation_stub.add_response("describe_events", {"OperationEvents": []}, request)
    cloudformation_stub.add_response("delete_change_set", {}, NAMES)

    with pytest.raises(JobError, match=f"of the stack {NAME} could not be made: Transform AWS::Nothing failed"):
        stack.resume(ORDER, TOKEN)


def test_a_change_set_that_somebody_deleted_is_told(cloudformation_stub: Stubber) -> None:
    cloudformation_stub.add_client_error("describe_change_set", "ChangeSetNotFound")

    message = f"Somebody deleted the change set of the stack {NAME}; release the change again"
    with pytest.raises(JobError, match=rf"^{message}$"):
        stack.resume(ORDER, TOKEN)


def test_a_change_set_that_somebody_overtook_is_told(cloudformation_stub: Stubber) -> None:
    expect_change_set(cloudformation_stub, "CREATE_COMPLETE", "OBSOLETE")

    message = f"Somebody else changed the stack {NAME} meanwhile; release the change again"
    with pytest.raises(JobError, match=rf"^{message}$"):
        stack.resume(ORDER, TOKEN)


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A job that looks once, and leaves the rest to the next one."""
    monkeypatch.setitem(delivery.KINDS, "cloudformation", replace(stack.KIND, patience=0))


@pytest.mark.usefixtures("_impatient")
def test_the_longest_token_is_short_enough(
    cloudformation_stub: Stubber,
    event: Callable[..., dict[str, Any]],
    context: type[Context],
    store: Store,
    codepipeline: CodePipeline,
) -> None:
    longest = STACK.replace(NAME, "shop-app-" + "x" * 119)[:-1] + JOB
    store.put("SourceOutput", {"queue.yml": "Resources: {}"})
    expect_root(cloudformation_stub)
    expect_no_stack(cloudformation_stub)
    cloudformation_stub.add_response("create_change_set", {"StackId": longest, "Id": f"{CHANGE_SET[:-4]}{JOB}"})

    deploy.handler(
        event(f"type=cloudformation&stack=shop-app-x&template=queue.yml&role={ROLE}", ["SourceOutput"]), context()
    )

    assert 0 < len(codepipeline.answer["continuationToken"]) <= 2048


@pytest.mark.usefixtures("_impatient")
def test_a_delivery_that_begins_anew_gets_its_artifact_again(
    cloudformation_stub: Stubber,
    event: Callable[..., dict[str, Any]],
    context: type[Context],
    store: Store,
    codepipeline: CodePipeline,
) -> None:
    store.put("SourceOutput", {"queue.yml": "Resources: {}"})
    parameters = f"type=cloudformation&stack={NAME}&template=queue.yml&role={ROLE}"
    expect_root(cloudformation_stub)
    expect_stack(cloudformation_stub, "DELETE_IN_PROGRESS", NAME)
    expect_root(cloudformation_stub)
    expect_no_stack(cloudformation_stub)
    cloudformation_stub.add_response("create_change_set", {"StackId": STACK, "Id": CHANGE_SET})

    deploy.handler(event(parameters, ["SourceOutput"]), context())
    first = codepipeline.answers.pop()["continuationToken"]
    deploy.handler(event(parameters, ["SourceOutput"], continuationToken=first), context())

    assert first == BEGIN_ANEW
    assert TOKEN in json.loads(codepipeline.answer["continuationToken"])


@pytest.mark.parametrize(
    "text",
    [
        *("x", "1", "[]", '["x"]', "[1, 2]", json.dumps([STACK, CHANGE_SET])),
        *(json.dumps([json.dumps([STACK, CHANGE_SET]), contents]) for contents in ("", "x", 1, None)),
        json.dumps(["x", CONTENTS.to_text()]),
    ],
)
def test_a_token_that_no_stack_gave_is_refused(text: str) -> None:
    with pytest.raises(Misconfigured, match="continuation token"):
        stack.resume(ORDER, text)


@pytest.mark.parametrize(("function", "root"), [("shop-deploy", "shop"), ("my-deploy-deploy", "my-deploy")])
def test_the_function_is_named_after_the_root_stack(monkeypatch: pytest.MonkeyPatch, function: str, root: str) -> None:
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", function)

    assert stack.root() == root


def test_the_kind_needs_a_stack_a_template_and_a_role() -> None:
    assert (
        Kind(
            keys=("stack", "template", "role"),
            options=("parameters", "configuration", "capabilities", "deliveries", "ids", "parts", "loss"),
            prefixes=("Parameter.",),
            begin=stack.begin,
            resume=stack.resume,
            patience=10.0,
        )
        == stack.KIND
    )
