from __future__ import annotations

import os
import socket
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, TokenRetrievalError
from botocore.stub import Stubber

from serverless_pipeline import aws
from serverless_pipeline.aws import Clients, Endpoint
from serverless_pipeline.errors import Error, Misconfigured, NoCredentials
from serverless_pipeline.settings import Settings
from tests.support import ROOT

if TYPE_CHECKING:
    from pathlib import Path

ENDPOINT = Endpoint("http://127.0.0.1:4660", "AKIAEXAMPLE", "secret")
AWS = Settings(target="aws", region="eu-west-1")
SIGN_IN = "Next: sign in (`aws sso login`, `aws configure`) or set AWS_PROFILE, then type the same command again"
SERVICES = {
    "cloudformation": "cloudformation",
    "codepipeline": "codepipeline",
    "s3": "s3",
    "logs": "logs",
    "connections": "codeconnections",
    "iam": "iam",
    "functions": "lambda",
    "rollbacks": "lambda",
    "apis": "apigateway",
    "sts": "sts",
}


@pytest.fixture(autouse=True)
def bare_laptop(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Clients:
    """Clients of an account, with credentials that nobody has tried yet."""
    sign_in(monkeypatch)
    return aws.connect(AWS)


def sign_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")


def nobody() -> str:
    """An address at which nobody listens."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{unused.getsockname()[1]}"


def test_each_client_goes_to_the_endpoint_and_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://elsewhere.invalid")
    clients = aws.connect(Settings(), ENDPOINT)

    by_name = {name: getattr(clients, name) for name in SERVICES}

    assert {name: client.meta.service_model.service_name for name, client in by_name.items()} == SERVICES
    assert {client.meta.endpoint_url for client in by_name.values()} == {"http://127.0.0.1:4660"}
    assert [name for name, client in by_name.items() if client is not getattr(clients, name)] == []


def test_each_client_of_an_account_goes_to_its_region_and_is_patient_with_it(account: Clients) -> None:
    metas = {name: getattr(account, name).meta for name in SERVICES}

    assert [name for name, meta in metas.items() if not meta.endpoint_url.endswith(".amazonaws.com")] == []
    assert {name: meta.config.retries["total_max_attempts"] for name, meta in metas.items()} == {
        name: 1 if name == "rollbacks" else 6 for name in SERVICES
    }
    assert {(meta.config.retries["mode"], meta.config.connect_timeout) for meta in metas.values()} == {("standard", 10)}


@pytest.mark.parametrize(("throttles", "attempts"), [(False, 3), (True, 6)])
def test_an_embedded_aws_that_throttles_is_asked_as_often_as_an_account(throttles: bool, attempts: int) -> None:  # noqa: FBT001
    config: Any = aws.connect(Settings(), replace(ENDPOINT, throttles=throttles)).s3.meta.config

    assert config.retries == {"mode": "standard", "total_max_attempts": attempts}


def test_a_rollback_is_asked_for_once_and_waited_for_longer_than_its_function_has() -> None:
    config: Any = aws.connect(Settings(), ENDPOINT).rollbacks.meta.config

    assert config.retries == {"mode": "standard", "total_max_attempts": 1}
    assert config.read_timeout == 330
    assert config.tcp_keepalive
    assert config.connect_timeout == 10


def test_what_is_no_region_is_a_mistake_and_no_lack_of_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    sign_in(monkeypatch)
    clients = aws.connect(replace(AWS, region="eu west"))

    with pytest.raises(Misconfigured, match=r"region: .*'eu west'[\s\S]*Next: set region in invoke\.yaml"):
        _ = clients.account


def test_the_account_is_the_one_whose_credentials_these_are_and_is_asked_for_once(account: Clients) -> None:
    with Stubber(account.sts) as stub:
        stub.add_response("get_caller_identity", {"Account": "123456789012"}, {})

        looks = [account.account, account.account]

    assert looks == ["123456789012", "123456789012"]


def test_the_account_of_the_embedded_aws_is_known_without_asking() -> None:
    assert aws.connect(Settings(), Endpoint(nobody(), "AKIAEXAMPLE", "secret")).account == "000000000000"
    assert aws.LOCAL_ACCOUNT == "000000000000"


@pytest.mark.parametrize("code", ["InvalidClientTokenId", "ExpiredToken", "AccessDenied"])
def test_credentials_that_aws_refuses_count_as_none(account: Clients, code: str) -> None:
    stub = Stubber(account.sts)
    stub.add_client_error("get_caller_identity", code, "Not you.", 403)

    with stub, pytest.raises(NoCredentials) as caught:
        _ = account.account

    assert str(caught.value.message).startswith("AWS refused the credentials: ")
    assert str(caught.value.message).endswith(f"Not you.\n  {SIGN_IN}")


def test_a_clock_that_is_off_is_told_instead_of_credentials(account: Clients) -> None:
    stub = Stubber(account.sts)
    stub.add_client_error("get_caller_identity", "SignatureDoesNotMatch", "Signature expired: it is now earlier", 403)

    with stub, pytest.raises(Error) as caught:
        _ = account.account

    assert not isinstance(caught.value, NoCredentials)
    assert str(caught.value) == (
        "AWS refuses what is signed at another time: the clock of this machine is not AWS's.\n"
        "  Next: set the clock of this machine by the network, such as timedatectl set-ntp true"
    )


@pytest.mark.parametrize(("code", "status"), [("Throttling", 400), ("InternalFailure", 500), ("", 503)])
def test_an_aws_that_throttles_or_fails_is_no_lack_of_credentials(account: Clients, code: str, status: int) -> None:
    stub = Stubber(account.sts)
    stub.add_client_error("get_caller_identity", code, "Not now.", status)

    with stub, pytest.raises(Error) as caught:
        _ = account.account

    assert type(caught.value) is Error
    assert str(caught.value.message).startswith("AWS did not say whose account this is: ")
    assert str(caught.value.message).endswith("Not now.\n  Next: type the same command again in a while")
    assert isinstance(caught.value.__cause__, ClientError)


def test_an_aws_that_does_not_answer_is_no_lack_of_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    sign_in(monkeypatch)
    monkeypatch.setenv("AWS_ENDPOINT_URL", nobody())
    monkeypatch.setattr("serverless_pipeline.aws.clients._ATTEMPTS", 0)
    clients = aws.connect(AWS)

    with pytest.raises(
        Error, match=r"AWS does not answer: [\s\S]*Next: check the network, the proxy and the region"
    ) as caught:
        _ = clients.account

    assert caught.value.code == 1


def test_credentials_that_cannot_be_fetched_count_as_none(account: Clients) -> None:
    def fail(**_: object) -> None:
        raise TokenRetrievalError(provider="sso", error_msg="expired")

    account.sts.meta.events.register("before-call.sts.GetCallerIdentity", fail)

    with pytest.raises(NoCredentials, match=r"There are no AWS credentials: [\s\S]*expired[\s\S]*sign in"):
        _ = account.account


def test_boto3_is_loaded_only_when_it_is_needed() -> None:
    code = "import sys; import serverless_pipeline.aws; print({'boto3', 'botocore'} & set(sys.modules))"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)

    assert done.stdout == "set()\n"
