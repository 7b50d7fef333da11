"""The connections that there are, by ARN."""

from __future__ import annotations

import threading
import uuid
from dataclasses import dataclass, field

PROVIDERS = ("Bitbucket", "GitHub", "GitHubEnterpriseServer", "GitLab", "GitLabSelfManaged", "AzureDevOps")


@dataclass
class Connection:
    """A connection: its name, the kind of its host, and its tags."""

    arn: str
    name: str
    provider: str
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def account(self) -> str:
        return self.arn.split(":")[4]

    @property
    def region(self) -> str:
        return self.arn.split(":")[3]


_connections: dict[str, Connection] = {}
_lock = threading.Lock()


def create(service: str, region: str, account: str, name: str, provider: str) -> Connection:
    """A new connection of one of the services."""
    arn = f"arn:aws:{service}:{region}:{account}:connection/{uuid.uuid4()}"
    with _lock:
        return _connections.setdefault(arn, Connection(arn, name, provider))


def find(arn: str) -> Connection | None:
    """The connection of this ARN; both services know it by either of their names."""
    with _lock:
        return _connections.get(arn) or _connections.get(_other(arn))


def delete(arn: str) -> None:
    """Forget a connection."""
    with _lock:
        _connections.pop(arn, None)
        _connections.pop(_other(arn), None)


def of(account: str, region: str) -> list[Connection]:
    """Those of an account in a region, in the order in which they came."""
    with _lock:
        return [one for one in _connections.values() if (one.account, one.region) == (account, region)]


def clear() -> None:
    """Forget all."""
    with _lock:
        _connections.clear()


def _other(arn: str) -> str:
    names = ("arn:aws:codestar-connections:", "arn:aws:codeconnections:")
    old, new = names if arn.startswith(names[0]) else reversed(names)
    return arn.replace(old, new, 1)
