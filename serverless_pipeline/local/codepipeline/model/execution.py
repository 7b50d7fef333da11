"""What a pipeline does: executions, the stage they are in, and each time an action ran.

Runs of actions are frozen and replaced; an execution is changed by the engine alone, under the store's lock.
"""

from __future__ import annotations

import secrets
import string
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from serverless_pipeline.local.codepipeline.model import variables

if TYPE_CHECKING:
    from collections.abc import Mapping

    from serverless_pipeline.local.codepipeline.model.declaration import Action, Pipeline, Stage

_LETTERS = string.ascii_letters + string.digits


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


class ActionStatus(StrEnum):
    """Of one run of an action."""

    IN_PROGRESS = "InProgress"
    ABANDONED = "Abandoned"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"


@dataclass(frozen=True)
class Revision:
    """Which version of the source an action found."""

    id: str
    change_id: str = ""
    summary: str = ""
    created: float | None = None


@dataclass(frozen=True)
class Artifact:
    """A zip object in the artifact store. Its key is reserved before anything lies there."""

    name: str
    bucket: str
    key: str
    revision: Revision | None = None


@dataclass(frozen=True)
class ErrorDetails:
    """Why an action failed, by one of AWS's codes, such as `JobFailed` or `PermissionError`."""

    code: str
    message: str


@dataclass(frozen=True)
class Trigger:
    """What started an execution."""

    type: str
    detail: str = ""


@dataclass(frozen=True)
class ActionRun:
    """One time that an action ran; a retry is another run."""

    id: str
    execution_id: str
    stage: str
    action: Action
    started: float
    updated: float
    updated_by: str
    status: ActionStatus = ActionStatus.IN_PROGRESS
    resolved: Mapping[str, str] = field(default_factory=dict)
    inputs: tuple[Artifact, ...] = ()
    outputs: tuple[Artifact, ...] = ()
    summary: str = ""
    external_id: str = ""
    percent: int | None = None
    error: ErrorDetails | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    revision: Revision | None = None
    token: str = ""

    @property
    def is_running(self) -> bool:
        return self.status is ActionStatus.IN_PROGRESS

    @property
    def is_undone(self) -> bool:
        """Whether a retry has to run the action again."""
        return self.status in (ActionStatus.FAILED, ActionStatus.ABANDONED)


@dataclass
class Execution:
    """One way of a source through the pipeline; `attempt` holds the runs that count in the current stage."""

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
    stop_asked: bool = False
    stage_index: int = 0
    attempt: dict[str, ActionRun] = field(default_factory=dict)
    runs: dict[str, ActionRun] = field(default_factory=dict)
    artifacts: dict[str, Artifact] = field(default_factory=dict)
    produced: dict[str, Mapping[str, str]] = field(default_factory=dict)
    succeeded_stages: set[str] = field(default_factory=set)

    @property
    def stage(self) -> Stage:
        """The stage that the execution is in or waits for."""
        return self.pipeline.stages[self.stage_index]

    @property
    def is_active(self) -> bool:
        return self.status in (ExecutionStatus.IN_PROGRESS, ExecutionStatus.STOPPING)

    def running(self) -> list[ActionRun]:
        """The actions of the current stage that run now."""
        return [run for run in self.attempt.values() if run.is_running]

    def assign(self, values: Mapping[str, str]) -> list[str]:
        """Give the pipeline's variables their values; answers the names of required ones without."""
        for variable in self.pipeline.variables:
            value = values.get(variable.name, variable.default)
            if value is not None:
                self.variables[variable.name] = value
        return [variable.name for variable in self.pipeline.variables if variable.name not in self.variables]

    def put(self, run: ActionRun) -> None:
        """Remember a run, or the newer state of one; it counts unless a retry has replaced it."""
        current = self.attempt.get(run.action.name)
        if current is None or current.id == run.id:
            self.attempt[run.action.name] = run
        self.runs[run.id] = run
        self.updated = run.updated

    def keep(self, run: ActionRun) -> None:
        """Let later actions use what a run that succeeded has produced."""
        self.artifacts.update({artifact.name: artifact for artifact in run.outputs})
        if run.action.namespace:
            self.produced[run.action.namespace] = run.variables

    def scopes(self) -> dict[str, Mapping[str, str]]:
        """The variables that the configuration of the next action may refer to, by namespace."""
        return {
            **self.produced,
            variables.PIPELINE: self.variables,
            variables.EXECUTION: {variables.EXECUTION_ID: self.id},
        }


def reserve(pipeline: Pipeline, action: Action) -> tuple[Artifact, ...]:
    """A place for each output artifact: `<pipeline, 20>/<artifact, 10>/<7 random>`, as AWS lays them out."""
    bucket = pipeline.store(action).bucket
    return tuple(Artifact(name, bucket, f"{pipeline.name[:20]}/{name[:10]}/{_random(7)}") for name in action.outputs)


def revised(artifacts: tuple[Artifact, ...], revision: Revision) -> tuple[Artifact, ...]:
    """The artifacts of a source action, with the revision that it found."""
    return tuple(replace(artifact, revision=revision) for artifact in artifacts)


def _random(length: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(length))
