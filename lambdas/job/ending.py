"""How a job can end, and the errors that end it early.

::

    JobError                   the work was tried and failed
    ├── Misconfigured          the action asks for something that does not make sense; all mistakes together
    └── NotAllowed             AWS refused what the work needs
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FailureType = Literal["JobFailed", "ConfigurationError", "PermissionError"]

MESSAGE_LIMIT = 5000
"""The most characters that CodePipeline takes in the message of a failure."""

TOKEN_LIMIT = 2048
"""The most characters that CodePipeline takes in a continuation token."""


@dataclass(frozen=True)
class Succeeded:
    """The work is done; later actions can read `variables`."""

    summary: str
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Continued:
    """The work goes on; CodePipeline starts a new job that carries `token`, 1 to `TOKEN_LIMIT` characters."""

    token: str
    summary: str = ""


@dataclass(frozen=True)
class Failed:
    """The work failed; `type` is one of AWS's own words."""

    message: str
    type: FailureType = "JobFailed"


Outcome = Succeeded | Continued | Failed


class JobError(Exception):
    """The work failed; the message is what the user of the pipeline reads."""

    type: FailureType = "JobFailed"


class Misconfigured(JobError):
    """The configuration of the action does not make sense."""

    type: FailureType = "ConfigurationError"

    def __init__(self, mistakes: Iterable[str]) -> None:
        lines = "".join(f"\n  - {mistake}" for mistake in mistakes)
        super().__init__(f"The action is configured wrongly; mend its UserParameters or artifacts:{lines}")


class NotAllowed(JobError):
    """AWS did not allow something that the work needs."""

    type: FailureType = "PermissionError"


def quote(head: str, lines: Iterable[str]) -> str:
    """A message of `head` and as many of the last lines as CodePipeline takes."""
    text = "\n".join(lines).strip("\n")
    return shorten(f"{head}:\n{text}") if text else head


def shorten(message: str, limit: int = MESSAGE_LIMIT) -> str:
    """A message of its first line and as many of its last lines as fit into `limit` characters."""
    head, _, lines = message.partition("\n")
    room = limit - len(head) - len("\n")
    if len(lines) <= room:
        return message
    if room <= 0:
        return message[:limit]
    end = lines[-room:]
    return head + "\n" + (end.partition("\n")[2] or end)
