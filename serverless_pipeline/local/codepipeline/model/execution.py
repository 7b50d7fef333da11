"""What a pipeline does: its executions, each with the stage it is in and the runs of its actions.

An execution is changed by the engine alone, under the store's lock.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from serverless_pipeline.local.codepipeline.model import variables
from serverless_pipeline.local.codepipeline.model.action_run import SERVICE, ActionRun, reserve
from serverless_pipeline.local.codepipeline.model.conditions import Check, ConditionStatus, ConditionType

if TYPE_CHECKING:
    from collections.abc import Mapping

    from serverless_pipeline.local.codepipeline.model.action_run import Artifact
    from serverless_pipeline.local.codepipeline.model.declaration import Action, Pipeline, Stage


class ExecutionStatus(StrEnum):
    """Of an execution of the pipeline."""

    CANCELLED = "Cancelled"
    IN_PROGRESS = "InProgress"
    STOPPED = "Stopped"
    STOPPING = "Stopping"
    SUCCEEDED = "Succeeded"
    SUPERSEDED = "Superseded"
    FAILED = "Failed"


class StageStatus(StrEnum):
    """Of a stage in one execution."""

    CANCELLED = "Cancelled"
    IN_PROGRESS = "InProgress"
    FAILED = "Failed"
    STOPPED = "Stopped"
    STOPPING = "Stopping"
    SUCCEEDED = "Succeeded"
    SKIPPED = "Skipped"


@dataclass(frozen=True)
class Trigger:
    """What started an execution."""

    type: str
    detail: str = ""


@dataclass
class Execution:
    """One way of a source through the pipeline; `attempt` holds the runs that count in the current stage.

    `attempts` counts it and its retries, `entered` is when it came into the stage, and `stage_retried` when that was
    retried. `checks` are the examinations of conditions by stage, `retried_stages` those that retried themselves. A
    rollback runs one stage alone, with what the execution `target` had of sources, variables and artifacts.
    """

    id: str
    pipeline: Pipeline
    trigger: Trigger
    started: float
    updated: float
    status: ExecutionStatus = ExecutionStatus.IN_PROGRESS
    status_summary: str = ""
    variables: dict[str, str] = field(default_factory=dict)
    overrides: dict[str, dict[str, str]] = field(default_factory=dict)
    stop_reason: str = ""
    stop_requested: bool = False
    stage_index: int = 0
    attempt: dict[str, ActionRun] = field(default_factory=dict)
    runs: dict[str, ActionRun] = field(default_factory=dict)
    artifacts: dict[str, Artifact] = field(default_factory=dict)
    namespaces: dict[str, Mapping[str, str]] = field(default_factory=dict)
    succeeded_stages: set[str] = field(default_factory=set)
    attempts: int = 1
    retried: float | None = None
    entered: float | None = None
    stage_retried: float | None = None
    checks: dict[tuple[str, ConditionType], Check] = field(default_factory=dict)
    retried_stages: set[str] = field(default_factory=set)
    target: str = ""

    @property
    def stage(self) -> Stage:
        """The stage that the execution is in or waits for."""
        return self.pipeline.stages[self.stage_index]

    @property
    def is_active(self) -> bool:
        return self.status in (ExecutionStatus.IN_PROGRESS, ExecutionStatus.STOPPING)

    @property
    def current_checks(self) -> dict[ConditionType, Check]:
        """The examinations of the stage that the execution is in."""
        return {kind: check for (stage, kind), check in self.checks.items() if stage == self.stage.name}

    def begin(self, action: Action, now: float, condition: str = "") -> ActionRun:
        """A new run of an action of the stage that the execution is in, or of a rule of one of its conditions.

        The token of an approval is the run's ID, there from the start: who is told of it may answer at once.
        """
        run_id = str(uuid.uuid4())
        return ActionRun(
            id=run_id,
            execution_id=self.id,
            stage=self.stage.name,
            action=action,
            started=now,
            updated=now,
            updated_by=self.trigger.detail or SERVICE,
            inputs=tuple(self.artifacts[name] for name in action.inputs),
            outputs=reserve(self.pipeline, action),
            token=run_id if action.is_approval else "",
            version=self.pipeline.version,
            condition=condition,
        )

    def enter(self, now: float) -> None:
        """Come into the stage."""
        self.entered, self.stage_retried = now, None

    def resume(self, now: float) -> None:
        """Go on where it ended."""
        self.attempts += 1
        self.retried = self.stage_retried = self.updated = now

    def running(self) -> list[ActionRun]:
        """The actions of the current stage that run now, and the rules of its conditions."""
        rules = [run for check in self.current_checks.values() for run in check.runs.values()]
        return [run for run in (*self.attempt.values(), *rules) if run.is_running]

    def assign(self, values: Mapping[str, str]) -> list[str]:
        """Give the pipeline's variables their values; answers the names of required ones without."""
        for variable in self.pipeline.variables:
            value = values.get(variable.name, variable.default)
            if value is not None:
                self.variables[variable.name] = value
        return [variable.name for variable in self.pipeline.variables if variable.name not in self.variables]

    def put(self, run: ActionRun) -> None:
        """Remember a run, or the newer state of one; it counts unless a retry has replaced it."""
        if run.condition:
            self._put_rule(run)
        else:
            current = self.attempt.get(run.action.name)
            if current is None or current.id == run.id:
                self.attempt[run.action.name] = run
        self.runs[run.id] = run
        self.updated = run.updated

    def _put_rule(self, run: ActionRun) -> None:
        place = run.stage, ConditionType(run.condition)
        check = self.checks.get(place) or Check(run.started)
        current = check.runs.get(run.action.name)
        if current is None or current.id == run.id:
            self.checks[place] = replace(check, runs={**check.runs, run.action.name: run})

    def settle(self, kind: ConditionType, status: ConditionStatus, now: float) -> None:
        """Let the rules of a condition decide nothing any more."""
        place = self.stage.name, kind
        self.checks[place] = replace(self.checks[place], settled=status, settled_at=now)

    def reopen(self, *, everything: bool) -> None:
        """Let the actions of the current stage run again, or those that failed, and examine again what was not met."""
        self.attempt = {} if everything else {name: run for name, run in self.attempt.items() if not run.is_retryable}
        for kind, check in self.current_checks.items():
            if not check.is_met:
                del self.checks[self.stage.name, kind]

    def keep(self, run: ActionRun) -> None:
        """Let later actions use what a run that succeeded has produced."""
        self.artifacts.update({artifact.name: artifact for artifact in run.outputs})
        if run.action.namespace:
            self.namespaces[run.action.namespace] = run.variables

    def finish(self, status: ExecutionStatus, now: float, summary: str = "") -> None:
        """End here."""
        self.status, self.status_summary, self.updated = status, summary, now

    def scopes(self) -> dict[str, Mapping[str, str]]:
        """The variables that the configuration of the next action may refer to, by namespace."""
        return {
            **self.namespaces,
            variables.PIPELINE: self.variables,
            variables.EXECUTION: {variables.EXECUTION_ID: self.id},
        }
