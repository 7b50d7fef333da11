"""Ten thousand odd requests, and requests for what is not here, as ordinary clients send them."""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError

from tests.support import odd
from tests.support.embedded import endpoint_of
from tests.support.signing import Signer

if TYPE_CHECKING:
    from serverless_pipeline.aws import Clients, Endpoint

SERVICES = (
    *("codepipeline", "cloudformation", "lambda", "s3", "iam", "sts", "logs", "apigateway", "apigatewayv2"),
    *("cloudfront", "cloudwatch", "dynamodb", "events", "sqs", "sns", "ssm", "secretsmanager", "stepfunctions"),
    *("cognito-idp", "kinesis", "kms", "scheduler", "appsync"),
)
REQUESTS = 10_000
SEED = 12
NOT_IMPLEMENTED = 501
"""S3 says so of what it does not have."""
STUMBLED = b"could not read this request"
STURDY = ("codepipeline", "lambda", "s3", "iam", "sts", "logs")
"""The services that stumble over nothing, so that no error of theirs is called one of the request's."""


@pytest.fixture
def endpoint(clients: Clients) -> Endpoint:
    return endpoint_of(clients)


def test_ten_thousand_odd_requests_are_answered_and_none_by_500(endpoint: Endpoint) -> None:
    signer = Signer(endpoint.url, endpoint.access_key_id, endpoint.secret_access_key)
    connection = http.client.HTTPConnection(urlsplit(endpoint.url).netloc, timeout=60)
    failed: list[str] = []
    stumbled: defaultdict[str, list[str]] = defaultdict(list)
    done = 0
    random = Random(SEED)  # noqa: S311 - the same each time

    while done < REQUESTS:
        for service in SERVICES:
            for request in odd.requests(random, service, 100):
                status, text = send(connection, signer, request)
                done += 1
                told = f"{request.operation} {request.path} {request.body[:300]!r}: {text[:300]!r}"
                if status >= 500 and status != NOT_IMPLEMENTED:
                    failed.append(told)
                if STUMBLED in text:
                    stumbled[service].append(told)

    assert failed == []
    assert {service: stumbled[service] for service in STURDY} == {service: [] for service in STURDY}


def send(connection: http.client.HTTPConnection, signer: Signer, request: odd.Odd) -> tuple[int, bytes]:
    named = {name.replace("-", "_"): value for name, value in request.headers.items()}
    headers = signer.headers(request.method, request.path, request.service, request.body, **named)
    connection.request(request.method, request.path, request.body or None, headers)
    response = connection.getresponse()
    return response.status, response.read()


ABSENT: dict[str, tuple[str, str, dict[str, Any], str]] = {
    "a service in JSON": ("codecommit", "list_repositories", {}, "the service codecommit"),
    "a service by forms": ("redshift", "describe_clusters", {}, "the service redshift"),
    "a service by REST": ("glacier", "list_vaults", {"accountId": "-"}, "the service glacier"),
    "a service in CBOR": ("arc-region-switch", "list_plans", {}, "the service arc-region-switch"),
    "a service that signs by another name": ("pinpoint", "get_apps", {}, "the service mobiletargeting"),
    "an operation in JSON": ("logs", "list_anomalies", {}, "logs:ListAnomalies"),
    "an operation by forms": ("cloudformation", "list_stack_sets", {}, "cloudformation:ListStackSets"),
    "an operation by REST": ("lambda", "list_capacity_providers", {}, "lambda:ListCapacityProviders"),
    "an operation in CBOR": ("cloudwatch", "list_metric_streams", {}, "monitoring:"),
    "an operation of XML by REST": ("route53", "list_cidr_collections", {}, "route53:GET /2013-04-01/cidrcollection"),
    "a part of a bucket": (
        "s3",
        "delete_bucket_metrics_configuration",
        {"Bucket": "b", "Id": "x"},
        "s3:DELETE ?metrics",
    ),
}
CODES = {"UnknownOperationException", "InvalidAction", "NotImplemented"}


@pytest.mark.parametrize("case", ABSENT)
def test_what_is_not_here_says_so_to_an_ordinary_client(clients: Clients, endpoint: Endpoint, case: str) -> None:
    service, operation, arguments, name = ABSENT[case]
    client = clients.session.create_client(
        service,
        endpoint_url=endpoint.url,
        region_name="eu-central-1",
        aws_access_key_id=endpoint.access_key_id,
        aws_secret_access_key=endpoint.secret_access_key,
    )

    with pytest.raises(ClientError) as caught:
        getattr(client, operation)(**arguments)

    assert caught.value.response["Error"]["Code"] in CODES
    assert name in caught.value.response["Error"]["Message"]
    assert "embedded AWS does not" in caught.value.response["Error"]["Message"]


def test_the_command_line_shows_what_is_not_here(endpoint: Endpoint) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "AWS_ENDPOINT_URL": endpoint.url,
        "AWS_ACCESS_KEY_ID": endpoint.access_key_id,
        "AWS_SECRET_ACCESS_KEY": endpoint.secret_access_key,
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_CONFIG_FILE": os.devnull,
    }
    aws = Path(sys.executable).with_name("aws")

    done = subprocess.run(
        [aws, "glacier", "list-vaults", "--account-id", "-"],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )

    assert done.returncode != 0
    assert (
        "An error occurred (UnknownOperationException) when calling the ListVaults operation: "
        "The embedded AWS does not have the service glacier"
    ) in done.stderr


def test_what_a_bucket_has_not_does_not_happen_to_the_bucket(clients: Clients) -> None:
    clients.s3.create_bucket(Bucket="kept-by-its-parts")

    with pytest.raises(ClientError):
        clients.s3.delete_bucket_metrics_configuration(Bucket="kept-by-its-parts", Id="x")

    clients.s3.head_bucket(Bucket="kept-by-its-parts")
    clients.s3.delete_bucket(Bucket="kept-by-its-parts")
