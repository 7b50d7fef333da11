"""Several pipelines in one account: names that begin alike, one taken down, the other whole."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

from serverless_pipeline import bucket, deployment, drift, preflight, removal, stack, teardown
from serverless_pipeline.settings import Settings

if TYPE_CHECKING:
    from serverless_pipeline.aws import Clients

pytestmark = pytest.mark.embedded


def test_two_pipelines_live_side_by_side_and_one_goes_without_the_other(clients: Clients) -> None:
    name = f"shop-{uuid.uuid4().hex[:6]}"
    one, two = (Settings(stack_name=one, source="s3", environments="Prod") for one in (name, f"{name}-two"))
    for chosen in (one, two):
        deployment.up(chosen, clients, wait=True, sure=True)
    theirs = teardown.survey(two, clients)

    removal.down(one, clients, sure=True)

    root = stack.demand(clients, two.stack_name)
    functions = [page["Functions"] for page in clients.functions.get_paginator("list_functions").paginate()]
    names = {function["FunctionName"] for page in functions for function in page}
    assert teardown.is_empty(clients, teardown.survey(one, clients))
    assert root.status.ended_well
    assert teardown.survey(two, clients) == theirs
    assert set(theirs.functions) <= names
    assert all(bucket.exists(clients, held) for held in [theirs.templates_bucket, *theirs.buckets])
    assert list(preflight._vanished(two, clients)) == []
    assert list(drift.detect(clients, root)) == []
    removal.down(two, clients, sure=True)
