"""What the deploy function asks of a module: an order to deliver one artifact, and the kinds of delivery."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lambdas.job.refusal import RETRY

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from lambdas.job.ending import Outcome
    from lambdas.job.job import Artifact

AGAIN = "again"
"""The token of a delivery that begins anew in the next job: something had to be out of its way first."""


@dataclass(frozen=True)
class Order:
    """One delivery; `given` are the parameters of its kind, `job` is the ID of the job that asks for it.

    `deadline` is the moment, on the clock of `time.monotonic`, by which the work must have ended.
    `again` is what to do about a fault of AWS's own.
    """

    given: Mapping[str, str]
    artifact: Artifact
    deadline: float
    job: str = ""
    again: str = RETRY


@dataclass(frozen=True)
class Kind:
    """A kind of delivery: the keys that it needs, those that it takes, how others may begin, and what begins it.

    `begin` gets the artifact as the zip it is. Where it answers `Continued`, `resume` gets its token in the next job,
    and no zip: what it needs to know lies in the token. After the token `AGAIN` that job calls `begin` once more.
    """

    keys: Sequence[str]
    begin: Callable[[Order, Path], Outcome]
    options: Sequence[str] = ()
    prefixes: Sequence[str] = ()
    resume: Callable[[Order, str], Outcome] | None = None
