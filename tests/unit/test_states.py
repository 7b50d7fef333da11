"""The table of docs/states.md, state by state, against what the commands do in it."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from serverless_pipeline.cloudformation import operation, stack, tree
from serverless_pipeline.cloudformation.stack import Stack, Status
from serverless_pipeline.cloudformation.tree import Tree
from serverless_pipeline.commands import down as removal
from serverless_pipeline.commands import status
from serverless_pipeline.commands import up as deployment
from serverless_pipeline.commands import wait as waiting
from serverless_pipeline.errors import Error
from serverless_pipeline.patience import Patience
from serverless_pipeline.project import bucket, estate, retention, standing
from serverless_pipeline.project.estate import Estate, Top
from serverless_pipeline.settings import Settings

TABLE = re.findall(
    r"^\| (?:`(\w+)`|\(no stack\)) \| (\w+) \| ([\w ]+) \| (\w+) \|$",
    (Path(__file__).parents[2] / "docs" / "states.md").read_text(),
    re.MULTILINE,
)
STATES = [pytest.param(name, id=name or "no stack") for name, *_ in TABLE]
CHOSEN = Settings(stack_name="shop")
PLAN: Any = SimpleNamespace(settings=CHOSEN, bucket="home")


class Aws:
    """An AWS in which the stack is in one state, and every operation ends with its deletion or a good update."""

    def __init__(self, name: str, patched: pytest.MonkeyPatch) -> None:
        self.stack = Stack("shop", "arn:shop", Status(name), reason="a role is gone") if name else None
        self.followed: list[Status] = []
        self.deleted: list[Status] = []
        patched.setattr(stack, "find", lambda _, name: self.stack if name in {"shop", "arn:shop"} else None)
        patched.setattr(stack, "delete", lambda _clients, one, *_: self.deleted.append(one.status))
        patched.setattr(operation, "watch", self.watch)
        patched.setattr(operation, "failure", lambda _, root: operation.Failure(root, None))
        patched.setattr(estate, "buckets_of", lambda *_: ())
        patched.setattr(tree, "look", lambda *_: Tree("arn:shop"))
        patched.setattr(bucket, "names", lambda _: frozenset())
        patched.setattr(estate, "stop", lambda *_: ())
        patched.setattr(estate, "sweep", lambda *_: ())
        patched.setattr(retention, "kept", lambda *_: ())
        patched.setattr(Patience, "towards", lambda *_, **__: Patience())

    def watch(self, _clients: Any, root: Stack, *_: Any, **__: Any) -> Stack:
        """What follows: a deletion ends in DELETE_COMPLETE, another operation in UPDATE_COMPLETE."""
        if root.status.in_progress:
            self.followed.append(root.status)
            ended = Status.DELETE_COMPLETE if "DELETE" in root.status else Status.UPDATE_COMPLETE
            return Stack(root.name, root.id, ended)
        return Stack(root.name, root.id, Status.DELETE_COMPLETE) if self.deleted else root


@pytest.fixture
def aws(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Aws:
    return Aws(request.param, monkeypatch)


def up(aws: Aws) -> str:
    try:
        ready = deployment.settle(None, PLAN, standing.look(None, "shop"), wait=True)  # type: ignore[arg-type]
    except Error as error:
        return "refuses" if error.hint else "leaves one alone with it"
    if aws.followed:
        return "attaches"
    if aws.deleted:
        return "replaces"
    return "updates" if ready.stack else "creates"


def wait(aws: Aws) -> str:
    try:
        waiting.wait(CHOSEN, None, Patience())  # type: ignore[arg-type]
    except AttributeError:  # there is no account to name in the words about a stack that is not there
        return "refuses"
    except Error as error:
        answer = "tells the cause" if "a role is gone" in str(error) else "refuses"
        return answer if error.hint else "leaves one alone with it"
    return "follows" if aws.followed else "exits with 0"


def down(aws: Aws, environment: str) -> str:
    there = aws.stack if aws.stack and aws.stack.status is not Status.DELETE_COMPLETE else None
    tops = (Top(environment, there, Tree(there.id)),) if there else ()
    removal._delete(CHOSEN, None, Estate("bucket", tops), keep=False)  # type: ignore[arg-type]
    if aws.deleted == [Status.UPDATE_COMPLETE] and aws.followed:
        return "attaches"
    return "deletes" if aws.deleted else "sweeps"


def said(name: str) -> tuple[str, ...]:
    """What the table says of a state: up, wait, down."""
    (row,) = [row for row in TABLE if row[0] == name]
    return tuple(row[1:])


def test_the_table_has_every_state_of_cloudformation_once() -> None:
    assert sorted(name for name, *_ in TABLE if name) == sorted(Status)
    assert len(Status) == 23
    assert len(TABLE) == 24


@pytest.mark.parametrize("aws", STATES, indirect=True)
def test_up_does_what_the_table_says(aws: Aws, request: pytest.FixtureRequest) -> None:
    assert up(aws) == said(request.node.callspec.params["aws"])[0]


@pytest.mark.parametrize("aws", STATES, indirect=True)
def test_wait_does_what_the_table_says(aws: Aws, request: pytest.FixtureRequest) -> None:
    assert wait(aws) == said(request.node.callspec.params["aws"])[1]


@pytest.mark.parametrize("environment", ["", "Prod"], ids=["pipeline", "environment"])
@pytest.mark.parametrize("aws", STATES, indirect=True)
def test_down_does_what_the_table_says(aws: Aws, request: pytest.FixtureRequest, environment: str) -> None:
    assert down(aws, environment) == said(request.node.callspec.params["aws"])[2]


@pytest.mark.parametrize("aws", [state for state in STATES if state.id != "no stack"], indirect=True)
def test_status_shows_every_state(
    aws: Aws, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("serverless_pipeline.codepipeline.pipeline.declaration", lambda *_: None)
    assert aws.stack

    status.show(status.describe(CHOSEN, object()), "text")  # type: ignore[arg-type]

    assert capsys.readouterr().out.splitlines() == [
        f"Stack      shop  {aws.stack.status}",
        "Stack      shop-test  not there yet",
        "Stack      shop-prod  not there yet",
    ]


@pytest.mark.parametrize("aws", [state for state in STATES if state.id != "no stack"], indirect=True)
def test_status_shows_every_state_of_an_environment(
    aws: Aws, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert aws.stack
    monkeypatch.setattr("serverless_pipeline.codepipeline.pipeline.declaration", lambda *_: None)
    monkeypatch.setattr(stack, "find", lambda _, name: aws.stack if name == "shop-prod" else None)

    status.show(status.describe(CHOSEN, object()), "text")  # type: ignore[arg-type]

    assert capsys.readouterr().out.splitlines()[-1] == f"Stack      shop-prod  {aws.stack.status}"
