from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.session import get_session
from botocore.stub import Stubber

from lambdas.delivery import alias
from lambdas.delivery.alias import Alias, Route
from lambdas.job.ending import JobError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.client import BaseClient

    Stubbed = tuple[BaseClient, Stubber]

NAMED = {"FunctionName": "app", "Name": "live"}
SHARED = Route("6", {"7": 0.1})
FOUND = Alias("app", "live", SHARED, "r1")


@pytest.fixture
def stubbed() -> Iterator[Stubbed]:
    client = get_session().create_client(
        "lambda", region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b"
    )
    with Stubber(client) as stub:
        yield client, stub
        stub.assert_no_pending_responses()


def told(route: Route) -> dict[str, Any]:
    routing = {"RoutingConfig": {"AdditionalVersionWeights": route.weights}} if route.weights else {}
    return {"Name": "live", "FunctionVersion": route.version, "RevisionId": "r1"} | routing


@pytest.mark.parametrize("route", [SHARED, Route("6")])
def test_an_alias_is_read_with_its_weights_and_its_revision(stubbed: Stubbed, route: Route) -> None:
    client, stub = stubbed
    stub.add_response("get_alias", told(route), NAMED)

    assert alias.find(client, "app", "live") == Alias("app", "live", route, "r1")


def test_a_weight_is_the_same_however_exactly_it_is_told(stubbed: Stubbed) -> None:
    client, stub = stubbed
    stub.add_response("get_alias", told(Route("6", {"7": 0.10000000149})), NAMED)

    assert alias.find(client, "app", "live") == FOUND


def test_an_alias_that_is_not_there_is_none(stubbed: Stubbed) -> None:
    client, stub = stubbed
    stub.add_client_error("get_alias", "ResourceNotFoundException")

    assert alias.find(client, "app", "live") is None


def test_an_alias_moves_by_the_revision_that_was_found(stubbed: Stubbed) -> None:
    client, stub = stubbed
    routing = {"RoutingConfig": {"AdditionalVersionWeights": {"7": 0.2}}}
    stub.add_response("update_alias", {}, NAMED | {"FunctionVersion": "6", "RevisionId": "r1"} | routing)

    alias.move(client, FOUND, Route("6", {"7": 0.2}))


def test_an_alias_that_is_there_already_is_left_as_it_is(stubbed: Stubbed) -> None:
    client, stub = stubbed

    alias.move(client, FOUND, SHARED)

    stub.assert_no_pending_responses()


def test_an_alias_that_somebody_else_moved_is_left_alone(stubbed: Stubbed) -> None:
    client, stub = stubbed
    stub.add_client_error("update_alias", "PreconditionFailedException")
    stub.add_response("get_alias", told(Route("8")), NAMED)

    with pytest.raises(JobError, match="Somebody else moved app:live meanwhile; release the change again"):
        alias.move(client, FOUND, Route("7"))


def test_a_move_whose_answer_was_lost_finds_its_own_work(stubbed: Stubbed) -> None:
    client, stub = stubbed
    stub.add_client_error("update_alias", "PreconditionFailedException")
    stub.add_response("get_alias", told(Route("7")), NAMED)

    alias.move(client, FOUND, Route("7"))


def test_an_alias_that_somebody_else_made_is_left_alone(stubbed: Stubbed) -> None:
    client, stub = stubbed
    stub.add_client_error("create_alias", "ResourceConflictException")

    with pytest.raises(JobError, match="Somebody else moved app:live meanwhile"):
        alias.make(client, "app", "live", "7")
