from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.support.embedded import endpoint_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from serverless_pipeline.aws import Clients

CALLS = {
    "s3": "list_buckets",
    "cloudformation": "describe_stacks",
    "lambda": "list_functions",
    "codepipeline": "list_pipelines",
    "iam": "list_roles",
    "sts": "get_caller_identity",
    "apigateway": "get_rest_apis",
    "logs": "describe_log_groups",
}

STRANGERS = {
    "test": ("test", "test"),
    "twelve digits": ("000000000000", "test"),
    "other digits": ("123456789012", "test"),
    "unknown": ("AKIAIOSFODNN7EXAMPLE", "secret"),
}


@pytest.fixture
def call(clients: Clients) -> Callable[..., Any]:
    """Call a service with a key and its secret."""
    url = endpoint_of(clients).url

    def send(service: str, key: str, secret: str) -> Any:
        client = clients.session.create_client(
            service, endpoint_url=url, aws_access_key_id=key, aws_secret_access_key=secret
        )
        return getattr(client, CALLS[service])()

    return send


@pytest.mark.parametrize("service", CALLS)
def test_the_root_key_may_everything(clients: Clients, call: Callable[..., Any], service: str) -> None:
    endpoint = endpoint_of(clients)

    answer = call(service, endpoint.access_key_id, endpoint.secret_access_key)

    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200


@pytest.mark.parametrize("service", CALLS)
@pytest.mark.parametrize("stranger", STRANGERS)
def test_a_key_that_is_root_in_ministack_is_nobody_here(call: Callable[..., Any], service: str, stranger: str) -> None:
    with pytest.raises(ClientError) as caught:
        call(service, *STRANGERS[stranger])

    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] in {400, 403}


@pytest.mark.parametrize("service", CALLS)
def test_the_root_key_with_a_wrong_secret_is_refused(clients: Clients, call: Callable[..., Any], service: str) -> None:
    with pytest.raises(ClientError) as caught:
        call(service, endpoint_of(clients).access_key_id, "wrong")

    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] in {400, 403}


@pytest.mark.parametrize("authorization", [{}, {"Authorization": "Bearer x"}, {"Authorization": "AWS :x"}])
@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/", ""),
        ("/?Action=DescribeStacks&Version=2010-05-15", ""),
        ("/?Action=ListRoles&Version=2010-05-08", ""),
        ("/2015-03-31/functions/", ""),
        ("/restapis", ""),
        ("/", "CodePipeline_20150709.ListPipelines"),
        ("/", "Logs_20140328.DescribeLogGroups"),
        ("/", "DynamoDB_20120810.ListTables"),
    ],
)
def test_a_request_without_a_key_is_refused(
    ask: Callable[..., Any], path: str, target: str, authorization: dict[str, str]
) -> None:
    posted = {"data": b"{}", "headers": authorization | {"X-Amz-Target": target}} if target else {}

    answer = ask(path, **({"headers": authorization} | posted))

    assert answer.status in {400, 403}


def test_a_stranger_reads_an_object_only_where_the_bucket_policy_allows_it(
    clients: Clients, bucket: str, ask: Callable[..., Any]
) -> None:
    clients.s3.put_object(Bucket=bucket, Key="page", Body=b"hello")
    before = ask(f"/{bucket}/page").status
    clients.s3.delete_public_access_block(Bucket=bucket)
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}
    policy = {"Version": "2012-10-17", "Statement": [statement]}

    clients.s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))

    assert before == 403
    assert ask(f"/{bucket}/page").body == b"hello"
    assert ask(f"/{bucket}/page", method="PUT", data=b"mine").status == 403
    assert ask(f"/{bucket}").status == 403


def test_a_stranger_makes_no_bucket(clients: Clients, ask: Callable[..., Any]) -> None:
    assert ask("/somebodys-bucket", method="PUT").status == 403
    assert "somebodys-bucket" not in {bucket["Name"] for bucket in clients.s3.list_buckets()["Buckets"]}
