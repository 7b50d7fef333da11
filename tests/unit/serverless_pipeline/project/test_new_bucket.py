from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from serverless_pipeline import aws
from serverless_pipeline.aws import Clients, Endpoint
from serverless_pipeline.errors import Error
from serverless_pipeline.patience import Patience
from serverless_pipeline.project import bucket, new_bucket
from serverless_pipeline.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

ABSENT = "404"
THERE = {"ResponseMetadata": {"HTTPStatusCode": 200}}


class Clock:
    """Time that passes only while somebody rests."""

    def __init__(self) -> None:
        self.now = 0.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def patience(self, seconds: float) -> Patience:
        return Patience(timeout=seconds, sleep=self.sleep, clock=lambda: self.now)


@pytest.fixture(scope="module")
def account() -> Clients:
    return aws.connect(Settings(), Endpoint("http://127.0.0.1:1", "AKIAEXAMPLE", "secret"))


@pytest.fixture
def s3(account: Clients) -> Iterator[Stubber]:
    """The answers of S3, each to one request, in their order."""
    with Stubber(account.s3) as stub:
        yield stub
        stub.assert_no_pending_responses()


def create(account: Clients, seconds: float = 60.0) -> float:
    """Make the bucket; answers how long that took."""
    clock = Clock()
    new_bucket.create(account, "shop", bucket.exists, clock.patience(seconds))
    return clock.now


def test_outside_the_first_region_a_bucket_is_told_where_it_shall_lie(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    clients = aws.connect(Settings(target="aws", region="eu-west-1"))

    with Stubber(clients.s3) as stub:
        where = {"LocationConstraint": "eu-west-1"}
        stub.add_response("create_bucket", {}, {"Bucket": "shop", "CreateBucketConfiguration": where})
        stub.add_response("head_bucket", THERE, {"Bucket": "shop"})
        new_bucket.create(clients, "shop", bucket.exists)
        stub.assert_no_pending_responses()


def test_a_bucket_that_is_ours_already_is_taken(s3: Stubber, account: Clients) -> None:
    s3.add_client_error("create_bucket", "BucketAlreadyOwnedByYou")
    s3.add_response("head_bucket", THERE, {"Bucket": "shop"})

    assert create(account) == 0


def test_a_bucket_that_somebody_of_us_creates_at_the_same_time_is_taken(s3: Stubber, account: Clients) -> None:
    s3.add_client_error("create_bucket", "OperationAborted")
    s3.add_response("head_bucket", THERE)
    s3.add_response("head_bucket", THERE)

    assert create(account) == 0


def test_a_name_that_is_still_taken_by_what_was_deleted_is_waited_for(s3: Stubber, account: Clients) -> None:
    for _ in range(2):
        s3.add_client_error("create_bucket", "OperationAborted")
        s3.add_client_error("head_bucket", ABSENT)
    s3.add_response("create_bucket", {}, {"Bucket": "shop"})
    s3.add_response("head_bucket", THERE)

    assert create(account) > 0


def test_a_name_that_does_not_come_free_is_told_with_the_next_step(s3: Stubber, account: Clients) -> None:
    s3.add_client_error("create_bucket", "OperationAborted")
    s3.add_client_error("head_bucket", ABSENT)

    with pytest.raises(Error, match=r"S3 still deletes the bucket shop .*\n  Next: .*another stack_name$"):
        create(account, seconds=0.0)


def test_a_name_that_is_taken_meanwhile_is_refused(s3: Stubber, account: Clients) -> None:
    s3.add_client_error("create_bucket", "BucketAlreadyExists")

    with pytest.raises(ClientError, match="BucketAlreadyExists"):
        create(account)
