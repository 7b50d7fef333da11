"""The votes in DynamoDB: one item a colour, and one item an address that lives for a minute.

::

    id = color#red            votes     absent until the first vote
    id = address#192.0.2.1    seen      when it voted last, in milliseconds
                              expires   when DynamoDB may forget it, in seconds (the table's TTL attribute)
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

START = 10
PAUSE = 100
REMEMBERED = 60

_ATTEMPTS = 3


class Client(Protocol):
    """The part of boto3's DynamoDB client that is used."""

    def batch_get_item(self, **request: Any) -> Mapping[str, Any]: ...  # noqa: ANN401 - as boto3 has it

    def update_item(self, **request: Any) -> Mapping[str, Any]: ...  # noqa: ANN401 - as boto3 has it


class Unavailable(Exception):
    """DynamoDB did not do what it was asked."""


def connect(name: str) -> "Table":
    """The table `name` in the account and region that boto3 finds by its usual rules; quick to give up.

    API Gateway waits 29 seconds for an answer; an answer that says what is wrong has to come before.
    """
    import boto3
    from botocore.config import Config

    config = Config(connect_timeout=2, read_timeout=3, retries={"mode": "standard", "max_attempts": 3})
    client: Any = boto3.client("dynamodb", config=config)
    return Table(client, name)


@dataclass(frozen=True)
class Table:
    """The table `name`, seen through `client`."""

    client: Client
    name: str

    def counts(self, colors: Iterable[str]) -> dict[str, int]:
        """The votes of each colour.

        Raises:
            Unavailable: DynamoDB failed, or left out an item three times.
        """
        votes: dict[str, int] = {}
        keys = [{"id": {"S": f"color#{color}"}} for color in colors]
        for _ in range(_ATTEMPTS):
            answer = self._batch(keys)
            votes |= {item["id"]["S"]: int(item["votes"]["N"]) for item in answer["Responses"].get(self.name, [])}
            unprocessed = answer.get("UnprocessedKeys", {}).get(self.name)
            if not unprocessed:
                return {color: votes.get(f"color#{color}", START) for color in colors}
            keys = unprocessed["Keys"]
        raise Unavailable(f"DynamoDB left out {len(keys)} items of {self.name}")

    def add(self, color: str) -> int:
        """Count one vote, whoever else counts at the same time, and answer the new number.

        Raises:
            Unavailable: DynamoDB failed.
        """
        with _failures():
            answer = self.client.update_item(
                TableName=self.name,
                Key={"id": {"S": f"color#{color}"}},
                UpdateExpression="SET votes = if_not_exists(votes, :start) + :one",
                ExpressionAttributeValues={":start": {"N": str(START)}, ":one": {"N": "1"}},
                ReturnValues="UPDATED_NEW",
            )
        return int(answer["Attributes"]["votes"]["N"])

    def admit(self, address: str, now: int) -> bool:
        """Whether `address` may vote at `now` (milliseconds): its last vote is at least 100 ms ago.

        One conditional write decides it, so that all instances of the function agree.

        Raises:
            Unavailable: DynamoDB failed.
        """
        from botocore.exceptions import ClientError

        with _failures():
            try:
                self.client.update_item(
                    TableName=self.name,
                    Key={"id": {"S": f"address#{address}"}},
                    UpdateExpression="SET seen = :now, expires = :expires",
                    ConditionExpression="attribute_not_exists(seen) OR seen <= :before",
                    ExpressionAttributeValues={
                        ":now": {"N": str(now)},
                        ":before": {"N": str(now - PAUSE)},
                        ":expires": {"N": str(now // 1000 + REMEMBERED)},
                    },
                )
            except ClientError as error:
                if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                    raise
                return False
        return True

    def _batch(self, keys: list[dict[str, Any]]) -> Mapping[str, Any]:
        with _failures():
            return self.client.batch_get_item(RequestItems={self.name: {"Keys": keys, "ConsistentRead": True}})


@contextmanager
def _failures() -> Iterator[None]:
    """Everything that boto3 raises becomes `Unavailable`, with boto3's own words."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise Unavailable(str(error)) from error
