"""An order to deliver one artifact, and what the deploy function has to know of a kind of delivery."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lambdas.job.refusal import RETRY

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from lambdas.job.ending import Outcome
    from lambdas.job.job import Artifact

RELEASE_AGAIN = "release the change again"
"""What to do where somebody else changed the same thing meanwhile."""

BEGIN_ANEW = "again"
"""The token of a delivery that begins anew in the next job: something had to be out of its way first."""

PATIENCE = 10.0
"""Seconds that a job follows what AWS does in the background: a change set is seldom longer in the making, and
CodePipeline takes longer to ask again.
"""


@dataclass(frozen=True)
class Order:
    """One delivery; `parameters` are those of its kind, `job_id` names the job that asks for it.

    `deadline` is the moment, on the clock of `time.monotonic`, by which the work must have ended.
    `retry` is what to do about a fault of AWS's own, `again` what to do where somebody else came first.
    """

    parameters: Mapping[str, str]
    artifact: Artifact
    deadline: float
    job_id: str = ""
    retry: str = RETRY
    again: str = RELEASE_AGAIN


@dataclass(frozen=True)
class Kind:
    """A kind of delivery: the keys that it needs, those that it takes, how others may begin, and what begins it.

    `begin` gets the artifact as the zip it is. Where it answers `Continued`, `resume` gets its token in the next job,
    and no zip: what it needs to know lies in the token. After the token `BEGIN_ANEW` that job calls `begin` once more.
    `patience` is for how many seconds a job itself looks again before it leaves the rest to the next one.
    """

    keys: Sequence[str]
    begin: Callable[[Order, Path], Outcome]
    options: Sequence[str] = ()
    prefixes: Sequence[str] = ()
    resume: Callable[[Order, str], Outcome] | None = None
    patience: float = 0.0
