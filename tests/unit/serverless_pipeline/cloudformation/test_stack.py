from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from botocore.session import get_session

from serverless_pipeline.cloudformation import stack
from serverless_pipeline.cloudformation.stack import Desired, Stack, Status
from serverless_pipeline.errors import Error

if TYPE_CHECKING:
    from botocore.stub import Stubber

    from serverless_pipeline.aws import Clients


def test_every_state_of_cloudformation_is_known() -> None:
    shape: Any = get_session().get_service_model("cloudformation").shape_for("StackStatus")

    assert sorted(Status) == sorted(shape.enum)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("CREATE_IN_PROGRESS", "in progress"),
        ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "in progress"),
        ("UPDATE_ROLLBACK_IN_PROGRESS", "in progress"),
        ("CREATE_COMPLETE", "ended well"),
        ("UPDATE_COMPLETE", "ended well"),
        ("DELETE_COMPLETE", "ended well"),
        ("IMPORT_COMPLETE", "ended well"),
        ("CREATE_FAILED", "failed"),
        ("DELETE_FAILED", "failed"),
        ("ROLLBACK_COMPLETE", "failed"),
        ("UPDATE_ROLLBACK_COMPLETE", "failed"),
        ("UPDATE_ROLLBACK_FAILED", "failed"),
        ("IMPORT_ROLLBACK_COMPLETE", "failed"),
        ("REVIEW_IN_PROGRESS", ""),
    ],
)
def test_a_state_is_in_progress_or_ended_well_or_failed(status: str, expected: str) -> None:
    state = Status(status)

    properties = {"in progress": state.in_progress, "ended well": state.ended_well, "failed": state.failed}

    assert [words for words, holds in properties.items() if holds] == ([expected] if expected else [])


def test_every_state_is_told_but_the_one_that_waits_for_a_review() -> None:
    untold = [state for state in Status if not (state.in_progress or state.ended_well or state.failed)]

    assert untold == [Status.REVIEW_IN_PROGRESS]


def test_a_stack_whose_last_update_was_rolled_back_can_be_updated_again() -> None:
    assert not Status.UPDATE_ROLLBACK_COMPLETE.is_dead_end
    assert Status.ROLLBACK_COMPLETE.is_dead_end


ROLE = "arn:aws:iam::123456789012:role/deployer"
ID = "arn:aws:cloudformation:eu-west-1:123456789012:stack/shop/1"
DESIRED = Desired("shop", "https://home/templates/1/root.yml", {"Memory": "1024"}, {"Application": "shop"})
CHANGE_SET = "arn:aws:cloudformation:eu-west-1:123456789012:changeSet"
AS_DESIRED = Stack(
    "shop",
    ID,
    Status.UPDATE_COMPLETE,
    parameters={"Memory": "1024"},
    tags={"Application": "shop"},
    change_set=f"{CHANGE_SET}/serverless-pipeline-{DESIRED.digest}-0123456789ab/5",
)


def test_a_dead_end_is_what_can_only_be_deleted() -> None:
    ends = {status for status in Status if status.is_dead_end}

    assert ends == {Status.CREATE_FAILED, Status.ROLLBACK_COMPLETE, Status.ROLLBACK_FAILED, Status.DELETE_FAILED}


def test_a_stack_is_read_from_its_description() -> None:
    described: Any = {
        "StackName": "shop",
        "StackId": ID,
        "StackStatus": "UPDATE_COMPLETE",
        "StackStatusReason": "why",
        "CreationTime": datetime(2026, 1, 1, tzinfo=UTC),
        "Outputs": [{"OutputKey": "Url", "OutputValue": "https://a"}],
        "Parameters": [{"ParameterKey": "Memory", "ParameterValue": "1024"}],
        "Tags": [{"Key": "Team", "Value": "shop"}],
        "EnableTerminationProtection": True,
        "ChangeSetId": "arn:change-set",
    }

    assert Stack.from_response(described) == Stack(
        "shop",
        ID,
        Status.UPDATE_COMPLETE,
        outputs={"Url": "https://a"},
        parameters={"Memory": "1024"},
        reason="why",
        tags={"Team": "shop"},
        protected=True,
        change_set="arn:change-set",
    )


def test_what_a_description_leaves_out_is_empty() -> None:
    described: Any = {"StackName": "shop", "StackId": ID, "StackStatus": "CREATE_COMPLETE"}

    assert Stack.from_response(described) == Stack("shop", ID, Status.CREATE_COMPLETE)


def test_a_stack_as_desired_is_unchanged() -> None:
    assert stack.is_unchanged(AS_DESIRED, DESIRED)


@pytest.mark.parametrize(
    "change",
    [
        {"status": Status.UPDATE_ROLLBACK_COMPLETE},
        {"parameters": {"Memory": "2048"}},
        {"tags": {}},
        {"change_set": ""},
        {"change_set": f"{CHANGE_SET}/serverless-pipeline-0000-0123456789ab/5"},
        {"change_set": f"{CHANGE_SET}/by-hand-{DESIRED.digest}-0123456789ab/5"},
    ],
)
def test_a_stack_that_somebody_or_something_changed_is_not(change: dict[str, Any]) -> None:
    assert not stack.is_unchanged(replace(AS_DESIRED, **change), DESIRED)


def test_other_templates_have_another_digest() -> None:
    assert re.fullmatch("[0-9a-f]{64}", DESIRED.digest)
    assert replace(DESIRED, url="https://home/templates/2/root.yml").digest != DESIRED.digest
    assert replace(DESIRED, parameters={}).digest == DESIRED.digest


def described(**more: Any) -> dict[str, Any]:
    when = datetime(2026, 1, 1, tzinfo=UTC)
    return {"StackName": "shop", "StackId": ID, "StackStatus": "CREATE_COMPLETE", "CreationTime": when, **more}


def test_a_stack_is_found_by_its_name(clients: Clients, cloudformation: Stubber) -> None:
    cloudformation.add_response("describe_stacks", {"Stacks": [described()]}, {"StackName": "shop"})

    assert stack.find(clients, "shop") == Stack("shop", ID, Status.CREATE_COMPLETE)


def test_a_stack_that_is_not_there_is_none(clients: Clients, cloudformation: Stubber) -> None:
    cloudformation.add_client_error("describe_stacks", "ValidationError", "Stack with id shop does not exist")

    assert stack.find(clients, "shop") is None


def test_another_refusal_is_not_taken_for_absence(clients: Clients, cloudformation: Stubber) -> None:
    cloudformation.add_client_error("describe_stacks", "AccessDenied", "not you")

    with pytest.raises(ClientError, match="not you"):
        stack.find(clients, "shop")


def test_a_stack_that_must_be_there_is_an_error_with_the_place_and_the_command(
    clients: Clients, cloudformation: Stubber
) -> None:
    cloudformation.add_client_error("describe_stacks", "ValidationError", "Stack with id shop does not exist")

    with pytest.raises(Error) as caught:
        stack.demand(clients, "shop")

    assert str(caught.value) == "There is no stack shop in 000000000000, us-east-1.\n  Next: invoke pipeline.up"


def test_a_stack_that_is_demanded_and_there_is_answered(clients: Clients, cloudformation: Stubber) -> None:
    cloudformation.add_response("describe_stacks", {"Stacks": [described()]}, {"StackName": "shop"})

    assert stack.demand(clients, "shop").id == ID


def test_the_template_is_asked_for_as_it_was_handed_over(clients: Clients, cloudformation: Stubber) -> None:
    asked = {"StackName": "shop", "TemplateStage": "Original"}
    cloudformation.add_response("get_template", {"TemplateBody": "Resources: {}"}, asked)

    assert stack.template(clients, "shop") == "Resources: {}"


@pytest.mark.parametrize(("role", "more"), [("", {}), (ROLE, {"RoleARN": ROLE})])
def test_a_stack_is_deleted_by_its_id_as_the_role_if_there_is_one(
    clients: Clients, cloudformation: Stubber, role: str, more: dict[str, str]
) -> None:
    cloudformation.add_response("delete_stack", {}, {"StackName": ID, **more})

    stack.delete(clients, AS_DESIRED, role)


@pytest.mark.parametrize("on", [True, False])
def test_protection_is_turned_on_and_off(clients: Clients, cloudformation: Stubber, *, on: bool) -> None:
    asked = {"StackName": "shop", "EnableTerminationProtection": on}
    cloudformation.add_response("update_termination_protection", {"StackId": ID}, asked)

    stack.protect(clients, AS_DESIRED, on=on)
