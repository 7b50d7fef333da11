"""A session of a role, and the clients that act with it."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any

_clients_lock = threading.Lock()


@dataclass(frozen=True)
class Credentials:
    """A session of a role, and where it is used. `expiration` is in seconds since 1970."""

    role: str
    endpoint_url: str
    region: str
    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str = field(repr=False)
    expiration: float = 0.0

    def client(self, service: str, region: str = "") -> Any:  # noqa: ANN401 - boto3 names clients by a string
        """A client that acts as the role; in the role's own region, unless another is named."""
        import boto3
        from botocore.config import Config

        # Making clients is not thread-safe in boto3, using them is.
        with _clients_lock:
            return boto3.client(  # type: ignore[call-overload]
                service,
                region_name=region or self.region,
                endpoint_url=self.endpoint_url,
                aws_access_key_id=self.access_key_id,
                aws_secret_access_key=self.secret_access_key,
                aws_session_token=self.session_token,
                # No proxy lies between the engine and the server that it is part of.
                config=Config(proxies={}, retries={"mode": "standard"}, s3={"addressing_style": "path"}),
            )
