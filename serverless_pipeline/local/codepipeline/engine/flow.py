"""What comes next in a stage: its groups run in series, the actions of one group in parallel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from serverless_pipeline.local.codepipeline.model.action_run import ActionStatus
from serverless_pipeline.local.codepipeline.model.execution import StageStatus

if TYPE_CHECKING:
    from collections.abc import Mapping

    from serverless_pipeline.local.codepipeline.model.action_run import ActionRun
    from serverless_pipeline.local.codepipeline.model.declaration import Action, Stage


@dataclass(frozen=True)
class Launch:
    """These actions start now, side by side."""

    actions: tuple[Action, ...]


@dataclass(frozen=True)
class Wait:
    """Something runs that has to end first."""


@dataclass(frozen=True)
class Done:
    """The stage is over."""

    status: StageStatus


def step(stage: Stage, attempt: Mapping[str, ActionRun], *, stopping: bool = False) -> Launch | Wait | Done:
    """The next step of a stage; a stop lets run what runs and starts nothing more."""
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
