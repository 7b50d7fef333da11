from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.local import seams
from serverless_pipeline.local.cloudformation import change_sets, nested_change_sets
from tests.support.cloudformation import FINE

if TYPE_CHECKING:
    from collections.abc import Callable

    from serverless_pipeline.local.cloudformation.records import Record, Response
    from tests.support.cloudformation import CloudFormation

UNCHANGED = "The submitted information didn't contain changes. Submit different information to create a change set."
PLAN = {"StackName": "shop", "ChangeSetName": "plan"}


@pytest.fixture(autouse=True)
def included(monkeypatch: pytest.MonkeyPatch) -> list[Record]:
    """The change sets whose nested stacks were looked into."""
    records: list[Record] = []
    monkeypatch.setattr(nested_change_sets, "include", records.append)
    return records


def creation(service: CloudFormation, **record: Any) -> Callable[..., Response]:
    """CreateChangeSet of a MiniStack that answers with this change set, of the stack `shop`."""

    def create(parameters: Any) -> Response:
        service.requests.append(parameters)
        change_set = service.add_change_set(f"plan-{len(service.requests)}", ChangeSetName="plan", **record)
        change_set.setdefault("_template", {})
        return 200, {"x": "y"}, f"<StackId>{change_set['StackId']}</StackId>".encode()

    return change_sets.creating(create)


def test_a_change_set_is_made(cloudformation: CloudFormation, included: list[Record]) -> None:
    cloudformation.add_stack("shop")

    answer = creation(cloudformation)(PLAN)

    assert answer == (200, {"x": "y"}, b"<StackId>arn:stack/shop/1</StackId>")
    assert cloudformation.requests == [PLAN]
    assert included == []
    assert "IncludeNestedStacks" not in cloudformation.change_sets["plan-1"]


def test_a_request_that_was_seen_has_its_answer_again(cloudformation: CloudFormation) -> None:
    create = creation(cloudformation)
    first = create(PLAN | {"ClientToken": "a"})

    assert create(PLAN | {"ClientToken": "a"}) is first
    assert len(cloudformation.requests) == 1


@pytest.mark.parametrize("token", ["b", ""])
def test_another_request_is_another_change_set(cloudformation: CloudFormation, token: str) -> None:
    create = creation(cloudformation)
    create(PLAN | {"ClientToken": token and "a"})

    create(PLAN | {"ClientToken": token})

    assert list(cloudformation.change_sets) == ["plan-1", "plan-2"]


def test_a_refused_request_may_be_sent_again(cloudformation: CloudFormation, included: list[Record]) -> None:
    create = change_sets.creating(lambda parameters: (400, {}, str(cloudformation.answer(parameters)[0]).encode()))
    request = PLAN | {"ClientToken": "a", "IncludeNestedStacks": "true"}

    answers = [create(request), create(request)]

    assert answers == [(400, {}, b"200")] * 2
    assert len(cloudformation.requests) == 2
    assert included == []


@pytest.mark.parametrize("name", ["shop", "arn:stack/shop/1"])
@pytest.mark.parametrize("status", ["UPDATE_IN_PROGRESS", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"])
def test_nothing_is_planned_amid_an_operation(cloudformation: CloudFormation, name: str, status: str) -> None:
    cloudformation.add_stack("shop", status)

    answer = creation(cloudformation)(PLAN | {"StackName": name})

    words = f"ValidationError: Stack:arn:stack/shop/1 is in {status} state and can not be updated."
    assert answer == (400, {}, words.encode())
    assert cloudformation.requests == []


@pytest.mark.parametrize("status", ["DELETE_FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "UPDATE_ROLLBACK_FAILED"])
@pytest.mark.parametrize("kind", [{}, {"ChangeSetType": "UPDATE"}])
def test_a_stack_that_takes_no_update_is_not_planned_for(
    cloudformation: CloudFormation, kind: dict[str, str], status: str
) -> None:
    cloudformation.add_stack("shop", status)

    _, _, body = creation(cloudformation)(PLAN | kind)

    assert body.decode() == f"ValidationError: Stack:arn:stack/shop/1 is in {status} state and can not be updated."
    assert cloudformation.requests == []


def test_one_that_was_rolled_back_may_be_made_anew(cloudformation: CloudFormation) -> None:
    cloudformation.add_stack("shop", "ROLLBACK_COMPLETE")

    assert creation(cloudformation)(PLAN | {"ChangeSetType": "CREATE"})[0] == 200


def test_a_second_change_set_is_for_the_stack_in_review_which_keeps_its_id(cloudformation: CloudFormation) -> None:
    review = cloudformation.add_stack("shop", "REVIEW_IN_PROGRESS", StackId="arn:stack/shop/<old>")

    def create(_: Any) -> Response:
        cloudformation.add_stack("shop", "REVIEW_IN_PROGRESS", StackId="arn:stack/shop/<new>")
        cloudformation.add_change_set("plan", StackId="arn:stack/shop/<new>", _template={})
        return 200, {}, b"<StackId>arn:stack/shop/&lt;new&gt;</StackId>"

    answer = change_sets.creating(create)(PLAN)

    assert answer == (200, {}, b"<StackId>arn:stack/shop/&lt;old&gt;</StackId>")
    assert cloudformation.stacks["shop"] is review
    assert cloudformation.change_sets["plan"]["StackId"] == "arn:stack/shop/<old>"


@pytest.mark.parametrize(
    ("before", "after", "reason", "states"),
    [
        ({"A": 1}, {"A": 2}, UNCHANGED, ("CREATE_COMPLETE", "AVAILABLE", "")),
        (None, {"A": 2}, UNCHANGED, ("CREATE_COMPLETE", "AVAILABLE", "")),
        ({"A": 1}, {"A": 1}, UNCHANGED, ("FAILED", "UNAVAILABLE", UNCHANGED)),
        ({"A": 1}, {"A": 2}, "no such template", ("FAILED", "UNAVAILABLE", "no such template")),
    ],
)
def test_a_change_of_the_outputs_alone_can_be_executed(
    cloudformation: CloudFormation,
    before: dict[str, int] | None,
    after: dict[str, int],
    reason: str,
    states: tuple[str, str, str],
) -> None:
    cloudformation.add_stack("shop", _template={"Outputs": before} if before else None)
    create = creation(
        cloudformation,
        Status="FAILED",
        ExecutionStatus="UNAVAILABLE",
        StatusReason=reason,
        _template={"Outputs": after},
    )

    create(PLAN)

    record = cloudformation.change_sets["plan-1"]
    assert (record["Status"], record["ExecutionStatus"], record["StatusReason"]) == states


@pytest.mark.parametrize(("word", "looks"), [("true", True), ("True", True), ("false", False)])
def test_nested_stacks_are_looked_into_if_that_is_asked_for(
    cloudformation: CloudFormation, included: list[Record], word: str, *, looks: bool
) -> None:
    creation(cloudformation)(PLAN | {"IncludeNestedStacks": word})

    record = cloudformation.change_sets["plan-1"]
    assert included == [record] * looks
    assert record.get("IncludeNestedStacks", False) is looks


def test_a_nested_stack_that_changes_names_its_own_change_set(cloudformation: CloudFormation) -> None:
    changes: list[Record] = [
        {"ResourceChange": {"LogicalResourceId": "Inner", "ChangeSetId": "arn:<1>"}},
        {"ResourceChange": {"LogicalResourceId": "Table"}},
    ]
    cloudformation.add_change_set("plan", Changes=changes)
    body = b"<LogicalResourceId>Inner</LogicalResourceId><LogicalResourceId>Table</LogicalResourceId>"

    answer = change_sets.describing(lambda _: (200, {"x": "y"}, body))(PLAN)

    inner = b"<LogicalResourceId>Inner</LogicalResourceId><ChangeSetId>arn:&lt;1&gt;</ChangeSetId>"
    assert answer == (200, {"x": "y"}, inner + b"<LogicalResourceId>Table</LogicalResourceId>")


def test_a_change_set_that_is_not_there_is_described_as_ministack_does(cloudformation: CloudFormation) -> None:
    assert change_sets.describing(cloudformation.answer)(PLAN) == FINE


@pytest.mark.parametrize("name", ["shop", "arn:stack/shop/1"])
def test_the_change_sets_of_a_stack_are_listed_by_its_name_and_by_its_id(
    cloudformation: CloudFormation, name: str
) -> None:
    cloudformation.add_stack("shop")

    answer = change_sets.listing(cloudformation.answer)({"StackName": name, "NextToken": "2"})

    assert answer == FINE
    assert cloudformation.requests == [{"StackName": ["shop"], "NextToken": "2"}]


def test_those_of_a_stack_that_is_not_there_are_ministacks_to_refuse(cloudformation: CloudFormation) -> None:
    change_sets.listing(cloudformation.answer)({"StackName": "nobody"})

    assert cloudformation.requests == [{"StackName": "nobody"}]


def test_nothing_is_executed_amid_an_operation(cloudformation: CloudFormation) -> None:
    cloudformation.add_stack("shop", "UPDATE_IN_PROGRESS")
    cloudformation.add_change_set("plan")

    answer = change_sets.executing(cloudformation.answer)({"ChangeSetName": "plan"})

    words = b"ValidationError: Stack:arn:stack/shop/1 is in UPDATE_IN_PROGRESS state and can not be updated."
    assert answer == (400, {}, words)
    assert cloudformation.requests == []


@pytest.mark.parametrize("status", ["UPDATE_COMPLETE", "REVIEW_IN_PROGRESS"])
def test_a_change_set_of_a_stack_at_rest_is_executed(cloudformation: CloudFormation, status: str) -> None:
    cloudformation.add_stack("shop", status)
    cloudformation.add_change_set("plan")

    assert change_sets.executing(cloudformation.answer)({"ChangeSetName": "plan"}) == FINE


def test_what_ends_a_change_set_ends_those_of_the_nested_stacks(cloudformation: CloudFormation) -> None:
    for identity, parent in {"plan": "", "inner": "plan", "innermost": "inner", "other": "another"}.items():
        cloudformation.add_change_set(identity, ParentChangeSetId=parent)

    def delete(parameters: Any) -> Response:
        cloudformation.change_sets.pop("plan")
        return cloudformation.answer(parameters)

    assert change_sets.ending(delete)(PLAN) == FINE
    assert list(cloudformation.change_sets) == ["other"]


@pytest.mark.usefixtures("cloudformation")
def test_what_is_compared_is_what_conditions_let_be_there() -> None:
    seams.EVALUATE_CONDITIONS.replace(lambda template, values: {"Yes": template == values["same"], "No": False})
    resources = {"Always": {}, "Yes": {"Condition": "Yes"}, "No": {"Condition": "No"}, "Unknown": {"Condition": "Odd"}}
    template = {"Resources": "as it is"}

    def resolve(*arguments: Any) -> Record:
        assert arguments == (template, {"same": template}, "shop", "arn")
        return {"Resources": resources}

    compared = change_sets.obeying_conditions(resolve)(template, {"same": template}, "shop", "arn")

    assert compared == {"Resources": {"Always": {}, "Yes": {"Condition": "Yes"}, "Unknown": {"Condition": "Odd"}}}


@pytest.mark.usefixtures("cloudformation")
def test_a_template_that_is_not_there_holds_nothing() -> None:
    assert change_sets.obeying_conditions(lambda *_: {})({}, {}) == {"Resources": {}}


@pytest.fixture
def installed(cloudformation: CloudFormation) -> CloudFormation:
    """A stack with a change set and one of a nested stack below it; every operation is ours."""
    names = ("CreateChangeSet", "DescribeChangeSet", "ListChangeSets", "ExecuteChangeSet", "DeleteChangeSet")
    cloudformation.actions.update(dict.fromkeys(names, cloudformation.answer))
    inner = b"<LogicalResourceId>Inner</LogicalResourceId>"
    cloudformation.actions["DescribeChangeSet"] = lambda _: (200, {}, inner)
    seams.RESOLVE_PROPS_FOR_DIFF.replace(lambda *_: {"Resources": {"A": {"Condition": "No"}}})
    seams.EVALUATE_CONDITIONS.replace(lambda *_: {"No": False})
    cloudformation.add_stack("shop")
    change = {"ResourceChange": {"LogicalResourceId": "Inner", "ChangeSetId": "inner"}}
    cloudformation.add_change_set("plan", Changes=[change], _template={})
    cloudformation.add_change_set("inner", ParentChangeSetId="plan")
    change_sets.install()
    return cloudformation


@pytest.mark.parametrize("name", ["CreateChangeSet", "ExecuteChangeSet"])
def test_what_must_not_happen_amid_an_operation_does_not(installed: CloudFormation, name: str) -> None:
    installed.stacks["shop"]["StackStatus"] = "UPDATE_IN_PROGRESS"

    assert installed.actions[name](PLAN)[0] == 400


@pytest.mark.parametrize("name", ["ExecuteChangeSet", "DeleteChangeSet"])
def test_what_ends_a_change_set_is_ours(installed: CloudFormation, name: str) -> None:
    installed.actions[name](PLAN)

    assert list(installed.change_sets) == ["plan"]


def test_what_describes_lists_and_compares_is_ours(installed: CloudFormation) -> None:
    _, _, body = installed.actions["DescribeChangeSet"](PLAN)
    installed.actions["ListChangeSets"]({"StackName": "arn:stack/shop/1"})

    assert body == b"<LogicalResourceId>Inner</LogicalResourceId><ChangeSetId>inner</ChangeSetId>"
    assert installed.requests[-1] == {"StackName": ["shop"]}
    assert seams.RESOLVE_PROPS_FOR_DIFF({"Resources": {}}, {}) == {"Resources": {}}
