"""Requests signed by botocore, as heads for the gate, as headers for a socket, or as ASGI scopes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from serverless_pipeline.local.gate.head import Head

if TYPE_CHECKING:
    from collections.abc import Mapping

    from serverless_pipeline.local.reply import Scope

REGION = "eu-central-1"


@dataclass(frozen=True)
class Signer:
    """Signs for a server with a key."""

    url: str = "http://127.0.0.1:4566"
    key: str = "AKIAIOSFODNN7EXAMPLE"
    secret: str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
    token: str = ""

    @property
    def credentials(self) -> Credentials:
        return Credentials(self.key, self.secret, self.token or None)

    def request(self, method: str, path: str, service: str, body: bytes = b"", **headers: str) -> AWSRequest:
        """A request signed in its head; an underscore in a header's name stands for a hyphen."""
        asked = AWSRequest(method, f"{self.url}{path}", data=body, headers=named(headers))
        kind: Any = S3SigV4Auth if service == "s3" else SigV4Auth
        kind(self.credentials, service, REGION).add_auth(asked)
        return asked

    def presigned(self, method: str, path: str, service: str, expires: int = 900) -> str:
        """A path that is signed with its query."""
        asked = AWSRequest(method, f"{self.url}{path}")
        kind: Any = S3SigV4QueryAuth if service == "s3" else SigV4QueryAuth
        kind(self.credentials, service, REGION, expires=expires).add_auth(asked)
        split = urlsplit(text(asked.url))
        return f"{split.path}?{split.query}"

    def headers(self, method: str, path: str, service: str, body: bytes = b"", **headers: str) -> dict[str, str]:
        """All headers to send, the host included."""
        asked = self.request(method, path, service, body, **headers)
        return {"host": urlsplit(self.url).netloc} | {name.lower(): text(v) for name, v in asked.headers.items()}

    def about(self, payload: str, method: str, path: str, service: str) -> dict[str, str]:
        """All headers of a request whose signature is about a word instead of a hash of the body."""
        kind: Any = type("About", (S3SigV4Auth,), {"payload": lambda *_: payload})
        asked = AWSRequest(method, f"{self.url}{path}")
        kind(self.credentials, service, REGION).add_auth(asked)
        return {"host": urlsplit(self.url).netloc} | {name.lower(): text(v) for name, v in asked.headers.items()}

    def head(self, method: str, path: str, service: str, body: bytes = b"", **headers: str) -> Head:
        """The head of a signed request."""
        return head(method, path, self.headers(method, path, service, body, **headers))

    def scope(self, method: str, path: str, service: str, body: bytes = b"", **headers: str) -> Scope:
        return scope(method, path, self.headers(method, path, service, body, **headers))


def text(value: str | bytes | None) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def named(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def head(method: str, path: str, headers: Mapping[str, str] | None = None) -> Head:
    """A head as it comes; a host is added if none is said."""
    split = urlsplit(path)
    query = parse_qs(split.query, keep_blank_values=True)
    return Head(method, split.path, split.path, query, {"host": "127.0.0.1:4566", **(headers or {})})


def scope(method: str, path: str, headers: Mapping[str, str] | None = None) -> Scope:
    """The same as a server hands it over."""
    split = urlsplit(path)
    pairs = {"host": "127.0.0.1:4566", **(headers or {})}.items()
    return {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "path": split.path,
        "raw_path": split.path.encode(),
        "query_string": split.query.encode(),
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in pairs],
    }
