"""An artifact goes into a bucket, whole or file by file."""

from __future__ import annotations

import io

import pytest

from serverless_pipeline.local.codepipeline.providers import deploy_s3
from serverless_pipeline.local.codepipeline.providers.work import Failed, Succeeded
from tests.support.lambdas import zipped
from tests.support.provider_work import INPUT, Services, refusal, work_of


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch) -> Services:
    return Services(artifact=zipped({"index.html": "<p>", "a/data": "x"})).install(monkeypatch)


def deploy(**configuration: str) -> object:
    return deploy_s3.start(work_of("Deploy", "S3", {"BucketName": "site", **configuration}, inputs=(INPUT,)))


def test_each_file_is_put_below_the_key_with_its_kind(services: Services) -> None:
    outcome = deploy(Extract="true", ObjectKey="www", CacheControl="no-cache", CannedACL="private")

    assert outcome == Succeeded("Deployed 2 files of the artifact In to s3://site/www/")
    common = {"Bucket": "site", "CacheControl": "no-cache", "ACL": "private"}
    assert services.calls == [
        ("put_object", {"Body": b"<p>", "Key": "www/index.html", "ContentType": "text/html", **common}),
        ("put_object", {"Body": b"x", "Key": "www/a/data", "ContentType": "binary/octet-stream", **common}),
    ]


def test_a_large_file_is_sent_in_parts(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deploy_s3, "_SMALL", 2)

    deploy(Extract="true")

    assert services.names() == ["upload_fileobj", "put_object"]
    extra = {"ExtraArgs": {"ContentType": "text/html"}}
    assert services.arguments("upload_fileobj") == {"Body": b"<p>", "Bucket": "site", "Key": "index.html", **extra}


def test_the_zip_itself_is_put_under_the_key_encrypted_as_asked(services: Services) -> None:
    services.answers["get_object"] = {"Body": io.BytesIO(b"zip")}

    outcome = deploy(Extract="false", ObjectKey="app-{datetime}.zip", KMSEncryptionKeyARN="arn:key")

    key = "app-1970-01-01_00-00-10.zip"
    assert outcome == Succeeded(f"Deployed the artifact In to s3://site/{key}")
    encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "arn:key"}
    extra = {"ExtraArgs": {"ContentType": "application/zip", **encryption}}
    assert services.arguments("upload_fileobj") == {"Body": b"zip", "Bucket": "site", "Key": key, **extra}


def test_what_is_no_zip_cannot_be_extracted(services: Services) -> None:
    services.artifact = b"no zip"

    outcome = deploy(Extract="true")

    assert isinstance(outcome, Failed)
    assert outcome.code == "ConfigurationError"


def test_a_role_that_may_not_write_is_named(services: Services) -> None:
    services.answers["put_object"] = refusal("AccessDenied", "no")

    assert deploy(Extract="true") == Failed("PermissionError", "The role the-role may not deploy to s3://site/: no")


@pytest.mark.parametrize(
    ("configuration", "mistakes"),
    [
        ({"Extract": "true"}, []),
        ({"Extract": "#{a.b}", "CannedACL": "#{a.c}"}, []),
        ({"Extract": "yes"}, ["Extract in action 'Do' is 'yes'; it must be true or false"]),
        (
            {"Extract": "false"},
            ["Action configuration for action 'Do' is missing required configuration 'ObjectKey'"],
        ),
        (
            {"Extract": "true", "CannedACL": "all"},
            [f"CannedACL in action 'Do' is 'all'; it must be one of {', '.join(deploy_s3.ACLS)}"],
        ),
    ],
)
def test_what_is_wrong_is_found_when_it_is_declared_and_when_it_runs(
    services: Services, configuration: dict[str, str], mistakes: list[str]
) -> None:
    action = work_of("Deploy", "S3", {"BucketName": "site", **configuration}).run.action

    assert list(deploy_s3.check(action)) == mistakes
    if mistakes:
        assert deploy(**configuration) == Failed("ConfigurationError", mistakes[0])
        assert services.calls == []
