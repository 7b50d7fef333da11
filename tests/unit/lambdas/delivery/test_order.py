from __future__ import annotations

from dataclasses import FrozenInstanceError
from typing import TYPE_CHECKING

import pytest

from lambdas.delivery.order import BEGIN_ANEW, Kind, Order
from lambdas.job.ending import Continued
from lambdas.job.job import Artifact

if TYPE_CHECKING:
    from pathlib import Path

APP = Artifact("DistLambdaOutput", "artifact-bucket", "dromedary/DistLambda/x")


def test_an_order_of_an_action_says_to_retry_the_stage_and_where_somebody_came_first_to_release_again() -> None:
    assert Order({"alias": "live"}, APP, 1.0) == Order(
        parameters={"alias": "live"},
        artifact=APP,
        deadline=1.0,
        job_id="",
        retry="retry the stage",
        again="release the change again",
    )


def test_a_kind_needs_keys_and_a_beginning_and_is_over_in_one_job_unless_it_says_more() -> None:
    def begin(_order: Order, _zip_file: Path) -> Continued:
        return Continued("half")

    kind = Kind(("bucket",), begin)

    assert kind == Kind(keys=("bucket",), begin=begin, options=(), prefixes=(), resume=None)


def test_an_order_and_a_kind_do_not_change_on_their_way() -> None:
    order = Order({}, APP, 1.0)
    kind = Kind((), lambda _order, _zip_file: Continued("half"))

    with pytest.raises(FrozenInstanceError):
        order.deadline = 2.0  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        kind.keys = ("bucket",)  # type: ignore[misc]


def test_the_token_that_begins_anew_is_the_one_that_jobs_under_way_carry() -> None:
    assert BEGIN_ANEW == "again"
