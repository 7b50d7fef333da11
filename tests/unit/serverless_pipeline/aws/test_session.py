from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline import aws
from serverless_pipeline.aws import Endpoint
from serverless_pipeline.aws.models import Models
from serverless_pipeline.errors import Misconfigured, NoCredentials
from serverless_pipeline.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

ENDPOINT = Endpoint("http://127.0.0.1:4660", "AKIAEXAMPLE", "secret")
AWS = Settings(target="aws", region="eu-west-1")
SIGN_IN = "Next: sign in (`aws sso login`, `aws configure`) or set AWS_PROFILE, then type the same command again"


@pytest.fixture(autouse=True)
def bare_laptop(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


def sign_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")


def test_an_endpoint_speaks_to_every_sdk_through_the_environment() -> None:
    assert ENDPOINT.environment() == {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:4660",
        "AWS_ENDPOINT_URL_S3_CONTROL": "http://localhost:4660",
        "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
    }


def test_an_endpoint_does_not_show_its_secret() -> None:
    assert "secret=" not in repr(ENDPOINT)
    assert "'secret'" not in repr(ENDPOINT)


def test_the_embedded_aws_needs_nothing_of_the_laptops_own_configuration(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "broken").write_text("[default\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "broken"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "broken"))
    monkeypatch.setenv("AWS_PROFILE", "nowhere")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.invalid:3128")

    clients = aws.connect(Settings(), ENDPOINT)

    config: Any = clients.s3.meta.config
    assert clients.region == clients.s3.meta.region_name == "us-east-1"
    assert config.proxies == {}
    assert config.s3["addressing_style"] == "path"
    assert config.retries == {"mode": "standard", "total_max_attempts": 3}
    credentials = clients.session.get_credentials()
    assert credentials is not None
    assert (credentials.access_key, credentials.secret_key) == ("AKIAEXAMPLE", "secret")


def test_an_account_is_found_by_the_rules_of_boto3(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "config").write_text("[profile shop]\nregion = ap-south-1\n")
    (tmp_path / "credentials").write_text("[shop]\naws_access_key_id = AKIASHOP\naws_secret_access_key = y\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))

    clients = aws.connect(Settings(target="aws", profile="shop"))

    credentials = clients.session.get_credentials()
    assert credentials is not None
    assert credentials.access_key == "AKIASHOP"
    assert clients.endpoint is None
    assert clients.s3.meta.endpoint_url == "https://s3.ap-south-1.amazonaws.com"


@pytest.mark.parametrize(
    ("chosen", "variables", "region"),
    [
        ("", {"AWS_REGION": "eu-west-1"}, "eu-west-1"),
        ("", {"AWS_DEFAULT_REGION": "eu-west-2"}, "eu-west-2"),
        ("", {"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-2"}, "eu-west-1"),
        ("", {"AWS_REGION": "", "AWS_DEFAULT_REGION": "eu-west-2"}, "eu-west-2"),
        ("", {}, "eu-west-3"),
        ("eu-north-1", {"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-2"}, "eu-north-1"),
    ],
)
def test_the_region_is_the_settings_then_that_of_the_environment_then_that_of_the_profile(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, chosen: str, variables: dict[str, str], region: str
) -> None:
    (tmp_path / "config").write_text("[default]\nregion = eu-west-3\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    sign_in(monkeypatch)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    clients = aws.connect(Settings(target="aws", region=chosen))

    assert clients.region == clients.sts.meta.region_name == region


def test_no_region_anywhere_is_a_mistake_that_names_where_to_set_one(monkeypatch: pytest.MonkeyPatch) -> None:
    sign_in(monkeypatch)

    with pytest.raises(
        Misconfigured, match=r"No region is chosen\.\n  Next: set region in invoke\.yaml, --region or AWS_REGION"
    ):
        aws.connect(Settings(target="aws"))


def test_a_profile_that_does_not_exist_is_named() -> None:
    with pytest.raises(Misconfigured, match=r"profile: .*nowhere[\s\S]*aws configure list-profiles"):
        aws.connect(replace(AWS, profile="nowhere"))


@pytest.mark.parametrize("settings", [AWS, Settings(target="aws")])
def test_no_credentials_are_told_before_a_region_and_with_the_way_to_sign_in(settings: Settings) -> None:
    with pytest.raises(NoCredentials) as caught:
        aws.connect(settings)

    assert caught.value.message == f"There are no AWS credentials.\n  {SIGN_IN}"


def test_credentials_that_are_half_there_count_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")

    with pytest.raises(NoCredentials, match=r"There are no AWS credentials: Partial credentials[\s\S]*sign in"):
        aws.connect(AWS)


def test_a_configuration_that_nobody_can_read_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "broken").write_text("[default\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "broken"))

    with pytest.raises(NoCredentials, match=r"There are no AWS credentials: Unable to parse config file[\s\S]*sign in"):
        aws.connect(AWS)


def test_a_session_looks_for_models_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    sign_in(monkeypatch)

    account, endpoint = aws.connect(AWS), aws.connect(Settings(), ENDPOINT)

    assert isinstance(account.session.get_component("data_loader"), Models)
    assert isinstance(endpoint.session.get_component("data_loader"), Models)
