from __future__ import annotations

from typing import TYPE_CHECKING

from serverless_pipeline.project import bucket
from serverless_pipeline.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from serverless_pipeline.aws import Clients


def ensured(clients: Clients, stack_name: str) -> str:
    name = bucket.name(Settings(stack_name=stack_name), clients)
    bucket.ensure(clients, name)
    return name


def test_the_name_tells_stack_account_and_region(clients: Clients) -> None:
    assert bucket.name(Settings(stack_name="shop"), clients) == f"shop-{clients.account}-us-east-1"


def test_a_bucket_is_made_once_and_is_private_versioned_and_encrypted(clients: Clients) -> None:
    name = bucket.name(Settings(stack_name="made-once"), clients)

    creations = [bucket.ensure(clients, name), bucket.ensure(clients, name)]

    assert creations == [True, False]
    blocked = clients.s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]
    assert blocked == {
        "BlockPublicAcls": True,
        "BlockPublicPolicy": True,
        "IgnorePublicAcls": True,
        "RestrictPublicBuckets": True,
    }
    assert clients.s3.get_bucket_versioning(Bucket=name)["Status"] == "Enabled"
    rules = clients.s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]
    assert [rule["ApplyServerSideEncryptionByDefault"] for rule in rules] == [{"SSEAlgorithm": "AES256"}]


def test_a_key_is_published_once(clients: Clients) -> None:
    name = ensured(clients, "published-once")

    published = [bucket.publish(clients, name, "k", b"first"), bucket.publish(clients, name, "k", b"second")]

    assert published == [True, False]
    assert clients.s3.get_object(Bucket=name, Key="k")["Body"].read() == b"first"


def test_a_file_is_published_with_its_metadata(clients: Clients, tmp_path: Path) -> None:
    name = ensured(clients, "metadata")
    (tmp_path / "file").write_bytes(b"content")

    bucket.publish(clients, name, "k", tmp_path / "file", metadata={"digest": "abc"})

    assert bucket.head(clients, name, "k") == {"digest": "abc"}
    assert clients.s3.get_object(Bucket=name, Key="k")["Body"].read() == b"content"


def test_an_object_that_is_not_there_has_no_metadata(clients: Clients) -> None:
    assert bucket.head(clients, ensured(clients, "absent"), "nothing") is None


def test_emptying_takes_every_version_and_delete_marker_page_by_page(
    clients: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bucket, "_PAGE", 2)
    name = ensured(clients, "emptied")
    for content in (b"1", b"2", b"3"):
        clients.s3.put_object(Bucket=name, Key="versions", Body=content)
    clients.s3.put_object(Bucket=name, Key="deleted", Body=b"1")
    clients.s3.delete_object(Bucket=name, Key="deleted")

    count = bucket.empty(clients, name)

    assert count == 5
    left = clients.s3.list_object_versions(Bucket=name)
    assert not left.get("Versions")
    assert not left.get("DeleteMarkers")


def test_deleting_takes_what_is_in_it_and_is_done_once(clients: Clients) -> None:
    name = ensured(clients, "deleted")
    clients.s3.put_object(Bucket=name, Key="k", Body=b"1")

    deleted = [bucket.delete(clients, name), bucket.delete(clients, name)]

    assert deleted == [True, False]
    assert not bucket.exists(clients, name)


def test_a_bucket_that_is_gone_is_empty(clients: Clients) -> None:
    assert bucket.empty(clients, "a-bucket-that-never-was") == 0


def test_a_template_url_lies_under_the_endpoint(clients: Clients) -> None:
    assert clients.endpoint is not None
    assert bucket.url(clients, "b", "k/root.yml") == f"{clients.endpoint.url}/b/k/root.yml"


def test_objects_whose_keys_no_xml_can_hold_are_emptied_too(clients: Clients) -> None:
    name = ensured(clients, "unprintable")
    keys = ["a\x01b", "c\x1fd", "new\nline", "re\rturn", "tab\t", "de\x7fl", "ü&<>\"'%20+", "e\x0bf/"]
    for key in keys:
        clients.s3.put_object(Bucket=name, Key=key, Body=b"1")
        clients.s3.put_object(Bucket=name, Key=key, Body=b"2")
        clients.s3.delete_object(Bucket=name, Key=key)

    listed = {version["Key"] for version in clients.s3.list_object_versions(Bucket=name)["Versions"]}
    count = bucket.empty(clients, name)

    assert listed == set(keys)
    assert count == 3 * len(keys)
    assert "Versions" not in clients.s3.list_object_versions(Bucket=name)
    assert bucket.delete(clients, name)
