from collections.abc import Iterator
from dataclasses import FrozenInstanceError
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.stub import Stubber
from table import Table, Unavailable, connect

NOW = 1_700_000_000_000
KEYS = [{"id": {"S": "color#red"}}, {"id": {"S": "color#yellow"}}]
ADMITTANCE = {
    "TableName": "Votes",
    "Key": {"id": {"S": "address#192.0.2.1"}},
    "UpdateExpression": "SET seen = :now, expires = :expires",
    "ConditionExpression": "attribute_not_exists(seen) OR seen <= :before",
    "ExpressionAttributeValues": {
        ":now": {"N": "1700000000000"},
        ":before": {"N": "1699999999900"},
        ":expires": {"N": "1700000060"},
    },
}


@pytest.fixture(scope="module")
def client() -> Any:
    return boto3.client("dynamodb", region_name="eu-west-1", aws_access_key_id="made", aws_secret_access_key="up")


@pytest.fixture
def table(client: Any) -> Table:
    return Table(client, "Votes")


@pytest.fixture
def stub(client: Any) -> Iterator[Stubber]:
    with Stubber(client) as stub:
        yield stub
        stub.assert_no_pending_responses()


def batch(*keys: dict[str, dict[str, str]]) -> dict[str, object]:
    return {"RequestItems": {"Votes": {"Keys": list(keys), "ConsistentRead": True}}}


def item(color: str, votes: int) -> dict[str, dict[str, str]]:
    return {"id": {"S": f"color#{color}"}, "votes": {"N": str(votes)}}


def test_a_colour_without_an_item_has_ten_votes(table: Table, stub: Stubber) -> None:
    stub.add_response("batch_get_item", {"Responses": {"Votes": [item("yellow", 17)]}}, batch(*KEYS))

    counts = table.counts(["red", "yellow"])

    assert counts == {"red": 10, "yellow": 17}


def test_an_item_that_was_left_out_is_asked_for_again(table: Table, stub: Stubber) -> None:
    unprocessed = {"Votes": {"Keys": [KEYS[0]], "ConsistentRead": True}}
    stub.add_response(
        "batch_get_item", {"Responses": {"Votes": [item("yellow", 17)]}, "UnprocessedKeys": unprocessed}, batch(*KEYS)
    )
    stub.add_response("batch_get_item", {"Responses": {"Votes": [item("red", 12)]}}, batch(KEYS[0]))

    counts = table.counts(["red", "yellow"])

    assert counts == {"red": 12, "yellow": 17}


def test_an_item_left_out_three_times_is_a_failure(table: Table, stub: Stubber) -> None:
    unprocessed = {"Votes": {"Keys": KEYS, "ConsistentRead": True}}
    for _ in range(3):
        stub.add_response("batch_get_item", {"Responses": {"Votes": []}, "UnprocessedKeys": unprocessed}, batch(*KEYS))

    with pytest.raises(Unavailable, match="left out 2 items of Votes"):
        table.counts(["red", "yellow"])


def test_a_vote_is_one_atomic_update_that_starts_at_ten(table: Table, stub: Stubber) -> None:
    stub.add_response(
        "update_item",
        {"Attributes": {"votes": {"N": "11"}}},
        {
            "TableName": "Votes",
            "Key": {"id": {"S": "color#red"}},
            "UpdateExpression": "SET votes = if_not_exists(votes, :start) + :one",
            "ExpressionAttributeValues": {":start": {"N": "10"}, ":one": {"N": "1"}},
            "ReturnValues": "UPDATED_NEW",
        },
    )

    count = table.add("red")

    assert count == 11


def test_an_address_is_admitted_by_one_conditional_update(table: Table, stub: Stubber) -> None:
    stub.add_response("update_item", {}, ADMITTANCE)

    admitted = table.admit("192.0.2.1", NOW)

    assert admitted is True


def test_an_address_whose_condition_fails_is_not_admitted(table: Table, stub: Stubber) -> None:
    stub.add_client_error("update_item", "ConditionalCheckFailedException", expected_params=ADMITTANCE)

    admitted = table.admit("192.0.2.1", NOW)

    assert admitted is False


def test_a_refusal_of_dynamodb_is_a_failure_in_its_own_words(table: Table, stub: Stubber) -> None:
    stub.add_client_error("update_item", "AccessDeniedException", "not yours")

    with pytest.raises(Unavailable, match=r"AccessDeniedException.*not yours"):
        table.admit("192.0.2.1", NOW)


def test_a_dynamodb_that_cannot_be_reached_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    for proxy in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(proxy, raising=False)
    client: Any = boto3.client(
        "dynamodb",
        region_name="eu-west-1",
        endpoint_url="http://127.0.0.1:1",
        aws_access_key_id="made",
        aws_secret_access_key="up",
        config=Config(retries={"total_max_attempts": 1}),
    )

    with pytest.raises(Unavailable, match="Could not connect"):
        Table(client, "Votes").add("red")


def test_a_connection_is_quick_to_give_up(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
        monkeypatch.setenv(name, "eu-west-1")

    table = connect("Votes")

    client: Any = table.client
    assert table.name == "Votes"
    assert client.meta.service_model.service_name == "dynamodb"
    assert (client.meta.config.connect_timeout, client.meta.config.read_timeout) == (2, 3)
    assert client.meta.config.retries == {"mode": "standard", "total_max_attempts": 4}


def test_a_table_stays_the_one_that_it_is(table: Table) -> None:
    with pytest.raises(FrozenInstanceError):
        table.name = "Others"  # type: ignore[misc]
