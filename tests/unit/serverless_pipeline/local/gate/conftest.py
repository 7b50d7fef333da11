"""A MiniStack that knows one key."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from serverless_pipeline.local import seams
from tests.support.signing import Signer

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def signer(monkeypatch: pytest.MonkeyPatch) -> Signer:
    """Signs with the one key that is known."""
    signer = Signer()

    def resolve(key: str, account: str, token: str) -> object:
        assert account == "123456789012"
        if key != signer.key:
            return SimpleNamespace(code="UnrecognizedClientException", message="unknown")
        if token != signer.token:
            return SimpleNamespace(code="InvalidToken", message="another token")
        return SimpleNamespace(secret_access_key=signer.secret)

    monkeypatch.setattr(seams, "RESOLVE_CREDENTIAL", resolve)
    monkeypatch.setattr(seams, "FIND_ACCESS_KEY_ACCOUNT", lambda _key: None)
    monkeypatch.setattr(seams, "SESSION_ACCOUNT", lambda _key: "123456789012")
    return signer


@pytest.fixture
def buckets(monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, set[str]]], None]:
    """Make buckets with the origins that each lets in."""

    def make(origins: dict[str, set[str]]) -> None:
        def preflight(bucket: str, _path: str, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
            return (200 if headers["origin"] in origins[bucket] else 403), {}, b""

        def response(bucket: str, _method: str, headers: dict[str, str]) -> dict[str, str]:
            return {"Access-Control-Allow-Origin": headers["origin"]} if headers["origin"] in origins[bucket] else {}

        monkeypatch.setattr(seams, "BUCKETS", SimpleNamespace(value=origins))
        monkeypatch.setattr(seams, "CORS_PREFLIGHT", preflight)
        monkeypatch.setattr(seams, "CORS_RESPONSE_HEADERS", response)

    return make
