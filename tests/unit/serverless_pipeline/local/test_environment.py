from __future__ import annotations

import os
from pathlib import Path

import pytest

from serverless_pipeline.local import environment

SCRATCH = Path("/project/.local/tmp")
SHARED = {
    "SSL_CERT_FILE": "/certs.pem",
    "SSL_CERT_DIR": "/certs",
    "REQUESTS_CA_BUNDLE": "/bundle.pem",
    "CURL_CA_BUNDLE": "/bundle.pem",
    "NIX_SSL_CERT_FILE": "/nix.pem",
    "http_proxy": "http://proxy.example",
    "https_proxy": "http://proxy.example",
    "all_proxy": "http://proxy.example",
    "HTTP_PROXY": "http://proxy.example",
    "HTTPS_PROXY": "http://proxy.example",
    "ALL_PROXY": "http://proxy.example",
    "PIP_INDEX_URL": "https://index.example/simple",
    "UV_INDEX_URL": "https://index.example/simple",
}
THE_SERVERS = {
    "PATH": "/bin",
    "HOME": "/home/somebody",
    "LANG": "C",
    "LC_ALL": "C",
    "TZ": "UTC",
}
NOBODYS = {
    "UV_PUBLISH_TOKEN": "secret",
    "GITHUB_TOKEN": "secret",
    "AWS_PROFILE": "work",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "MYPIP_TOKEN": "secret",
    "PYTHONPATH": "/elsewhere",
    "SERVERLESS_PIPELINE_EVENTUAL": "1",
}
LAPTOP = SHARED | THE_SERVERS | NOBODYS
DIRECT = {"no_proxy": "127.0.0.1,localhost", "NO_PROXY": "127.0.0.1,localhost"}


def test_the_server_gets_what_is_listed_and_no_secret() -> None:
    variables = environment.server(LAPTOP, port=4600, scratch=SCRATCH)

    assert variables == SHARED | THE_SERVERS | DIRECT | {
        "AUTH": "true",
        "GATEWAY_PORT": "4600",
        "MINISTACK_HOST": "127.0.0.1",
        "MINISTACK_REGION": "us-east-1",
        "LOG_LEVEL": "WARNING",
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "LAMBDA_EXECUTOR": "local",
        "DOCKER_HOST": "unix:///project/.local/tmp/no-docker",
        "TMPDIR": "/project/.local/tmp",
        "S3_DATA_DIR": "/project/.local/tmp/s3",
        "STATE_DIR": "/project/.local/tmp/state",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def test_what_the_laptop_does_not_have_the_server_does_not_get() -> None:
    variables = environment.server({}, port=4600, scratch=SCRATCH)

    assert not variables.keys() & (SHARED | THE_SERVERS).keys()


def test_a_function_gets_the_way_to_the_network_only() -> None:
    variables = environment.network(environment.server(LAPTOP, port=4600, scratch=SCRATCH))

    assert variables == SHARED | DIRECT


@pytest.mark.parametrize(
    ("inherited", "hosts"),
    [
        ({}, "127.0.0.1,localhost"),
        ({"no_proxy": ""}, "127.0.0.1,localhost"),
        ({"NO_PROXY": "corp.example"}, "corp.example,127.0.0.1,localhost"),
        ({"no_proxy": "corp.example", "NO_PROXY": "other.example"}, "corp.example,127.0.0.1,localhost"),
        ({"no_proxy": "a,127.0.0.1,localhost"}, "a,127.0.0.1,localhost"),
        ({"no_proxy": "127.0.0.1"}, "127.0.0.1,127.0.0.1,localhost"),
    ],
)
def test_no_proxy_stands_before_the_embedded_aws(inherited: dict[str, str], hosts: str) -> None:
    assert environment.network(inherited) == {"no_proxy": hosts, "NO_PROXY": hosts}
    assert (
        environment.server(inherited, port=1, scratch=SCRATCH).items() >= {"no_proxy": hosts, "NO_PROXY": hosts}.items()
    )


@pytest.mark.parametrize(
    ("variable", "place"), [("UV_CONFIG_FILE", ".config/uv/uv.toml"), ("PIP_CONFIG_FILE", ".config/pip/pip.conf")]
)
def test_the_indexs_configuration_in_the_users_home_is_named(tmp_path: Path, variable: str, place: str) -> None:
    configuration = tmp_path / place
    configuration.parent.mkdir(parents=True)
    configuration.touch()

    assert environment.network({"HOME": str(tmp_path)}) == DIRECT | {variable: str(configuration)}
    assert environment.network({"HOME": str(tmp_path), variable: "/mine"})[variable] == "/mine"


def test_a_folder_in_the_place_of_the_configuration_is_none(tmp_path: Path) -> None:
    (tmp_path / ".config" / "uv" / "uv.toml").mkdir(parents=True)

    assert environment.network({"HOME": str(tmp_path)}) == DIRECT


def test_without_a_home_the_configuration_is_looked_for_at_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "is_file", lambda path: path == Path("/.config/uv/uv.toml"))

    assert environment.network({})["UV_CONFIG_FILE"] == "/.config/uv/uv.toml"
