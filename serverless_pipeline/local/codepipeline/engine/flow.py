"""What comes next in a stage: what is examined before it, its groups in series, what is examined when they have ended.

::

    before entry ─▶ groups ─▶ on success ─▶ done
        │             └─────▶ on failure ─▶ rolled back, retried, failed
        └─▶ skipped, failed
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from serverless_pipeline.local.codepipeline.model.action_run import ActionStatus
from serverless_pipeline.local.codepipeline.model.conditions import ConditionStatus, ConditionType, Consequence
from serverless_pipeline.local.codepipeline.model.execution import StageStatus

if TYPE_CHECKING:
    from collections.abc import Mapping

    from serverless_pipeline.local.codepipeline.model.action_run import ActionRun
    from serverless_pipeline.local.codepipeline.model.conditions import Check
    from serverless_pipeline.local.codepipeline.model.declaration import Action, Stage


@dataclass(frozen=True)
class Launch:
    """These actions start now, side by side, or these rules of a condition."""

    actions: tuple[Action, ...]
    condition: ConditionType | None = None


@dataclass(frozen=True)
class Wait:
    """Something runs that has to end first."""


@dataclass(frozen=True)
class Retry:
    """The stage runs its failed actions again, by itself."""


@dataclass(frozen=True)
class Done:
    """The stage is over; `rolls_back` says that an earlier execution is to come back to it."""

    status: StageStatus
    rolls_back: bool = False


Step = Launch | Wait | Retry | Done


def step(
    stage: Stage,
    attempt: Mapping[str, ActionRun],
    checks: Mapping[ConditionType, Check],
    *,
    stopping: bool = False,
    retried: bool = False,
) -> Step:
    """The next step of a stage; a stop lets run what runs and starts nothing more.

    `retried` says that the stage retried itself before, which it does once.
    """
    entry = _examine(stage, ConditionType.BEFORE_ENTRY, checks, stopping=stopping)
    if entry:
        return entry
    match _groups(stage, attempt, stopping=stopping):
        case Done(StageStatus.SUCCEEDED):
            return _examine(stage, ConditionType.ON_SUCCESS, checks, stopping=stopping) or Done(StageStatus.SUCCEEDED)
        case Done(StageStatus.FAILED):
            return _fail(stage, checks, stopping=stopping, retried=retried)
        case other:
            return other


def _groups(stage: Stage, attempt: Mapping[str, ActionRun], *, stopping: bool) -> Launch | Wait | Done:
    for group in stage.groups():
        missing = tuple(action for action in group if action.name not in attempt)
        statuses = {attempt[action.name].status for action in group if action.name in attempt}
        if missing and not stopping:
            return Launch(missing)
        if ActionStatus.IN_PROGRESS in statuses:
            return Wait()
        if missing or (stopping and statuses != {ActionStatus.SUCCEEDED}):
            return Done(StageStatus.STOPPED)
        if statuses != {ActionStatus.SUCCEEDED}:
            return Done(StageStatus.FAILED)
    return Done(StageStatus.SUCCEEDED)


def _examine(
    stage: Stage, kind: ConditionType, checks: Mapping[ConditionType, Check], *, stopping: bool
) -> Launch | Wait | Done | None:
    """What has to come first because of a condition; None where there is none, or it is met."""
    condition, check = stage.conditions.get(kind), checks.get(kind)
    if condition is None or (check and check.is_met):
        return None
    if check is None:
        return Done(StageStatus.STOPPED) if stopping else Launch(condition.rules, kind)
    match check.status:
        case ConditionStatus.IN_PROGRESS:
            return Wait()
        case ConditionStatus.FAILED:
            return _engage(condition.result)
    return Done(StageStatus.STOPPED)


def _engage(result: Consequence) -> Done:
    if result is Consequence.SKIP:
        return Done(StageStatus.SKIPPED)
    return Done(StageStatus.FAILED, rolls_back=result is Consequence.ROLLBACK)


def _fail(stage: Stage, checks: Mapping[ConditionType, Check], *, stopping: bool, retried: bool) -> Step:
    """What follows from a stage that failed; conditions engage their result where they are not met."""
    if stopping:
        return Done(StageStatus.FAILED)
    if stage.on_failure is Consequence.RETRY and not retried:
        return Retry()
    if stage.on_failure is Consequence.ROLLBACK:
        return Done(StageStatus.FAILED, rolls_back=True)
    return _examine(stage, ConditionType.ON_FAILURE, checks, stopping=stopping) or Done(StageStatus.FAILED)
