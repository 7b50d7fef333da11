from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from botocore.response import StreamingBody
from botocore.stub import ANY, Stubber

from serverless_pipeline import aws
from serverless_pipeline.aws import Clients, Endpoint
from serverless_pipeline.errors import Error
from serverless_pipeline.project import bucket
from serverless_pipeline.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HEAD = {"Bucket": "shop", "ExpectedBucketOwner": "000000000000"}
ABSENT = "404"
THERE = {"ResponseMetadata": {"HTTPStatusCode": 200}}


@pytest.fixture(scope="module")
def account() -> Clients:
    return aws.connect(Settings(), Endpoint("http://127.0.0.1:1", "AKIAEXAMPLE", "secret"))


@pytest.fixture
def s3(account: Clients) -> Iterator[Stubber]:
    """The answers of S3, each to one request, in their order."""
    with Stubber(account.s3) as stub:
        yield stub
        stub.assert_no_pending_responses()


def elsewhere(region: str, monkeypatch: pytest.MonkeyPatch) -> Clients:
    """Clients of an account; nothing is asked there."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    return aws.connect(Settings(target="aws", region=region))


def expect_setup(s3: Stubber, tags: dict[str, str] | None = None) -> None:
    s3.add_response(
        "put_public_access_block",
        {},
        {
            "Bucket": "shop",
            "PublicAccessBlockConfiguration": {
                "BlockPublicAcls": True,
                "BlockPublicPolicy": True,
                "IgnorePublicAcls": True,
                "RestrictPublicBuckets": True,
            },
        },
    )
    s3.add_response("put_bucket_versioning", {}, {"Bucket": "shop", "VersioningConfiguration": {"Status": "Enabled"}})
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    s3.add_response(
        "put_bucket_encryption", {}, {"Bucket": "shop", "ServerSideEncryptionConfiguration": {"Rules": [rule]}}
    )
    if tags:
        pairs = [{"Key": key, "Value": value} for key, value in tags.items()]
        s3.add_response("put_bucket_tagging", {}, {"Bucket": "shop", "Tagging": {"TagSet": pairs}})


def test_the_name_tells_stack_account_and_region(account: Clients) -> None:
    assert bucket.name(Settings(stack_name="shop"), account) == "shop-000000000000-us-east-1"


def test_the_buckets_of_the_account_are_told_page_by_page(s3: Stubber, account: Clients) -> None:
    first, second = [{"Name": "one"}, {"Name": "two"}], [{"Name": "three"}]
    s3.add_response("list_buckets", {"Buckets": first, "ContinuationToken": "more"}, {"MaxBuckets": 1000})
    s3.add_response("list_buckets", {"Buckets": second}, {"MaxBuckets": 1000, "ContinuationToken": "more"})

    assert bucket.names(account) == {"one", "two", "three"}


def test_a_bucket_that_is_ours_exists(s3: Stubber, account: Clients) -> None:
    s3.add_response("head_bucket", {}, HEAD)

    assert bucket.exists(account, "shop") is True


def test_a_bucket_that_is_not_there_does_not(s3: Stubber, account: Clients) -> None:
    s3.add_client_error("head_bucket", ABSENT, expected_params=HEAD)

    assert bucket.exists(account, "shop") is False


def test_a_bucket_of_somebody_else_cannot_be_used(s3: Stubber, account: Clients) -> None:
    s3.add_client_error("head_bucket", "403", "Forbidden")

    with pytest.raises(
        Error, match=r"^The bucket shop cannot be used: .*Forbidden\n  Next: check that this account owns"
    ):
        bucket.exists(account, "shop")


def test_a_bucket_is_created_private_versioned_encrypted_and_tagged(s3: Stubber, account: Clients) -> None:
    s3.add_client_error("head_bucket", ABSENT)
    s3.add_response("create_bucket", {}, {"Bucket": "shop"})
    s3.add_response("head_bucket", THERE, {"Bucket": "shop"})
    expect_setup(s3, {"Team": "a", "Application": "shop"})

    assert bucket.ensure(account, "shop", {"Team": "a", "Application": "shop"}) is True


def test_a_bucket_that_is_there_is_set_up_again(s3: Stubber, account: Clients) -> None:
    s3.add_response("head_bucket", {}, HEAD)
    expect_setup(s3)

    assert bucket.ensure(account, "shop") is False


def test_a_key_that_is_there_is_not_published_again(s3: Stubber, account: Clients) -> None:
    s3.add_response("head_object", {"Metadata": {}}, {"Bucket": "shop", "Key": "k"})

    assert bucket.publish(account, "shop", "k", b"content") is False


def test_what_is_not_there_is_published_with_its_metadata(s3: Stubber, account: Clients) -> None:
    s3.add_client_error("head_object", ABSENT)
    s3.add_response("put_object", {}, {"Bucket": "shop", "Key": "k", "Body": b"content", "Metadata": {"digest": "abc"}})

    assert bucket.publish(account, "shop", "k", b"content", metadata={"digest": "abc"}) is True


def test_without_metadata_there_is_none(s3: Stubber, account: Clients) -> None:
    s3.add_response("put_object", {}, {"Bucket": "shop", "Key": "k", "Body": b"content", "Metadata": {}})

    bucket.put(account, "shop", "k", b"content")


def test_a_file_is_streamed(s3: Stubber, account: Clients, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"content")
    s3.add_response(
        "put_object",
        {},
        {"Bucket": "shop", "Key": "k", "Body": ANY, "Metadata": {"digest": "abc"}, "ChecksumAlgorithm": ANY},
    )

    bucket.put(account, "shop", "k", tmp_path / "file", metadata={"digest": "abc"})


@pytest.mark.parametrize("code", ["404", "NoSuchKey", "403", "AccessDenied"])
def test_an_object_that_is_not_there_has_no_metadata_even_for_who_may_not_list(
    s3: Stubber, account: Clients, code: str
) -> None:
    s3.add_client_error("head_object", code)

    assert bucket.head(account, "shop", "k") is None


def test_an_s3_that_fails_is_no_absence(s3: Stubber, account: Clients) -> None:
    s3.add_client_error("head_object", "500")

    with pytest.raises(ClientError):
        bucket.head(account, "shop", "k")


def test_a_document_is_read(s3: Stubber, account: Clients) -> None:
    s3.add_response("get_object", {"Body": body(b'{"version": "v"}')}, {"Bucket": "shop", "Key": "k"})

    assert bucket.document(account, "shop", "k") == {"version": "v"}


@pytest.mark.parametrize("content", [b"", b"<html>", b"\xff"])
def test_a_document_that_nobody_can_read_is_named(s3: Stubber, account: Clients, content: bytes) -> None:
    s3.add_response("get_object", {"Body": body(content)})

    message = r"^s3://shop/k was not understood, it is no JSON: [\s\S]+\n  Next: aws s3 cp s3://shop/k -$"
    with pytest.raises(Error, match=message):
        bucket.document(account, "shop", "k")


def test_a_template_url_lies_under_the_endpoint(account: Clients) -> None:
    assert bucket.url(account, "b", "k/root.yml") == "http://127.0.0.1:1/b/k/root.yml"


@pytest.mark.parametrize(
    ("region", "url"),
    [
        ("eu-west-1", "https://b.s3.eu-west-1.amazonaws.com/k/root.yml"),
        ("cn-north-1", "https://b.s3.cn-north-1.amazonaws.com.cn/k/root.yml"),
    ],
)
def test_a_template_url_of_an_account_lies_in_its_region(
    monkeypatch: pytest.MonkeyPatch, region: str, url: str
) -> None:
    assert bucket.url(elsewhere(region, monkeypatch), "b", "k/root.yml") == url


def test_a_bucket_that_is_gone_is_empty(s3: Stubber, account: Clients) -> None:
    s3.add_client_error("list_object_versions", "NoSuchBucket")

    assert bucket.empty(account, "shop") == 0


def test_a_bucket_that_cannot_be_listed_is_told(s3: Stubber, account: Clients) -> None:
    s3.add_client_error("list_object_versions", "AccessDenied")

    with pytest.raises(ClientError, match="AccessDenied"):
        bucket.empty(account, "shop")


def test_versions_and_delete_markers_are_deleted_until_none_is_listed(s3: Stubber, account: Clients) -> None:
    counts: list[int] = []
    expect_listing(s3, versions=[("b", "2"), ("a", "1")], markers=[("a", "3")])
    expect_deletion(s3, ("a", "1"), ("a", "3"), ("b", "2"))
    expect_listing(s3, versions=[("c", "4")])
    expect_deletion(s3, ("c", "4"))
    expect_listing(s3)

    assert bucket.empty(account, "shop", counts.append) == 4
    assert counts == [3, 4]


def test_a_thousand_go_in_one_request_and_eight_pages_at_once() -> None:
    assert bucket._PAGE == 1000
    assert bucket._PAGES_AT_ONCE == 8


def test_what_was_listed_is_cut_into_pages(monkeypatch: pytest.MonkeyPatch, s3: Stubber, account: Clients) -> None:
    monkeypatch.setattr(bucket, "_PAGE", 2)
    monkeypatch.setattr(bucket, "_PAGES_AT_ONCE", 2)
    expect_listing(s3, versions=[("a", "1"), ("b", "1")], more=True)
    expect_listing(s3, versions=[("b", "1"), ("c", "1")], more=True, after="next")

    pages = bucket._first_pages(account, "shop")

    assert pages == [
        [{"Key": "a", "VersionId": "1"}, {"Key": "b", "VersionId": "1"}],
        [{"Key": "c", "VersionId": "1"}],
    ]


def test_what_s3_refuses_to_delete_is_named(s3: Stubber, account: Clients) -> None:
    expect_listing(s3, versions=[("a", "1"), ("b", "1")])
    s3.add_response(
        "delete_objects",
        {"Errors": [{"Key": "a", "Message": "Access Denied"}, {"Key": "b", "Message": "Locked"}]},
    )

    message = r"^S3 kept 2 objects of shop; the first is a: Access Denied\n  Next: let the role delete object versions"
    with pytest.raises(Error, match=message):
        bucket.empty(account, "shop")


def test_emptying_ends_when_nothing_moves(s3: Stubber, account: Clients) -> None:
    expect_listing(s3, versions=[("a", "1")])
    expect_deletion(s3, ("a", "1"))
    expect_listing(s3, versions=[("a", "1")])

    message = r"^S3 still lists what it deleted of shop, a first\.\n  Next: look whether an object lock"
    with pytest.raises(Error, match=message):
        bucket.empty(account, "shop")


def test_keys_that_no_xml_can_hold_are_deleted_one_by_one(s3: Stubber, account: Clients) -> None:
    expect_listing(s3, versions=[("a\x01", "1"), ("b\n", "2"), ("c", "3")])
    s3.add_response("delete_object", {}, {"Bucket": "shop", "Key": "a\x01", "VersionId": "1"})
    expect_deletion(s3, ("b\n", "2"), ("c", "3"))
    expect_listing(s3)

    assert bucket.empty(account, "shop") == 3


def test_a_key_that_does_not_go_is_written_out_where_it_cannot_be_seen(s3: Stubber, account: Clients) -> None:
    expect_listing(s3, versions=[("a\x01", "1")])
    s3.add_response("delete_object", {}, {"Bucket": "shop", "Key": "a\x01", "VersionId": "1"})
    expect_listing(s3, versions=[("a\x01", "1")])

    with pytest.raises(Error, match=r"^S3 still lists what it deleted of shop, 'a\\x01' first\."):
        bucket.empty(account, "shop")


def test_deleting_empties_first(s3: Stubber, account: Clients) -> None:
    s3.add_response("head_bucket", {}, HEAD)
    expect_listing(s3, versions=[("a", "1")])
    expect_deletion(s3, ("a", "1"))
    expect_listing(s3)
    s3.add_response("delete_bucket", {}, {"Bucket": "shop"})

    assert bucket.delete(account, "shop") is True


def test_there_is_nothing_to_delete_where_there_is_no_bucket(s3: Stubber, account: Clients) -> None:
    s3.add_client_error("head_bucket", ABSENT)

    assert bucket.delete(account, "shop") is False


def test_a_bucket_that_went_with_an_answer_that_was_lost_is_deleted(s3: Stubber, account: Clients) -> None:
    s3.add_response("head_bucket", {}, HEAD)
    expect_listing(s3)
    s3.add_client_error("delete_bucket", "NoSuchBucket")

    assert bucket.delete(account, "shop") is True


def test_a_bucket_that_cannot_be_deleted_is_told(s3: Stubber, account: Clients) -> None:
    s3.add_response("head_bucket", {}, HEAD)
    expect_listing(s3)
    s3.add_client_error("delete_bucket", "BucketNotEmpty")

    with pytest.raises(ClientError, match="BucketNotEmpty"):
        bucket.delete(account, "shop")


def body(content: bytes) -> StreamingBody:
    return StreamingBody(io.BytesIO(content), len(content))


def expect_listing(
    s3: Stubber,
    versions: list[tuple[str, str]] | None = None,
    markers: list[tuple[str, str]] | None = None,
    *,
    more: bool = False,
    after: str = "",
) -> None:
    answer: dict[str, Any] = {"IsTruncated": more}
    if more:
        answer |= {"NextKeyMarker": "next", "NextVersionIdMarker": "1"}
    when = datetime(2026, 1, 1, tzinfo=UTC)
    if versions:
        answer["Versions"] = [{"Key": key, "VersionId": version, "LastModified": when} for key, version in versions]
    if markers:
        answer["DeleteMarkers"] = [{"Key": key, "VersionId": version} for key, version in markers]
    request = {"Bucket": "shop"} | ({"KeyMarker": after, "VersionIdMarker": "1"} if after else {})
    s3.add_response("list_object_versions", answer, request)


def expect_deletion(s3: Stubber, *versions: tuple[str, str]) -> None:
    objects = [{"Key": key, "VersionId": version} for key, version in versions]
    s3.add_response("delete_objects", {}, {"Bucket": "shop", "Delete": {"Objects": objects, "Quiet": True}})
