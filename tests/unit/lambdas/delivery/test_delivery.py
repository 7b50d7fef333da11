from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from lambdas.delivery import api, delivery, function, site, stack
from lambdas.delivery.order import BEGIN_ANEW, Kind, Order
from lambdas.job.ending import Continued, Failed, JobError, Misconfigured, Succeeded
from lambdas.job.job import Artifact

if TYPE_CHECKING:
    from pathlib import Path

    from lambdas.job.ending import Outcome

ORDER = Order({}, Artifact("DistLambdaOutput", "artifact-bucket", "dromedary/DistLambda/x"), 0)
CONTENT = b"a zip"
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def zip_file(tmp_path: Path) -> Path:
    path = tmp_path / "DistLambdaOutput.zip"
    path.write_bytes(CONTENT)
    return path


def ending(outcome: Outcome) -> Kind:
    """A kind of delivery that ends so, when it begins with what is expected."""

    def begin(order: Order, zip_file: Path) -> Outcome:
        assert order is ORDER
        assert zip_file.read_bytes() == CONTENT
        return outcome

    return Kind((), begin)


def test_each_type_has_its_kind() -> None:
    assert delivery.KINDS == {
        "lambda": function.KIND,
        "apigateway": api.KIND,
        "s3": site.KIND,
        "cloudformation": stack.KIND,
    }


def test_the_digest_of_what_was_delivered_is_a_variable_beside_those_of_the_kind(zip_file: Path) -> None:
    kind = ending(Succeeded("done", {"FunctionVersion": "7"}))

    outcome = delivery.begin(kind, ORDER, zip_file)

    assert outcome == Succeeded("done", {"FunctionVersion": "7", "ArtifactDigest": DIGEST})


def test_what_was_tested_is_delivered(zip_file: Path) -> None:
    outcome = delivery.begin(ending(Succeeded("done")), ORDER, zip_file, DIGEST)

    assert outcome == Succeeded("done", {"ArtifactDigest": DIGEST})


@pytest.mark.parametrize("tested", ["0" * 64, ""])
def test_what_was_not_tested_is_refused_before_it_is_delivered(zip_file: Path, tested: str) -> None:
    def begin(_order: Order, _zip_file: Path) -> Outcome:
        raise AssertionError("it was delivered")

    message = (
        f"DistLambdaOutput is not what was tested: its digest is {DIGEST}, tested names {tested}; "
        "release the change again, so that it is delivered to its tests first"
    )
    with pytest.raises(JobError, match=f"^{message}$"):
        delivery.begin(Kind((), begin), ORDER, zip_file, tested)


def test_a_failure_is_told_as_it_is(zip_file: Path) -> None:
    assert delivery.begin(ending(Failed("half way")), ORDER, zip_file) == Failed("half way")


def test_the_token_of_a_delivery_that_goes_on_carries_the_digest(zip_file: Path) -> None:
    outcome = delivery.begin(ending(Continued("half", "one half")), ORDER, zip_file)

    assert outcome == Continued(json.dumps([DIGEST, "half"]), "one half")


def test_a_delivery_that_begins_anew_carries_nothing(zip_file: Path) -> None:
    outcome = delivery.begin(ending(Continued(BEGIN_ANEW, "not yet")), ORDER, zip_file)

    assert outcome == Continued(BEGIN_ANEW, "not yet")


def test_a_delivery_goes_on_with_the_token_of_its_kind_and_the_digest_of_its_beginning() -> None:
    def resume(order: Order, token: str) -> Outcome:
        assert order is ORDER
        return Continued("three quarters") if token == "half" else Succeeded("done")

    kind = Kind((), ending(Failed("begun")).begin, resume=resume)

    going_on = delivery.resume(kind, ORDER, json.dumps([DIGEST, "half"]))
    assert going_on == Continued(json.dumps([DIGEST, "three quarters"]))
    assert delivery.resume(kind, ORDER, going_on.token) == Succeeded("done", {"ArtifactDigest": DIGEST})


class Clock:
    """A clock that moves when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0
        self.pauses: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(delivery, "time", clock)
    return clock


def counting(patience: float, end: int) -> Kind:
    """A kind of delivery that ends when it was looked at `end` times."""

    def resume(_order: Order, token: str) -> Outcome:
        return Succeeded("done") if int(token) == end else Continued(str(int(token) + 1))

    return Kind((), lambda _order, _zip_file: Continued("1"), resume=resume, patience=patience)


def test_a_job_follows_a_delivery_that_goes_on_with_longer_and_longer_pauses(zip_file: Path, clock: Clock) -> None:
    outcome = delivery.begin(counting(60, 8), replace(ORDER, deadline=1000), zip_file)

    assert outcome == Succeeded("done", {"ArtifactDigest": DIGEST})
    assert clock.pauses == [0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.0]


def test_a_job_leaves_the_rest_to_the_next_one_which_follows_it_as_long(zip_file: Path, clock: Clock) -> None:
    kind, order = counting(1, 8), replace(ORDER, deadline=1000)

    going_on = delivery.begin(kind, order, zip_file)
    assert going_on == Continued(json.dumps([DIGEST, "6"]))
    assert clock.now <= 101
    assert delivery.resume(kind, order, going_on.token) == Succeeded("done", {"ArtifactDigest": DIGEST})


def test_a_job_follows_a_delivery_no_longer_than_its_deadline(zip_file: Path, clock: Clock) -> None:
    outcome = delivery.begin(counting(60, 8), replace(ORDER, deadline=100.5), zip_file)

    assert outcome == Continued(json.dumps([DIGEST, "5"]))
    assert clock.now <= 100.5


def test_a_job_does_not_follow_a_delivery_that_begins_anew(zip_file: Path, clock: Clock) -> None:
    kind = replace(counting(60, 8), begin=lambda _order, _zip_file: Continued(BEGIN_ANEW))

    assert delivery.begin(kind, replace(ORDER, deadline=1000), zip_file) == Continued(BEGIN_ANEW)
    assert clock.pauses == []


@pytest.mark.parametrize("token", ["x", "[]", "{}", "1", '["digest", 1]', '["digest"]'])
def test_a_token_that_no_delivery_gave_is_refused(token: str) -> None:
    kind = Kind((), ending(Failed("begun")).begin, resume=lambda _order, _token: Succeeded("done"))

    with pytest.raises(
        Misconfigured, match="  - the continuation token is none of this function's; release the change again"
    ):
        delivery.resume(kind, ORDER, token)


def test_a_kind_that_is_over_in_one_job_gave_no_token() -> None:
    with pytest.raises(Misconfigured, match="the continuation token is none of this function's"):
        delivery.resume(ending(Succeeded("done")), ORDER, json.dumps([DIGEST, "half"]))
