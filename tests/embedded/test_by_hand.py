"""What somebody deleted by hand is named by `up`, and is no obstacle for `down`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from serverless_pipeline.cloudformation import operation, stack
from serverless_pipeline.commands import down
from serverless_pipeline.errors import Error
from serverless_pipeline.patience import Patience
from serverless_pipeline.project import bucket, estate
from tests.support import stacks
from tests.support.waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from serverless_pipeline.aws import Clients
    from serverless_pipeline.cloudformation.stack import Stack
    from serverless_pipeline.settings import Settings


@pytest.fixture
def settings() -> Settings:
    return stacks.settings("by-hand")


@pytest.fixture
def root(clients: Clients, settings: Settings) -> Iterator[Stack]:
    inner = {"Site": stacks.resource("S3::Bucket", **stacks.VERSIONED), "Note": stacks.note()}
    yield stacks.deployed(clients, settings, stacks.nesting(clients, settings, inner))
    down.down(settings, clients, sure=True)


@pytest.mark.usefixtures("root")
def test_a_stack_that_is_whole_has_nothing_to_tell(clients: Clients, settings: Settings) -> None:
    assert stacks.vanished(clients, settings) == []


def test_a_bucket_is_named_with_what_brings_it_back(clients: Clients, settings: Settings, root: Stack) -> None:
    site = stacks.physical(clients, root)["Site"]
    bucket.delete(clients, site)

    (words,) = stacks.vanished(clients, settings)

    assert words == f"the bucket {site} of Inner/Site was deleted by hand; aws s3 mb s3://{site} brings it back, empty"


def test_a_nested_stack_is_named(clients: Clients, settings: Settings, root: Stack) -> None:
    (nested,) = stacks.nested(clients, root)
    clients.cloudformation.delete_stack(StackName=nested.id)
    operation.watch(clients, nested, Patience(timeout=PATIENCE))

    (words,) = stacks.vanished(clients, settings)

    assert words.startswith("the nested stack Inner was deleted by hand; only invoke pipeline.down and up")


def test_down_after_all_was_deleted_by_hand_still_sweeps(clients: Clients, settings: Settings, root: Stack) -> None:
    bucket.delete(clients, stacks.physical(clients, root)["Site"])
    clients.cloudformation.delete_stack(StackName=root.id)
    operation.watch(clients, root, Patience(timeout=PATIENCE))

    down.down(settings, clients, sure=True)

    assert estate.is_empty(clients, estate.survey(settings, clients))
    assert not bucket.exists(clients, bucket.name(settings, clients))


def test_what_blocks_a_deletion_is_named_and_down_again_ends_well(
    clients: Clients, settings: Settings, root: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = stacks.physical(clients, root)["Site"]
    clients.s3.put_object(Bucket=site, Key="late", Body=b"written by a function that still ran")

    monkeypatch.setattr(bucket, "empty", lambda *_: 0)
    with pytest.raises(Error) as caught:
        down.down(settings, clients, sure=True)
    monkeypatch.undo()

    failed = stack.demand(clients, settings.stack_name)
    said = str(caught.value.message)
    assert failed.status is stack.Status.DELETE_FAILED
    assert f"The stack {settings.stack_name} is DELETE_FAILED." in said
    assert "First cause: Inner/Site" in said
    assert "Next: " in said

    down.down(settings, clients, sure=True)

    assert stack.find(clients, settings.stack_name) is None
    assert not bucket.exists(clients, site)
