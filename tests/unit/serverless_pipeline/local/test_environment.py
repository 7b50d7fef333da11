from __future__ import annotations

from pathlib import Path

from serverless_pipeline.local import environment

LAPTOP = {
    "PATH": "/bin",
    "HOME": "/home/somebody",
    "SSL_CERT_FILE": "/certs.pem",
    "PIP_INDEX_URL": "https://index.example/simple",
    "UV_PUBLISH_TOKEN": "secret",
    "GITHUB_TOKEN": "secret",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "https_proxy": "http://proxy.example",
    "SERVERLESS_PIPELINE_EVENTUAL": "2",
}


def test_the_server_gets_what_is_listed_and_no_secret() -> None:
    got = environment.server(LAPTOP, port=4600, scratch=Path("/project/.local/tmp"))

    assert "secret" not in got.values()
    assert {"PATH", "HOME", "SSL_CERT_FILE", "PIP_INDEX_URL", "https_proxy"} <= got.keys()
    assert got["SERVERLESS_PIPELINE_EVENTUAL"] == "2"
    assert (got["AUTH"], got["GATEWAY_PORT"], got["TMPDIR"]) == ("true", "4600", "/project/.local/tmp")


def test_a_function_gets_the_way_to_the_network_only() -> None:
    got = environment.network(environment.server(LAPTOP, port=4600, scratch=Path("/project/.local/tmp")))

    assert got.keys() == {"SSL_CERT_FILE", "PIP_INDEX_URL", "https_proxy", "no_proxy", "NO_PROXY"}


def test_no_proxy_stands_before_the_embedded_aws() -> None:
    assert environment.network({})["no_proxy"] == "127.0.0.1,localhost"
    assert environment.network({"NO_PROXY": "corp.example"})["no_proxy"] == "corp.example,127.0.0.1,localhost"
    assert environment.network({"no_proxy": "a,127.0.0.1,localhost"})["NO_PROXY"] == "a,127.0.0.1,localhost"


def test_the_indexs_configuration_in_the_users_home_is_named(tmp_path: Path) -> None:
    configuration = tmp_path / ".config" / "uv" / "uv.toml"
    configuration.parent.mkdir(parents=True)
    configuration.touch()

    assert environment.network({"HOME": str(tmp_path)})["UV_CONFIG_FILE"] == str(configuration)
    assert environment.network({"HOME": str(tmp_path), "UV_CONFIG_FILE": "/mine"})["UV_CONFIG_FILE"] == "/mine"
