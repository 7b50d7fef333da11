"""What goes between an execution environment and its Runtime API: events to it, and what the client makes of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Invocation:
    """What a client gets for an event: the event itself, and the headers."""

    request_id: str
    event: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Ready:
    """The client asks for an event: what came before is over."""


@dataclass(frozen=True)
class Response:
    """The function returned; the body as it was sent."""

    body: bytes


@dataclass(frozen=True)
class Failure:
    """The function, or its start, failed; in Lambda's shape."""

    document: dict[str, Any]


@dataclass(frozen=True)
class Exited:
    """The process ended; the reason in Lambda's words."""

    reason: str


Event = Ready | Response | Failure | Exited
