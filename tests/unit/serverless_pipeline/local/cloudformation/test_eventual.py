from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.local.cloudformation import change_sets, eventual

if TYPE_CHECKING:
    from serverless_pipeline.local.cloudformation.change_sets import Parameters, Record, Response

FINE: Response = (200, {}, b"as MiniStack")


class World:
    """Change sets, a clock, and the deletion with and without a delay."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **records: Record) -> None:
        self.now = 100.0
        self.records = records
        self.passed_on: list[Parameters] = []
        monkeypatch.setattr(change_sets, "all_of_them", lambda: self.records)
        monkeypatch.setattr(change_sets, "sought", lambda parameters: self.records.get(parameters["ChangeSetName"], {}))
        self.delete = eventual.slowly(self.pass_on, lambda: self.now)
        self.look = eventual.settled(self.pass_on, 4, lambda: self.now)

    def pass_on(self, parameters: Parameters) -> Response:
        self.passed_on.append(parameters)
        return FINE


def record(identity: str, **more: Any) -> Record:
    return {"ChangeSetId": identity, "Status": "CREATE_COMPLETE", "ExecutionStatus": "AVAILABLE", **more}


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """A change set with one of a nested stack and one inside that, another of nested stacks, and a plain one."""
    return World(
        monkeypatch,
        root=record("root", IncludeNestedStacks=True),
        inner=record("inner", IncludeNestedStacks=True, ParentChangeSetId="root"),
        innermost=record("innermost", IncludeNestedStacks=True, ParentChangeSetId="inner"),
        other=record("other", IncludeNestedStacks=True),
        plain=record("plain"),
    )


def statuses(world: World) -> dict[str, tuple[str, str]]:
    return {name: (one["Status"], one["ExecutionStatus"]) for name, one in world.records.items()}


@pytest.mark.parametrize(
    ("environment", "seconds"), [({}, 0), ({eventual.VARIABLE: ""}, 0), ({eventual.VARIABLE: "1.5"}, 1.5)]
)
def test_the_environment_says_how_long_it_takes(environment: dict[str, str], seconds: float) -> None:
    assert eventual.duration(environment) == seconds


def test_only_the_change_set_and_those_below_it_begin_to_be_deleted(world: World) -> None:
    status, _, body = world.delete({"ChangeSetName": "root"})

    assert status == 200
    assert b"<DeleteChangeSetResponse" in body
    assert world.passed_on == []
    assert statuses(world) == {
        **dict.fromkeys(("root", "inner", "innermost"), ("DELETE_PENDING", "UNAVAILABLE")),
        **dict.fromkeys(("other", "plain"), ("CREATE_COMPLETE", "AVAILABLE")),
    }


@pytest.mark.parametrize("name", ["plain", "nobody"])
def test_what_does_not_look_into_nested_stacks_is_ministacks_to_delete(world: World, name: str) -> None:
    assert world.delete({"ChangeSetName": name}) == FINE
    assert world.passed_on == [{"ChangeSetName": name}]


def test_a_change_set_is_not_deleted_twice(world: World) -> None:
    world.delete({"ChangeSetName": "root"})

    status, _, body = world.delete({"ChangeSetName": "root"})

    assert status == 400
    assert b"<Code>InvalidChangeSetStatus</Code><Message>Cannot delete ChangeSet in status DELETE_PENDING<" in body


@pytest.mark.parametrize(
    ("passed", "status"),
    [
        (0, "DELETE_PENDING"),
        (1.9, "DELETE_PENDING"),
        (2, "DELETE_IN_PROGRESS"),
        (3.9, "DELETE_IN_PROGRESS"),
        (4, None),
        (60, None),
    ],
)
def test_who_looks_finds_it_as_far_as_it_is_by_now(world: World, passed: float, status: str | None) -> None:
    world.delete({"ChangeSetName": "root"})
    world.now += passed

    answer = world.look({"Action": "ListChangeSets"})

    assert answer == FINE
    assert world.passed_on == [{"Action": "ListChangeSets"}]
    assert {name: one["Status"] for name, one in world.records.items()} == {
        **dict.fromkeys(("other", "plain"), "CREATE_COMPLETE"),
        **(dict.fromkeys(("root", "inner", "innermost"), status) if status else {}),
    }


@pytest.mark.parametrize(("seconds", "replaced"), [("", False), ("2", True)])
def test_only_who_asks_for_it_gets_it(monkeypatch: pytest.MonkeyPatch, seconds: str, replaced: bool) -> None:  # noqa: FBT001 - a case
    from ministack.services.cloudformation import handlers

    names = ("CreateChangeSet", "DescribeChangeSet", "ExecuteChangeSet", "DeleteChangeSet", "ListChangeSets")
    actions = {name: lambda _: FINE for name in (*names, "DeleteStack")}
    before = dict(actions)
    monkeypatch.setattr(handlers, "_ACTION_HANDLERS", actions)
    monkeypatch.setenv(eventual.VARIABLE, seconds)

    eventual.install()

    assert [name for name in actions if actions[name] is not before[name]] == (list(names) if replaced else [])
