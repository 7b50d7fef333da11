from __future__ import annotations

import base64
import hashlib
import time
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from lambdas.delivery import function, health, shift
from lambdas.delivery.alias import Alias, Route
from lambdas.delivery.function import Code
from lambdas.delivery.order import Kind, Order
from lambdas.job.ending import Continued, JobError, Misconfigured, Succeeded
from lambdas.job.job import Artifact

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from botocore.stub import Stubber
    from mypy_boto3_lambda import LambdaClient

    from tests.unit.lambdas.delivery.conftest import Bucket

APP = Artifact("DistLambdaOutput", "artifact-bucket", "dromedary/DistLambda/x")
CODE = b"a zip"
DIGEST = base64.b64encode(hashlib.sha256(CODE).digest()).decode()
IN_REQUEST = Code(DIGEST, {"ZipFile": CODE})
NAME = {"FunctionName": "app"}
LIVE = NAME | {"Name": "live"}
READY = {"State": "Active", "LastUpdateStatus": "Successful"}
OLD = READY | {"CodeSha256": "old"}
NEW = READY | {"CodeSha256": DIGEST}
BUSY = {"State": "Active", "LastUpdateStatus": "InProgress", "CodeSha256": DIGEST}
FOREVER = float("inf")
PARAMETERS = {"function": "app", "alias": "live"}
ORDER = Order(PARAMETERS, APP, FOREVER, again="release again")
SHIFTED = Order(PARAMETERS | {"shift": "canary:10:5"}, APP, FOREVER)
PLAN = shift.Plan((0.1,), 5)
VARIABLES = {"FunctionVersion": "7", "PreviousVersion": "6", "Alias": "live"}


@pytest.fixture
def zip_file(tmp_path: Path) -> Path:
    path = tmp_path / "app.zip"
    path.write_bytes(CODE)
    return path


def expect_state(stub: Stubber, state: dict[str, str], version: str = "$LATEST") -> None:
    stub.add_response("get_function_configuration", state, NAME | {"Qualifier": version})


def expect_publication(stub: Stubber) -> None:
    stub.add_response("publish_version", {"Version": "7"}, NAME | {"CodeSha256": DIGEST})


def at(version: str, weights: Mapping[str, float] | None = None) -> dict[str, Any]:
    """An alias as Lambda tells it."""
    routing = {"RoutingConfig": {"AdditionalVersionWeights": weights}} if weights else {}
    return {"Name": "live", "FunctionVersion": version, "RevisionId": "r1"} | routing


def move_to(version: str) -> dict[str, Any]:
    """The request that gives a version all the traffic."""
    all_of_it = {"FunctionVersion": version, "RoutingConfig": {"AdditionalVersionWeights": {}}}
    return LIVE | {"RevisionId": "r1"} | all_of_it


def test_new_code_is_published_when_it_is_in_place_and_the_alias_moves_with_all_the_traffic(
    lambda_stub: Stubber, zip_file: Path
) -> None:
    expect_state(lambda_stub, OLD)
    lambda_stub.add_response("update_function_code", {"CodeSha256": DIGEST}, NAME | {"ZipFile": CODE})
    expect_state(lambda_stub, NEW)
    expect_publication(lambda_stub)
    expect_state(lambda_stub, NEW, "7")
    lambda_stub.add_response("get_alias", at("6"), LIVE)
    lambda_stub.add_response("update_alias", {}, move_to("7"))

    outcome = function.deploy(ORDER, zip_file)

    assert outcome == Succeeded("app:live is version 7", VARIABLES)


def test_code_that_is_there_already_is_not_sent_again(functions: LambdaClient, lambda_stub: Stubber) -> None:
    expect_state(lambda_stub, NEW)
    expect_publication(lambda_stub)
    expect_state(lambda_stub, NEW, "7")

    assert function.publish(functions, "app", IN_REQUEST, FOREVER) == "7"


def test_a_version_that_the_alias_is_at_already_is_not_moved_to_again(lambda_stub: Stubber) -> None:
    lambda_stub.add_response("get_alias", at("7"), LIVE)

    outcome = function.deliver(SHIFTED, "7", PLAN)

    assert outcome == Succeeded("app:live is version 7", VARIABLES | {"PreviousVersion": "7"})


@pytest.mark.parametrize(("version", "plan"), [("7", None), ("6", PLAN), ("6", None)])
def test_weights_that_a_stopped_shift_left_are_taken_away(
    lambda_stub: Stubber, version: str, plan: shift.Plan | None
) -> None:
    lambda_stub.add_response("get_alias", at("6", {"5": 0.1}), LIVE)
    lambda_stub.add_response("update_alias", {}, move_to(version))

    outcome = function.deliver(SHIFTED, version, plan)

    assert outcome == Succeeded(f"app:live is version {version}", VARIABLES | {"FunctionVersion": version})


def test_an_alias_at_another_version_moves_as_planned(lambda_stub: Stubber, monkeypatch: pytest.MonkeyPatch) -> None:
    lambda_stub.add_response("get_alias", at("6"), LIVE)
    monkeypatch.setattr(shift, "begin", lambda *request, again: Continued(repr(request), again))

    outcome = function.deliver(ORDER, "7", PLAN)

    assert outcome == Continued(repr((Alias("app", "live", Route("6"), "r1"), "7", PLAN)), "release again")


def test_an_alias_at_the_code_that_is_not_published_moves_at_once(lambda_stub: Stubber) -> None:
    lambda_stub.add_response("get_alias", at("$LATEST"), LIVE)
    lambda_stub.add_response("update_alias", {}, move_to("7"))

    outcome = function.deliver(SHIFTED, "7", PLAN)

    assert outcome == Succeeded("app:live is version 7", VARIABLES | {"PreviousVersion": "$LATEST"})


def test_an_alias_that_is_not_there_is_created_without_a_shift(lambda_stub: Stubber) -> None:
    lambda_stub.add_client_error("get_alias", "ResourceNotFoundException")
    lambda_stub.add_response("create_alias", {}, LIVE | {"FunctionVersion": "7"})

    outcome = function.deliver(SHIFTED, "7", PLAN)

    assert outcome == Succeeded("app:live is version 7", VARIABLES | {"PreviousVersion": "none"})


def test_the_order_says_what_to_do_where_somebody_else_was_quicker(lambda_stub: Stubber) -> None:
    lambda_stub.add_response("get_alias", at("6"), LIVE)
    lambda_stub.add_client_error("update_alias", "PreconditionFailedException")
    lambda_stub.add_response("get_alias", at("8"), LIVE)

    with pytest.raises(JobError, match=r"Somebody else moved app:live meanwhile; release again$"):
        function.deliver(ORDER, "7", None)


def test_the_order_says_what_to_do_where_somebody_else_created_the_alias(lambda_stub: Stubber) -> None:
    lambda_stub.add_client_error("get_alias", "ResourceNotFoundException")
    lambda_stub.add_client_error("create_alias", "ResourceConflictException")
    lambda_stub.add_response("get_alias", at("8"), LIVE)

    with pytest.raises(JobError, match=r"Somebody else moved app:live meanwhile; release again$"):
        function.deliver(ORDER, "7", None)


@pytest.mark.usefixtures("lambda_stub")
def test_parameters_that_make_no_sense_are_told_before_anything_is_published(zip_file: Path) -> None:
    order = Order(PARAMETERS | {"shift": "slowly"}, APP, FOREVER)

    with pytest.raises(Misconfigured, match="shift must be"):
        function.deploy(order, zip_file)


@pytest.mark.usefixtures("lambda_stub", "cloudwatch_stub")
def test_an_alarm_in_alarm_lets_nothing_be_published(zip_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def demand_quiet(_metrics: object, alarms: tuple[str, ...]) -> None:
        raise JobError(f"asked for {', '.join(alarms)}")

    monkeypatch.setattr(health, "demand_quiet", demand_quiet)
    order = Order(PARAMETERS | {"shift": "canary:10:5", "alarms": "slow,broken"}, APP, FOREVER)

    with pytest.raises(JobError, match="asked for slow, broken"):
        function.deploy(order, zip_file)


@pytest.mark.usefixtures("cloudwatch_stub")
def test_no_alarms_are_not_asked_for(lambda_stub: Stubber, zip_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "demand_quiet", lambda *_: pytest.fail("asked for no alarms"))
    expect_state(lambda_stub, NEW)
    expect_publication(lambda_stub)
    expect_state(lambda_stub, NEW, "7")
    lambda_stub.add_response("get_alias", at("7"), LIVE)

    assert isinstance(function.deploy(SHIFTED, zip_file), Succeeded)


def test_an_update_that_somebody_else_began_is_told_when_it_has_ended(
    functions: LambdaClient, lambda_stub: Stubber
) -> None:
    expect_state(lambda_stub, OLD)
    lambda_stub.add_client_error("update_function_code", "ResourceConflictException")
    expect_state(lambda_stub, OLD)
    lambda_stub.add_client_error("publish_version", "InvalidParameterValueException")

    with pytest.raises(JobError, match=r"^Somebody else gave app other code meanwhile; release the change again$"):
        function.publish(functions, "app", IN_REQUEST, FOREVER)


def test_an_update_whose_answer_was_lost_finds_its_own_work(functions: LambdaClient, lambda_stub: Stubber) -> None:
    expect_state(lambda_stub, OLD)
    lambda_stub.add_client_error("update_function_code", "ResourceConflictException")
    expect_state(lambda_stub, BUSY)
    expect_state(lambda_stub, NEW)
    expect_publication(lambda_stub)
    expect_state(lambda_stub, NEW, "7")

    assert function.publish(functions, "app", IN_REQUEST, FOREVER, lambda _seconds: None) == "7"


def test_an_update_that_lambda_refuses_is_not_published(functions: LambdaClient, lambda_stub: Stubber) -> None:
    expect_state(lambda_stub, OLD)
    lambda_stub.add_client_error("update_function_code", "CodeStorageExceededException")

    with pytest.raises(ClientError, match="CodeStorageExceeded"):
        function.publish(functions, "app", IN_REQUEST, FOREVER)


def test_code_that_somebody_else_replaced_is_not_published(functions: LambdaClient, lambda_stub: Stubber) -> None:
    expect_state(lambda_stub, NEW)
    lambda_stub.add_client_error("publish_version", "InvalidParameterValueException")

    with pytest.raises(JobError, match="Somebody else gave app other code meanwhile"):
        function.publish(functions, "app", IN_REQUEST, FOREVER)


def test_a_version_with_somebody_elses_code_is_not_delivered(functions: LambdaClient, lambda_stub: Stubber) -> None:
    expect_state(lambda_stub, NEW)
    expect_publication(lambda_stub)
    expect_state(lambda_stub, OLD, "7")

    with pytest.raises(JobError, match="Somebody else gave app other code meanwhile"):
        function.publish(functions, "app", IN_REQUEST, FOREVER)


def test_a_version_is_waited_for_until_it_is_active(functions: LambdaClient, lambda_stub: Stubber) -> None:
    expect_state(lambda_stub, NEW)
    expect_publication(lambda_stub)
    expect_state(lambda_stub, NEW | {"State": "Pending"}, "7")
    expect_state(lambda_stub, NEW, "7")
    pauses: list[float] = []

    version = function.publish(functions, "app", IN_REQUEST, FOREVER, pauses.append)

    assert version == "7"
    assert pauses == [0.05]


def test_every_wait_of_a_publication_ends_at_the_deadline(functions: LambdaClient, lambda_stub: Stubber) -> None:
    expect_state(lambda_stub, NEW)
    expect_publication(lambda_stub)
    expect_state(lambda_stub, BUSY, "7")

    with pytest.raises(JobError, match="did not make app ready in time"):
        function.publish(functions, "app", IN_REQUEST, time.monotonic() - 1)


def test_an_update_in_progress_is_waited_for_with_pauses_that_grow_to_two_seconds(
    functions: LambdaClient, lambda_stub: Stubber
) -> None:
    for state in [BUSY, {"State": "Pending", "CodeSha256": DIGEST}, *[BUSY] * 10, NEW]:
        expect_state(lambda_stub, state)
    pauses: list[float] = []

    digest = function.settle(functions, "app", FOREVER, pauses.append)

    assert digest == DIGEST
    assert pauses == pytest.approx([min(0.05 * 1.5**number, 2.0) for number in range(12)])


def test_a_function_that_tells_no_state_is_ready(functions: LambdaClient, lambda_stub: Stubber) -> None:
    expect_state(lambda_stub, {"CodeSha256": DIGEST})

    assert function.settle(functions, "app", FOREVER) == DIGEST


@pytest.mark.parametrize(
    "state",
    [
        {"State": "Active", "LastUpdateStatus": "Failed", "LastUpdateStatusReason": "no such handler"},
        {"State": "Failed", "StateReason": "no such handler"},
    ],
)
def test_an_update_that_failed_is_told_with_lambdas_reason(
    functions: LambdaClient, lambda_stub: Stubber, state: dict[str, str]
) -> None:
    expect_state(lambda_stub, state)

    with pytest.raises(JobError, match=r"^Lambda could not make app ready: no such handler$"):
        function.settle(functions, "app", FOREVER)


def test_an_update_that_takes_too_long_is_given_up(functions: LambdaClient, lambda_stub: Stubber) -> None:
    expect_state(lambda_stub, BUSY)

    with pytest.raises(JobError, match=r"^Lambda did not make app ready in time: it is Active, its update InProgress$"):
        function.settle(functions, "app", time.monotonic() - 1)


def test_a_zip_that_fits_into_a_request_lies_in_it(zip_file: Path, bucket: Bucket) -> None:
    assert Code.of(zip_file, "artifact-bucket") == IN_REQUEST
    assert bucket.objects == {}


def test_a_larger_zip_goes_by_way_of_the_artifact_bucket(
    zip_file: Path, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(function, "IN_REQUEST", len(CODE) - 1)
    key = f"assets/{hashlib.sha256(CODE).hexdigest()}.zip"

    codes = [Code.of(zip_file, "artifact-bucket") for _ in range(2)]

    assert codes == [Code(DIGEST, {"S3Bucket": "artifact-bucket", "S3Key": key})] * 2
    assert bucket.objects == {key: CODE}
    assert bucket.uploads == [key]


def test_a_zip_may_be_as_large_as_a_request_takes(tmp_path: Path, bucket: Bucket) -> None:
    path = tmp_path / "app.zip"
    with path.open("wb") as file:
        file.truncate(52_428_800)
    full = Code.of(path, "artifact-bucket")
    with path.open("ab") as file:
        file.truncate(52_428_801)

    larger = Code.of(path, "artifact-bucket")

    assert full.place.keys() == {"ZipFile"}
    assert larger.place.keys() == {"S3Bucket", "S3Key"}
    assert [len(content) for content in bucket.objects.values()] == [52_428_801]


def test_lambda_is_told_where_code_lies_that_is_too_large_for_a_request(
    lambda_stub: Stubber, zip_file: Path, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(function, "IN_REQUEST", 0)
    expect_state(lambda_stub, OLD)
    place = {"S3Bucket": "artifact-bucket", "S3Key": f"assets/{hashlib.sha256(CODE).hexdigest()}.zip"}
    lambda_stub.add_response("update_function_code", {"CodeSha256": DIGEST}, NAME | place)
    expect_state(lambda_stub, NEW)
    expect_publication(lambda_stub)
    expect_state(lambda_stub, NEW, "7")
    lambda_stub.add_response("get_alias", at("7"), LIVE)

    assert isinstance(function.deploy(ORDER, zip_file), Succeeded)
    assert list(bucket.objects) == [place["S3Key"]]


def test_the_kind_needs_a_function_and_an_alias_and_may_shift() -> None:
    assert (
        Kind(keys=("function", "alias"), begin=function.deploy, options=("shift", "alarms"), resume=shift.resume)
        == function.KIND
    )
