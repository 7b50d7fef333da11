from __future__ import annotations

from dataclasses import FrozenInstanceError
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from lambdas.delivery import alias
from lambdas.delivery.alias import Alias, MovedMeanwhile, Route
from lambdas.job.ending import JobError, Succeeded

if TYPE_CHECKING:
    from botocore.stub import Stubber
    from mypy_boto3_lambda import LambdaClient

LIVE = {"FunctionName": "app", "Name": "live"}
SHARED = Route("6", {"7": 0.1})
CURRENT = Alias("app", "live", SHARED, "r1")


def response(route: Route, revision: str = "r1") -> dict[str, Any]:
    routing = {"RoutingConfig": {"AdditionalVersionWeights": route.weights}} if route.weights else {}
    return {"Name": "live", "FunctionVersion": route.version, "RevisionId": revision} | routing


def expect_move(stub: Stubber, route: Route, revision: str = "r1") -> None:
    routing = {"RoutingConfig": {"AdditionalVersionWeights": route.weights}}
    stub.add_response("update_alias", {}, LIVE | {"FunctionVersion": route.version, "RevisionId": revision} | routing)


@pytest.mark.parametrize("route", [SHARED, Route("6")])
def test_an_alias_is_read_with_its_weights_and_its_revision(
    functions: LambdaClient, lambda_stub: Stubber, route: Route
) -> None:
    lambda_stub.add_response("get_alias", response(route), LIVE)

    assert alias.find(functions, "app", "live") == Alias("app", "live", route, "r1")


@pytest.mark.parametrize(
    ("weight", "rounded"), [(0.10000000149, 0.1), (0.1000014, 0.100001), (0.123456, 0.123456), (0.29, 0.29)]
)
def test_a_weight_is_the_same_however_exactly_it_is_told(
    functions: LambdaClient, lambda_stub: Stubber, weight: float, rounded: float
) -> None:
    lambda_stub.add_response("get_alias", response(Route("6", {"7": weight})), LIVE)

    assert alias.find(functions, "app", "live") == Alias("app", "live", Route("6", {"7": rounded}), "r1")


def test_an_alias_that_is_not_there_is_none(functions: LambdaClient, lambda_stub: Stubber) -> None:
    lambda_stub.add_client_error("get_alias", "ResourceNotFoundException", expected_params=LIVE)

    assert alias.find(functions, "app", "live") is None


def test_an_alias_that_cannot_be_read_is_no_missing_one(functions: LambdaClient, lambda_stub: Stubber) -> None:
    lambda_stub.add_client_error("get_alias", "AccessDeniedException")

    with pytest.raises(ClientError, match="AccessDenied"):
        alias.find(functions, "app", "live")


def test_an_alias_is_called_by_its_function_and_its_name() -> None:
    assert str(CURRENT) == "app:live"


def test_an_alias_moves_by_the_revision_that_was_read(functions: LambdaClient, lambda_stub: Stubber) -> None:
    expect_move(lambda_stub, Route("6", {"7": 0.2}))

    alias.move(functions, CURRENT, Route("6", {"7": 0.2}))


@pytest.mark.usefixtures("lambda_stub")
def test_an_alias_that_is_there_already_is_left_as_it_is(functions: LambdaClient) -> None:
    alias.move(functions, CURRENT, SHARED)


def test_an_alias_that_shares_a_version_is_not_there_yet(functions: LambdaClient, lambda_stub: Stubber) -> None:
    expect_move(lambda_stub, Route("6"))

    alias.move(functions, CURRENT, Route("6"))


@pytest.mark.parametrize("elsewhere", [Route("8"), SHARED, Route("7", {"6": 0.1})])
def test_an_alias_that_somebody_else_moved_is_left_alone(
    functions: LambdaClient, lambda_stub: Stubber, elsewhere: Route
) -> None:
    lambda_stub.add_client_error("update_alias", "PreconditionFailedException")
    lambda_stub.add_response("get_alias", response(elsewhere, "r2"), LIVE)

    with pytest.raises(MovedMeanwhile, match=r"^Somebody else moved app:live meanwhile; release the change again$"):
        alias.move(functions, CURRENT, Route("7"))


def test_an_alias_that_somebody_else_deleted_is_not_there(functions: LambdaClient, lambda_stub: Stubber) -> None:
    lambda_stub.add_client_error("update_alias", "PreconditionFailedException")
    lambda_stub.add_client_error("get_alias", "ResourceNotFoundException")

    with pytest.raises(MovedMeanwhile, match=r"; roll back again$"):
        alias.move(functions, CURRENT, Route("7"), again="roll back again")


def test_a_move_whose_answer_was_lost_finds_its_own_work(functions: LambdaClient, lambda_stub: Stubber) -> None:
    lambda_stub.add_client_error("update_alias", "PreconditionFailedException")
    lambda_stub.add_response("get_alias", response(Route("7"), "r2"), LIVE)

    alias.move(functions, CURRENT, Route("7"))


def test_an_alias_is_created_at_a_version(functions: LambdaClient, lambda_stub: Stubber) -> None:
    lambda_stub.add_response("create_alias", {}, LIVE | {"FunctionVersion": "7"})

    alias.create(functions, "app", "live", "7")


def test_an_alias_that_somebody_else_created_is_left_alone(functions: LambdaClient, lambda_stub: Stubber) -> None:
    lambda_stub.add_client_error("create_alias", "ResourceConflictException")
    lambda_stub.add_response("get_alias", response(Route("8")), LIVE)

    with pytest.raises(MovedMeanwhile, match=r"^Somebody else moved app:live meanwhile; release the change again$"):
        alias.create(functions, "app", "live", "7")


def test_what_to_do_about_an_alias_that_somebody_else_created_is_for_the_caller_to_say(
    functions: LambdaClient, lambda_stub: Stubber
) -> None:
    lambda_stub.add_client_error("create_alias", "ResourceConflictException")
    lambda_stub.add_response("get_alias", response(Route("8")), LIVE)

    with pytest.raises(JobError, match=r"; roll back again$"):
        alias.create(functions, "app", "live", "7", again="roll back again")


def test_a_creation_whose_answer_was_lost_finds_its_own_work(functions: LambdaClient, lambda_stub: Stubber) -> None:
    lambda_stub.add_client_error("create_alias", "ResourceConflictException")
    lambda_stub.add_response("get_alias", response(Route("7")), LIVE)

    alias.create(functions, "app", "live", "7")


def test_an_alias_and_its_route_do_not_change_while_they_travel() -> None:
    with pytest.raises(FrozenInstanceError):
        CURRENT.revision = "r2"  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        SHARED.version = "7"  # type: ignore[misc]


def test_the_words_for_no_version_and_for_code_that_is_not_published_are_those_of_the_documentation() -> None:
    assert (alias.NO_VERSION, alias.UNPUBLISHED) == ("none", "$LATEST")


def test_a_delivery_ends_with_the_version_the_one_before_and_the_alias() -> None:
    variables = {"FunctionVersion": "7", "PreviousVersion": "6", "Alias": "live"}

    assert alias.conclude("app", "live", "7", "6") == Succeeded("app:live is version 7", variables)
