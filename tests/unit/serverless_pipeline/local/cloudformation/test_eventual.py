from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from serverless_pipeline.local.cloudformation import eventual
from tests.support.cloudformation import FINE

if TYPE_CHECKING:
    from tests.support.cloudformation import CloudFormation

SECONDS = 4


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def planned(cloudformation: CloudFormation) -> CloudFormation:
    """A change set with one of a nested stack and one inside that, another of nested stacks, and a plain one."""
    cloudformation.add_change_set("root", IncludeNestedStacks=True)
    cloudformation.add_change_set("inner", IncludeNestedStacks=True, ParentChangeSetId="root")
    cloudformation.add_change_set("innermost", IncludeNestedStacks=True, ParentChangeSetId="inner")
    cloudformation.add_change_set("other", IncludeNestedStacks=True)
    cloudformation.add_change_set("plain")
    return cloudformation


def states(service: CloudFormation) -> dict[str, tuple[str, str]]:
    return {name: (record["Status"], record["ExecutionStatus"]) for name, record in service.change_sets.items()}


UNTOUCHED = dict.fromkeys(("other", "plain"), ("CREATE_COMPLETE", "AVAILABLE"))


def test_only_the_change_set_and_those_below_it_begin_to_be_deleted(planned: CloudFormation, clock: Clock) -> None:
    answer = eventual.slowly(planned.answer, clock)({"ChangeSetName": "root"})

    assert answer == (200, {}, b"DeleteChangeSetResponse: <DeleteChangeSetResult/>")
    assert planned.requests == []
    assert states(planned) == {
        **dict.fromkeys(("root", "inner", "innermost"), ("DELETE_PENDING", "UNAVAILABLE")),
        **UNTOUCHED,
    }


@pytest.mark.parametrize("name", ["plain", "nobody"])
def test_what_does_not_look_into_nested_stacks_is_deleted_at_once(
    planned: CloudFormation, clock: Clock, name: str
) -> None:
    assert eventual.slowly(planned.answer, clock)({"ChangeSetName": name}) == FINE
    assert planned.requests == [{"ChangeSetName": name}]


def test_a_change_set_is_not_deleted_twice(planned: CloudFormation, clock: Clock) -> None:
    delete = eventual.slowly(planned.answer, clock)
    delete({"ChangeSetName": "root"})

    answer = delete({"ChangeSetName": "root"})

    assert answer == (400, {}, b"InvalidChangeSetStatus: Cannot delete ChangeSet in status DELETE_PENDING")


@pytest.mark.parametrize(
    ("seconds", "state"),
    [
        (0, "DELETE_PENDING"),
        (1.9, "DELETE_PENDING"),
        (2, "DELETE_IN_PROGRESS"),
        (3.9, "DELETE_IN_PROGRESS"),
        (4, None),
        (60, None),
    ],
)
def test_who_looks_finds_it_as_far_as_it_is_by_now(
    planned: CloudFormation, clock: Clock, seconds: float, state: str | None
) -> None:
    eventual.slowly(planned.answer, clock)({"ChangeSetName": "root"})
    clock.now += seconds

    answer = eventual.settled(planned.answer, SECONDS, clock)({"StackName": "shop"})

    assert answer == FINE
    assert planned.requests == [{"StackName": "shop"}]
    assert states(planned) == {
        **UNTOUCHED,
        **(dict.fromkeys(("root", "inner", "innermost"), (state, "UNAVAILABLE")) if state else {}),
    }


def test_operations_on_change_sets_know_of_deletions_and_no_other_does(planned: CloudFormation) -> None:
    names = ["CreateChangeSet", "DeleteChangeSet", "DescribeChangeSet", "ExecuteChangeSet", "ListChangeSets"]
    planned.actions.update(dict.fromkeys((*names, "DeleteStack"), planned.answer))

    eventual.install(2)

    assert [name for name in planned.actions if planned.actions[name] != planned.answer] == names
    planned.actions["DeleteChangeSet"]({"ChangeSetName": "root"})
    assert planned.change_sets["root"]["Status"] == "DELETE_PENDING"


def test_what_is_deleted_settles_by_itself(
    monkeypatch: pytest.MonkeyPatch, planned: CloudFormation, clock: Clock
) -> None:
    planned.actions.update(dict.fromkeys(("CreateChangeSet", "DescribeChangeSet", "ExecuteChangeSet"), planned.answer))
    planned.actions.update(dict.fromkeys(("DeleteChangeSet", "ListChangeSets"), planned.answer))
    monkeypatch.setattr("time.monotonic", clock)
    eventual.install(2)

    planned.actions["DeleteChangeSet"]({"ChangeSetName": "root"})
    clock.now += 2
    planned.actions["ListChangeSets"]({"StackName": "shop"})

    assert states(planned) == UNTOUCHED
