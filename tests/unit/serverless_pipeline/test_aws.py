from __future__ import annotations

import os
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from serverless_pipeline import aws
from serverless_pipeline.aws import Endpoint
from serverless_pipeline.errors import Error, Misconfigured, NoCredentials
from serverless_pipeline.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ENDPOINT = Endpoint("http://127.0.0.1:4660", "AKIAEXAMPLE", "secret")
AWS = Settings(target="aws", region="eu-west-1")


@pytest.fixture(autouse=True)
def bare_laptop(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return


def sign_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")


def test_an_endpoint_speaks_to_every_sdk_through_the_environment() -> None:
    assert ENDPOINT.environment() == {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:4660",
        "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
    }


def test_an_endpoint_does_not_show_its_secret() -> None:
    assert "secret=" not in repr(ENDPOINT)
    assert "'secret'" not in repr(ENDPOINT)


def test_clients_of_an_endpoint_go_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://elsewhere.invalid")

    clients = aws.connect(Settings(), ENDPOINT)

    assert clients.s3.meta.endpoint_url == "http://127.0.0.1:4660"
    assert clients.region == "us-east-1"


def test_the_embedded_aws_needs_nothing_of_the_laptops_own_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nowhere")
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.invalid:3128")

    clients = aws.connect(Settings(), ENDPOINT)

    assert clients.cloudformation.meta.region_name == "us-east-1"
    assert clients.cloudformation.meta.config.proxies == {}


def test_an_account_is_found_by_the_rules_of_boto3(monkeypatch: pytest.MonkeyPatch) -> None:
    sign_in(monkeypatch)
    monkeypatch.setenv("AWS_REGION", "ap-south-1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-south-1")

    clients = aws.connect(Settings(target="aws"))

    assert clients.s3.meta.endpoint_url == "https://s3.ap-south-1.amazonaws.com"


def test_the_chosen_region_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    sign_in(monkeypatch)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-south-1")

    assert aws.connect(AWS).region == "eu-west-1"


def test_no_region_anywhere_is_a_mistake_that_names_where_to_set_one(monkeypatch: pytest.MonkeyPatch) -> None:
    sign_in(monkeypatch)

    with pytest.raises(Misconfigured, match=r"set region in invoke\.yaml, --region or AWS_REGION"):
        aws.connect(Settings(target="aws"))


def test_a_profile_that_does_not_exist_is_named() -> None:
    with pytest.raises(Misconfigured, match="nowhere"):
        aws.connect(Settings(target="aws", region="eu-west-1", profile="nowhere"))


def test_no_credentials_are_told_with_the_way_to_sign_in() -> None:
    with pytest.raises(NoCredentials, match="aws configure"):
        aws.connect(AWS)


def test_who_has_neither_credentials_nor_a_region_signs_in_first() -> None:
    with pytest.raises(NoCredentials):
        aws.connect(Settings(target="aws"))


def test_credentials_that_are_half_there_count_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")

    with pytest.raises(NoCredentials, match="Partial credentials"):
        aws.connect(AWS)


def test_credentials_that_aws_refuses_count_as_none() -> None:
    clients = aws.connect(Settings(), ENDPOINT)
    stub = Stubber(clients.sts)
    stub.add_client_error("get_caller_identity", "InvalidClientTokenId", "The token is invalid.", 403)

    with stub, pytest.raises(NoCredentials, match="AWS refused the credentials"):
        _ = clients.account


def test_an_aws_that_does_not_answer_is_no_lack_of_credentials() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        nobody = Endpoint(f"http://127.0.0.1:{unused.getsockname()[1]}", "AKIAEXAMPLE", "secret")

    with pytest.raises(Error, match="AWS does not answer") as caught:
        _ = aws.connect(Settings(), nobody).account

    assert caught.value.code == 1


def test_a_metadata_service_that_never_answers_ends_in_no_credentials(tmp_path: Path) -> None:
    """On a laptop whose network swallows packets to the metadata address, the look must end by itself."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        silence = f"http://127.0.0.1:{silent.getsockname()[1]}"
        environment = {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}
        environment |= {"AWS_EC2_METADATA_SERVICE_ENDPOINT": silence, "INVOKE_PIPELINE_SOURCE": "s3"}

        done = subprocess.run(
            [sys.executable, "-m", "invoke", "pipeline.up", "--target", "aws", "--region", "eu-west-1"],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    assert done.returncode == 253
    assert "There are no AWS credentials" in done.stderr


def refusal(code: str, message: str = "") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "Any")


@pytest.mark.parametrize(
    ("error", "absent"),
    [
        (refusal("NoSuchKey"), True),
        (refusal("404"), True),
        (refusal("ResourceNotFoundException"), True),
        (refusal("ValidationError", "Stack with id shop does not exist"), True),
        (refusal("ValidationError", "Template format error"), False),
        (refusal("AccessDenied"), False),
        (refusal("Throttling", "does not exist"), False),
    ],
)
def test_what_is_absent_is_told_by_the_code(error: ClientError, *, absent: bool) -> None:
    assert aws.is_absent(error) is absent


@pytest.mark.parametrize("code", ["403", "AccessDenied", "404", "NoSuchKey"])
def test_an_object_that_may_not_be_listed_is_absent_too(code: str) -> None:
    assert aws.is_absent_object(refusal(code))


def test_every_page_is_asked_for_by_its_token() -> None:
    answers = {"": {"Items": [1], "NextToken": "b"}, "b": {"Items": [2], "NextToken": ""}}

    found = list(aws.pages(lambda NextToken="", **_: answers[NextToken], StackName="shop"))  # noqa: N803 - AWS's own

    assert found == [answers[""], answers["b"]]
