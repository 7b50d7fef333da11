from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from serverless_pipeline.cloudformation import stack, tree
from serverless_pipeline.cloudformation.stack import Desired, Stack, Status
from serverless_pipeline.cloudformation.tree import Resource, Tree
from serverless_pipeline.project import bucket, standing
from serverless_pipeline.project.standing import NOTHING, Standing
from tests.support.notes import note

DESIRED = Desired("shop", "https://home/root.yml")
CHANGE_SET = f"arn:aws:cloudformation:::changeSet/serverless-pipeline-{DESIRED.digest}-0123456789ab/1"
ROOT = Stack("shop", "arn:shop", Status.UPDATE_COMPLETE, change_set=CHANGE_SET)
SITE = Resource("Inner/Site", "shop-site", "AWS::S3::Bucket", "CREATE_COMPLETE")
UNMADE = Resource("Own", "", "AWS::S3::Bucket", "CREATE_FAILED")
TABLE = Resource("Table", "shop-table", "AWS::DynamoDB::Table", "CREATE_COMPLETE")
HELD = Tree("arn:shop", "", (UNMADE, TABLE, SITE))


def look(patched: pytest.MonkeyPatch, root: Stack | None) -> tuple[Standing, list[Any]]:
    """How a stack stands, and what was asked for."""
    requests: list[Any] = []
    patched.setattr(stack, "find", lambda _, name: note(requests, name, root))
    patched.setattr(tree, "look", lambda _, stack_id: note(requests, stack_id, HELD))
    patched.setattr(bucket, "names", lambda _: note(requests, "buckets", frozenset({"home"})))
    return standing.look(None, "shop"), requests  # type: ignore[arg-type]


def test_stack_resources_and_buckets_are_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    now, requests = look(monkeypatch, ROOT)

    assert now == Standing(ROOT, HELD, frozenset({"home"}))
    assert requests[0] == "shop"
    assert sorted(requests[1:]) == ["arn:shop", "buckets"]


@pytest.mark.parametrize("status", [None, Status.DELETE_COMPLETE, Status.REVIEW_IN_PROGRESS])
def test_a_stack_that_holds_nothing_is_none(monkeypatch: pytest.MonkeyPatch, status: Status | None) -> None:
    now, requests = look(monkeypatch, replace(ROOT, status=status) if status else None)

    assert now == NOTHING
    assert requests == ["shop"]


@pytest.mark.parametrize("status", [Status.UPDATE_IN_PROGRESS, Status.ROLLBACK_COMPLETE, Status.DELETE_FAILED])
def test_what_a_stack_holds_says_nothing_while_it_moves_or_is_dead(
    monkeypatch: pytest.MonkeyPatch, status: Status
) -> None:
    now, requests = look(monkeypatch, replace(ROOT, status=status))

    assert now == Standing(replace(ROOT, status=status), None, frozenset())
    assert requests == ["shop"]


def test_a_stack_is_as_desired_where_it_was_made_so_and_its_bucket_is_there() -> None:
    now = Standing(ROOT, HELD, frozenset({"home", "shop-site"}))

    assert now.is_as(DESIRED, "home")
    assert not now.is_as(DESIRED, "another")
    assert not now.is_as(replace(DESIRED, url="https://home/other.yml"), "home")
    assert not replace(now, tree=None).is_as(DESIRED, "home")
    assert not NOTHING.is_as(DESIRED, "home")


def test_a_pipeline_that_was_made_is_one_wherever_it_is_nested() -> None:
    pipeline = Resource("Pipeline/Own", "shop", "AWS::CodePipeline::Pipeline", "CREATE_COMPLETE")
    inner = Tree("arn:inner", "Pipeline", (pipeline,))
    nested = Resource("Pipeline", "arn:inner", stack.KIND, "CREATE_COMPLETE")

    assert Standing(ROOT, Tree("arn:shop", "", (nested,), {"Pipeline": inner})).has_pipeline
    assert not Standing(ROOT, Tree("arn:shop", "", (replace(pipeline, physical_id=""),))).has_pipeline
    assert not Standing(ROOT, HELD).has_pipeline
    assert not NOTHING.has_pipeline


def test_the_environments_that_are_there_are_told_by_their_roles() -> None:
    role = Resource("Roles/TestStackRole", "shop-TestStackRole-1", "AWS::IAM::Role", "CREATE_COMPLETE")
    others = (replace(role, path="Roles/DeployRole"), replace(role, path="Roles/ProdStackRole", type="AWS::SNS::Topic"))
    inner = Tree("arn:inner", "Roles", (role, *others))
    nested = Resource("Roles", "arn:inner", stack.KIND, "CREATE_COMPLETE")

    assert list(Standing(ROOT, Tree("arn:shop", "", (nested,), {"Roles": inner})).environments()) == ["Test"]
    assert list(Standing(ROOT, HELD).environments()) == []
    assert list(NOTHING.environments()) == []


def test_a_bucket_that_the_stack_made_and_nobody_finds_has_vanished() -> None:
    assert list(Standing(ROOT, HELD, frozenset({"home"})).vanished_buckets()) == [("Inner/Site", "shop-site")]
    assert list(Standing(ROOT, HELD, frozenset({"home", "shop-site"})).vanished_buckets()) == []
    assert list(NOTHING.vanished_buckets()) == []
