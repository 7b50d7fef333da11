"""What the embedded AWS says of its functions: the sandbox they run in, and how a runtime differs from Lambda's."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from serverless_pipeline.local.client import health

if TYPE_CHECKING:
    from collections.abc import Iterator

PATH = "/_local/functions"
SECONDS = 30
"""The first time, sandboxes are tried out."""

WITHOUT = "they reach this laptop's files, programs and processes, and have no /tmp of their own size"


@dataclass(frozen=True)
class Functions:
    """The kind of the sandbox, why there is none, and a sentence for each runtime that is not Lambda's own version."""

    sandbox: str
    reason: str
    differences: tuple[str, ...]

    def lines(self) -> Iterator[tuple[str, str]]:
        """What to show, by name."""
        if self.reason:
            yield "functions", f"run without a sandbox ({self.reason})"
            yield "", WITHOUT
        else:
            yield "functions", f"run in a sandbox ({self.sandbox})"
        yield from (("runtime", sentence) for sentence in self.differences)


def ask(url: str) -> Functions:
    """Ask the embedded AWS at this address.

    Raises:
        Unwell: it does not answer.
    """
    document = json.loads(health.ask(f"{url}{PATH}", SECONDS))
    return Functions(document["sandbox"], document["reason"], tuple(document["differences"]))


def describe(url: str) -> list[tuple[str, str]]:
    """What to show of the embedded AWS at this address, by name, also where it does not say it."""
    try:
        return list(ask(url).lines())
    except health.Unwell as error:
        return [("functions", f"not told: {error}")]
