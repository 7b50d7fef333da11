"""The few variables the embedded AWS gets from the laptop, and the fewer it hands on to a function.

Both are lists of what may pass; tokens, keys and profiles of the user are on neither.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from serverless_pipeline.settings import LOCAL_REGION

NETWORK = (
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NIX_SSL_CERT_FILE"),
    *("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"),
)
NETWORK_PREFIXES = ("PIP_", "UV_")
HERE = "127.0.0.1,localhost"

_LAPTOP = ("PATH", "HOME", "LANG", "LC_ALL", "TZ")


def server(laptop: Mapping[str, str], *, port: int, scratch: Path) -> dict[str, str]:
    """The whole environment of the server's process, which writes below `scratch`."""
    passing = {name: value for name, value in laptop.items() if name in _LAPTOP}
    return passing | _network(laptop) | _direct(laptop) | _ministack(port, scratch)


def network(inherited: Mapping[str, str]) -> dict[str, str]:
    """What a function needs to reach a package index from here: certificates, proxies, the index's configuration."""
    return _index_files(Path(inherited.get("HOME", "/"))) | _network(inherited) | _direct(inherited)


def _network(inherited: Mapping[str, str]) -> dict[str, str]:
    """`UV_PUBLISH_*` is about uploading, and holds tokens."""
    return {
        name: value
        for name, value in inherited.items()
        if name in NETWORK or (name.startswith(NETWORK_PREFIXES) and not name.startswith("UV_PUBLISH_"))
    }


def _index_files(user: Path) -> dict[str, str]:
    """A function's home is not the user's, so the index's configuration there is named."""
    places = {
        "UV_CONFIG_FILE": user / ".config" / "uv" / "uv.toml",
        "PIP_CONFIG_FILE": user / ".config" / "pip" / "pip.conf",
    }
    return {name: str(path) for name, path in places.items() if path.is_file()}


def _direct(inherited: Mapping[str, str]) -> dict[str, str]:
    """No proxy stands between a process here and the embedded AWS."""
    hosts = inherited.get("no_proxy") or inherited.get("NO_PROXY") or HERE
    if HERE not in hosts:
        hosts = f"{hosts},{HERE}"
    return {"no_proxy": hosts, "NO_PROXY": hosts}


def _ministack(port: int, scratch: Path) -> dict[str, str]:
    return {
        "AUTH": "true",
        "GATEWAY_PORT": str(port),
        "MINISTACK_HOST": "127.0.0.1",
        "MINISTACK_REGION": LOCAL_REGION,
        "LOG_LEVEL": "WARNING",
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "LAMBDA_EXECUTOR": "local",
        "DOCKER_HOST": f"unix://{scratch}/no-docker",
        "TMPDIR": str(scratch),
        "S3_DATA_DIR": str(scratch / "s3"),
        "STATE_DIR": str(scratch / "state"),
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
