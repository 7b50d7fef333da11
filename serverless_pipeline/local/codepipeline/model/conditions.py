"""The conditions of a stage: rules that are examined before it is entered and when it ends, and what follows from them.

A condition is met when all of its rules succeed. Its result engages when one of them fails. A rule runs as an action
does, and is declared like one: its category is `Rule`.
https://docs.aws.amazon.com/codepipeline/latest/userguide/concepts-how-it-works-conditions.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from serverless_pipeline.local.codepipeline.model.action_run import ActionStatus

if TYPE_CHECKING:
    from collections.abc import Mapping

    from serverless_pipeline.local.codepipeline.model.action_run import ActionRun
    from serverless_pipeline.local.codepipeline.model.declaration import Action


class ConditionType(StrEnum):
    """When a condition is examined."""

    BEFORE_ENTRY = "BEFORE_ENTRY"
    ON_SUCCESS = "ON_SUCCESS"
    ON_FAILURE = "ON_FAILURE"


class ConditionStatus(StrEnum):
    """Of a condition in one execution."""

    IN_PROGRESS = "InProgress"
    FAILED = "Failed"
    SUCCEEDED = "Succeeded"
    CANCELLED = "Cancelled"
    ABANDONED = "Abandoned"
    OVERRIDDEN = "Overridden"


class Consequence(StrEnum):
    """What follows from a condition that is not met, or from a stage that failed."""

    FAIL = "FAIL"
    SKIP = "SKIP"
    ROLLBACK = "ROLLBACK"
    RETRY = "RETRY"


@dataclass(frozen=True)
class Condition:
    """Rules, and what follows if one of them fails."""

    result: Consequence
    rules: tuple[Action, ...]


@dataclass(frozen=True)
class Check:
    """How far the examination of a condition is: the runs of its rules by their names.

    `settled` is what people or a stop made of it, None where its rules decide.
    """

    started: float
    runs: Mapping[str, ActionRun] = field(default_factory=dict)
    settled: ConditionStatus | None = None
    settled_at: float = 0.0

    @property
    def status(self) -> ConditionStatus:
        """What the rules came to: one that failed decides, also while others run."""
        if self.settled:
            return self.settled
        statuses = {run.status for run in self.runs.values()}
        if ActionStatus.FAILED in statuses:
            return ConditionStatus.FAILED
        return ConditionStatus.SUCCEEDED if statuses == {ActionStatus.SUCCEEDED} else ConditionStatus.IN_PROGRESS

    @property
    def is_met(self) -> bool:
        return self.status in (ConditionStatus.SUCCEEDED, ConditionStatus.OVERRIDDEN)

    @property
    def updated(self) -> float:
        return max(self.started, self.settled_at, *(run.updated for run in self.runs.values()))
