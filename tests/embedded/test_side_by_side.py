"""Several pipelines in one account: names that begin alike, one taken down, the other whole."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from serverless_pipeline.cloudformation import stack
from serverless_pipeline.commands import down, drift, up
from serverless_pipeline.project import bucket, estate
from serverless_pipeline.settings import S3, Settings
from tests.support import stacks

if TYPE_CHECKING:
    from serverless_pipeline.aws import Clients


def test_two_pipelines_live_side_by_side_and_one_goes_without_the_other(clients: Clients) -> None:
    name = f"shop-{uuid.uuid4().hex[:6]}"
    template = "app/environment.yml"
    one, two = (
        Settings(stack_name=one, source=S3(), template=template, environments=("Prod",))
        for one in (name, f"{name}-two")
    )
    for settings in (one, two):
        up.up(settings, clients, wait=True, sure=True)
    theirs = estate.survey(two, clients)

    down.down(one, clients, sure=True)

    root = stack.demand(clients, two.stack_name)
    functions = [page["Functions"] for page in clients.functions.get_paginator("list_functions").paginate()]
    names = {function["FunctionName"] for page in functions for function in page}
    assert estate.is_empty(clients, estate.survey(one, clients))
    assert root.status.ended_well
    assert estate.survey(two, clients) == theirs
    assert set(theirs.functions) <= names
    assert all(bucket.exists(clients, name) for name in [theirs.templates_bucket, *theirs.buckets])
    assert stacks.vanished(clients, two) == []
    assert drift.detect(two, clients).drifts == ()
    down.down(two, clients, sure=True)
