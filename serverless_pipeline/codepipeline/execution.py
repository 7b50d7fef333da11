"""An execution of the pipeline as far as it got: stages, actions, and what they mean together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from serverless_pipeline.errors import Error

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime


RUNNING = ("InProgress", "Stopping")
SUCCEEDED = "Succeeded"
FAILED = "Failed"


@dataclass(frozen=True)
class ActionState:
    """An action of one execution; its status and what follows from it are None until it starts."""

    name: str
    status: str | None = None
    summary: str | None = None
    error: str | None = None
    started: datetime | None = None
    ended: datetime | None = None
    function: str | None = None
    is_approval: bool = False

    @classmethod
    def from_declaration(cls, action: Mapping[str, Any]) -> ActionState:
        return cls(
            name=action["name"],
            function=action.get("configuration", {}).get("FunctionName"),
            is_approval=action["actionTypeId"]["category"] == "Approval",
        )


@dataclass(frozen=True)
class StageState:
    """A stage of one execution, with its actions in the order of the pipeline."""

    name: str
    status: str | None = None
    actions: tuple[ActionState, ...] = ()

    @classmethod
    def from_declaration(cls, stage: Mapping[str, Any]) -> StageState:
        in_order = sorted(stage["actions"], key=lambda action: action.get("runOrder", 1))
        return cls(stage["name"], actions=tuple(ActionState.from_declaration(action) for action in in_order))


@dataclass(frozen=True)
class Declaration:
    """The pipeline as it is declared: stages and actions that have not run yet."""

    name: str
    stages: tuple[StageState, ...]

    @classmethod
    def from_response(cls, pipeline: Mapping[str, Any]) -> Declaration:
        return cls(pipeline["name"], tuple(StageState.from_declaration(stage) for stage in pipeline["stages"]))


@dataclass(frozen=True)
class Execution:
    """One execution, as far as it got; `status` is CodePipeline's word."""

    pipeline: str
    id: str
    status: str
    trigger: str | None = None
    revision: str | None = None
    summary: str | None = None
    stages: tuple[StageState, ...] = ()

    @classmethod
    def from_response(cls, pipeline: str, document: Mapping[str, Any]) -> Execution:
        """Read an answer of GetPipelineExecution or an item of ListPipelineExecutions; neither tells of stages."""
        revisions = document.get("artifactRevisions") or document.get("sourceRevisions") or [{}]
        return cls(
            pipeline=pipeline,
            id=document["pipelineExecutionId"],
            status=document["status"],
            trigger=document.get("trigger", {}).get("triggerType"),
            revision=revisions[0].get("revisionId"),
            summary=revisions[0].get("revisionSummary"),
        )

    @property
    def is_running(self) -> bool:
        return self.status in RUNNING

    @property
    def actions(self) -> Iterator[tuple[StageState, ActionState]]:
        return ((stage, action) for stage in self.stages for action in stage.actions)

    def action(self, stage: str, name: str) -> ActionState:
        """One action as it stands."""
        return next(action for at, action in self.actions if (at.name, action.name) == (stage, name))

    @property
    def approval(self) -> tuple[StageState, ActionState] | None:
        """The approval that this execution waits for, if nothing else of it runs."""
        if not self.is_running:
            return None
        running = [(stage, action) for stage, action in self.actions if action.status == "InProgress"]
        waits = bool(running) and all(action.is_approval for _, action in running)
        return running[0] if waits else None

    @property
    def failure(self) -> tuple[StageState, ActionState] | None:
        """The action that failed first."""
        failed = [(stage, action) for stage, action in self.actions if action.status == FAILED]
        return min(failed, key=lambda pair: pair[1].ended.timestamp() if pair[1].ended else 0.0, default=None)

    def select(self, words: str) -> tuple[StageState, ActionState]:
        """The action meant by `Action` or `Stage/Action`; of several of one name, the one that started last.

        Raises:
            Error: the pipeline has no such action.
        """
        matches = [
            (stage, action) for stage, action in self.actions if words in (action.name, f"{stage.name}/{action.name}")
        ]
        if not matches:
            names = ", ".join(f"{stage.name}/{action.name}" for stage, action in self.actions)
            raise Error(f"The pipeline {self.pipeline} has no action {words!r}.", hint=f"one of {names}")
        return max(matches, key=lambda pair: pair[1].started.timestamp() if pair[1].started else 0.0)
