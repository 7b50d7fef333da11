from __future__ import annotations

import base64
import hashlib
import time
from typing import TYPE_CHECKING, Any

import pytest
from botocore.session import get_session
from botocore.stub import Stubber

from lambdas.delivery import function, shift
from lambdas.delivery.order import Order
from lambdas.job import clients
from lambdas.job.ending import JobError, Misconfigured, Succeeded
from lambdas.job.job import Artifact

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from botocore.client import BaseClient

    Stubbed = tuple[BaseClient, Stubber]

APP = Artifact("DistLambdaOutput", "artifact-bucket", "dromedary/DistLambda/x")
CODE = b"a zip"
DIGEST = base64.b64encode(hashlib.sha256(CODE).digest()).decode()
NAME = {"FunctionName": "app"}
READY = {"State": "Active", "LastUpdateStatus": "Successful"}
OLD = READY | {"CodeSha256": "old"}
NEW = READY | {"CodeSha256": DIGEST}
BUSY = {"State": "Active", "LastUpdateStatus": "InProgress", "CodeSha256": DIGEST}
FOREVER = float("inf")
ORDER = Order({"function": "app", "alias": "live"}, APP, FOREVER)
SHIFTED = Order({"function": "app", "alias": "live", "shift": "canary:10:5"}, APP, FOREVER)
PLAN = shift.Plan((0.1,), 5)
VARIABLES = {"FunctionVersion": "7", "PreviousVersion": "6", "Alias": "live"}


@pytest.fixture
def stubbed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubbed]:
    client = get_session().create_client(
        "lambda", region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b"
    )
    monkeypatch.setattr(clients, "functions", lambda: client)
    with Stubber(client) as stub:
        yield client, stub
        stub.assert_no_pending_responses()


def expect_state(stub: Stubber, state: dict[str, str], version: str = "$LATEST") -> None:
    stub.add_response("get_function_configuration", state, NAME | {"Qualifier": version})


def at(version: str, weights: Mapping[str, float] | None = None) -> dict[str, Any]:
    """An alias as Lambda tells it."""
    routing = {"RoutingConfig": {"AdditionalVersionWeights": weights}} if weights else {}
    return {"Name": "live", "FunctionVersion": version, "RevisionId": "r1"} | routing


def moved(version: str) -> dict[str, Any]:
    """The request that gives a version all the traffic."""
    all_of_it = {"FunctionVersion": version, "RoutingConfig": {"AdditionalVersionWeights": {}}}
    return NAME | {"Name": "live", "RevisionId": "r1"} | all_of_it


def test_new_code_is_published_when_it_is_in_place_and_the_alias_moves_with_all_the_traffic(
    stubbed: Stubbed, tmp_path: Path
) -> None:
    _, stub = stubbed
    (tmp_path / "app.zip").write_bytes(CODE)
    expect_state(stub, OLD)
    stub.add_response("update_function_code", {"CodeSha256": DIGEST}, NAME | {"ZipFile": CODE})
    expect_state(stub, NEW)
    stub.add_response("publish_version", {"Version": "7"}, NAME | {"CodeSha256": DIGEST})
    expect_state(stub, NEW, "7")
    stub.add_response("get_alias", at("6"), NAME | {"Name": "live"})
    stub.add_response("update_alias", {}, moved("7"))

    outcome = function.deploy(ORDER, tmp_path / "app.zip")

    assert outcome == Succeeded("app:live is version 7", VARIABLES)


def test_code_that_is_there_already_is_not_sent_again(stubbed: Stubbed) -> None:
    client, stub = stubbed
    expect_state(stub, NEW)
    stub.add_response("publish_version", {"Version": "7"}, NAME | {"CodeSha256": DIGEST})
    expect_state(stub, NEW, "7")

    assert function.publish(client, "app", CODE, FOREVER) == "7"


def test_a_version_that_the_alias_is_at_already_is_not_moved_to_again(stubbed: Stubbed) -> None:
    _, stub = stubbed
    stub.add_response("get_alias", at("7"), NAME | {"Name": "live"})

    outcome = function.deliver(SHIFTED, "7", PLAN)

    assert outcome == Succeeded("app:live is version 7", VARIABLES | {"PreviousVersion": "7"})


@pytest.mark.parametrize(("version", "plan"), [("7", None), ("6", PLAN), ("6", None)])
def test_weights_that_a_stopped_shift_left_are_taken_away(stubbed: Stubbed, version: str, plan: shift.Plan) -> None:
    _, stub = stubbed
    stub.add_response("get_alias", at("6", {"5": 0.1}), NAME | {"Name": "live"})
    stub.add_response("update_alias", {}, moved(version))

    outcome = function.deliver(SHIFTED, version, plan)

    assert outcome.variables["PreviousVersion"] == "6"


def test_an_alias_at_the_code_that_is_not_published_moves_at_once(stubbed: Stubbed) -> None:
    _, stub = stubbed
    stub.add_response("get_alias", at("$LATEST"), NAME | {"Name": "live"})
    stub.add_response("update_alias", {}, moved("7"))

    assert isinstance(function.deliver(SHIFTED, "7", PLAN), Succeeded)


def test_an_alias_that_is_not_there_is_made_without_a_shift(stubbed: Stubbed) -> None:
    _, stub = stubbed
    stub.add_client_error("get_alias", "ResourceNotFoundException")
    stub.add_response("create_alias", {}, NAME | {"Name": "live", "FunctionVersion": "7"})

    outcome = function.deliver(SHIFTED, "7", PLAN)

    assert outcome == Succeeded("app:live is version 7", VARIABLES | {"PreviousVersion": "none"})


def test_parameters_that_make_no_sense_are_told_before_anything_is_published(tmp_path: Path) -> None:
    (tmp_path / "app.zip").write_bytes(CODE)
    order = Order(ORDER.given | {"shift": "slowly"}, APP, FOREVER)

    with pytest.raises(Misconfigured, match="shift must be"):
        function.deploy(order, tmp_path / "app.zip")


def test_an_update_that_somebody_else_began_is_told(stubbed: Stubbed) -> None:
    client, stub = stubbed
    expect_state(stub, OLD)
    stub.add_client_error("update_function_code", "ResourceConflictException")

    with pytest.raises(JobError, match="Somebody else gave app other code meanwhile; release the change again"):
        function.publish(client, "app", CODE, FOREVER)


def test_code_that_somebody_else_replaced_is_not_published(stubbed: Stubbed) -> None:
    client, stub = stubbed
    expect_state(stub, NEW)
    stub.add_client_error("publish_version", "InvalidParameterValueException")

    with pytest.raises(JobError, match="Somebody else gave app other code meanwhile"):
        function.publish(client, "app", CODE, FOREVER)


def test_a_version_with_somebody_elses_code_is_not_delivered(stubbed: Stubbed) -> None:
    client, stub = stubbed
    expect_state(stub, NEW)
    stub.add_response("publish_version", {"Version": "7"}, NAME | {"CodeSha256": DIGEST})
    expect_state(stub, OLD, "7")

    with pytest.raises(JobError, match="Somebody else gave app other code meanwhile"):
        function.publish(client, "app", CODE, FOREVER)


def test_a_version_is_waited_for_until_it_is_active(stubbed: Stubbed) -> None:
    client, stub = stubbed
    expect_state(stub, NEW)
    stub.add_response("publish_version", {"Version": "7"}, NAME | {"CodeSha256": DIGEST})
    expect_state(stub, NEW | {"State": "Pending"}, "7")
    expect_state(stub, NEW, "7")
    pauses: list[float] = []

    assert function.publish(client, "app", CODE, FOREVER, pauses.append) == "7"
    assert len(pauses) == 1


def test_an_update_in_progress_is_waited_for_with_growing_pauses(stubbed: Stubbed) -> None:
    client, stub = stubbed
    for state in (BUSY, {"State": "Pending", "CodeSha256": DIGEST}, NEW):
        expect_state(stub, state)
    pauses: list[float] = []

    digest = function.settle(client, "app", FOREVER, pauses.append)

    assert digest == DIGEST
    assert pauses == sorted(set(pauses))
    assert len(pauses) == 2


@pytest.mark.parametrize(
    "state",
    [
        {"State": "Active", "LastUpdateStatus": "Failed", "LastUpdateStatusReason": "no such handler"},
        {"State": "Failed", "StateReason": "no such handler"},
    ],
)
def test_an_update_that_failed_is_told_with_lambdas_reason(stubbed: Stubbed, state: dict[str, str]) -> None:
    client, stub = stubbed
    expect_state(stub, state)

    with pytest.raises(JobError, match="could not make app ready: no such handler"):
        function.settle(client, "app", FOREVER, time.sleep)


def test_an_update_that_takes_too_long_is_given_up(stubbed: Stubbed) -> None:
    client, stub = stubbed
    expect_state(stub, BUSY)

    with pytest.raises(JobError, match="did not make app ready in time: it is Active, its update InProgress"):
        function.settle(client, "app", time.monotonic() - 1, time.sleep)


def test_a_zip_that_lambda_would_not_take_is_refused_with_both_weights(tmp_path: Path) -> None:
    heavy = tmp_path / "app.zip"
    with heavy.open("wb") as file:
        file.truncate(function.LIMIT + 1)

    with pytest.raises(JobError, match="DistLambdaOutput has 52428801 bytes; Lambda takes 52428800"):
        function.deploy(ORDER, heavy)
