"""What the service remembers, per account and region, in memory; whoever reads or changes it holds the lock."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from serverless_pipeline.local.codepipeline.model.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from serverless_pipeline.local.codepipeline.model.action_run import ActionRun
    from serverless_pipeline.local.codepipeline.model.action_types import CustomActionType
    from serverless_pipeline.local.codepipeline.model.declaration import ActionType, Pipeline
    from serverless_pipeline.local.codepipeline.model.execution import Execution, StageStatus
    from serverless_pipeline.local.codepipeline.model.jobs import Job
    from serverless_pipeline.local.codepipeline.model.scope import Scope
    from serverless_pipeline.local.codepipeline.model.webhooks import Webhook


@dataclass(frozen=True)
class Transition:
    """Whether executions may enter a stage, and who said so."""

    enabled: bool = True
    changed_by: str = ""
    changed_at: float | None = None
    reason: str = ""


@dataclass
class StageRecord:
    """A stage between and during executions: `holders` are in it, `waiting` are those that come next, in their order.

    `retries` counts those of people, `own_retries` those that the stage made by itself; `retried_by` is the last kind.
    """

    transition: Transition = field(default_factory=Transition)
    holders: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    latest: str = ""
    status: StageStatus | None = None
    retries: int = 0
    own_retries: int = 0
    retried_by: str = ""

    def enter(self, execution_id: str, status: StageStatus) -> None:
        """Let an execution in."""
        self.holders.append(execution_id)
        self.latest, self.status = execution_id, status
        self.retries, self.own_retries, self.retried_by = 0, 0, ""


@dataclass
class PipelineRecord:
    """A pipeline, its versions and everything that ran in it; executions are in order of their start.

    `revisions` are those that were put from outside, by stage, action and revision, each with its execution.
    `seen` are the revisions of its sources, by action and by what carries them, that were seen last.
    """

    scope: Scope
    pipeline: Pipeline
    created: float
    updated: float
    versions: dict[int, Pipeline] = field(default_factory=dict)
    stages: dict[str, StageRecord] = field(default_factory=dict)
    executions: dict[str, Execution] = field(default_factory=dict)
    latest_runs: dict[tuple[str, str], ActionRun] = field(default_factory=dict)
    requests: dict[str, str] = field(default_factory=dict)
    revisions: dict[tuple[str, str, str], str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    seen: dict[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        return self.scope.arn(self.pipeline.name)

    def adopt(self, pipeline: Pipeline, now: float) -> None:
        """Make this the current version; stages that keep their name keep their state."""
        self.pipeline = pipeline
        self.versions[pipeline.version] = pipeline
        self.updated = now
        self.seen = {}
        self.stages = {stage.name: self.stages.get(stage.name, StageRecord()) for stage in pipeline.stages}

    def current(self, run: ActionRun) -> ActionRun:
        """A run as it is now."""
        return self.executions[run.execution_id].runs[run.id]

    def put(self, run: ActionRun) -> None:
        """Remember a run, or the newer state of one, as the latest of its action."""
        self.executions[run.execution_id].put(run)
        if not run.condition:
            self.latest_runs[run.stage, run.action.name] = run


class Store:
    """The pipelines of every account and region, and the jobs by their id; `url` is where this AWS answers."""

    def __init__(self, url: str = "") -> None:
        self.url = url
        self.lock = threading.RLock()
        self.pipelines: dict[tuple[Scope, str], PipelineRecord] = {}
        self.jobs: dict[str, Job] = {}
        self.action_types: dict[tuple[Scope, ActionType], CustomActionType] = {}
        self.webhooks: dict[tuple[Scope, str], Webhook] = {}

    def find(self, scope: Scope, name: str) -> PipelineRecord | None:
        """The pipeline of this name."""
        return self.pipelines.get((scope, name))

    def pipelines_of(self, scope: Scope) -> list[PipelineRecord]:
        """The pipelines of an account in a region, by name."""
        records = [record for (owner, _), record in self.pipelines.items() if owner == scope]
        return sorted(records, key=lambda record: record.pipeline.name)

    def pipeline(self, scope: Scope, name: str) -> PipelineRecord:
        """The pipeline of this name.

        Raises:
            Refusal: there is none.
        """
        record = self.find(scope, name)
        if record is None:
            raise Refusal(
                "PipelineNotFoundException", f"Account '{scope.account}' does not have a pipeline with name '{name}'"
            )
        return record

    def execution(self, scope: Scope, name: str, execution_id: str) -> Execution:
        """An execution of a pipeline.

        Raises:
            Refusal: there is no such pipeline or execution.
        """
        execution = self.pipeline(scope, name).executions.get(execution_id)
        if execution is None:
            raise Refusal(
                "PipelineExecutionNotFoundException",
                f"Pipeline '{name}' does not have an execution with ID '{execution_id}'",
            )
        return execution

    def action_types_of(self, scope: Scope) -> dict[ActionType, CustomActionType]:
        """The types that an account may use in a region: its own, and those that others let it use."""
        shared = {
            kind: known
            for (owner, kind), known in self.action_types.items()
            if owner.region == scope.region and known.is_for(scope.account)
        }
        own = {kind: known for (owner, kind), known in self.action_types.items() if owner == scope}
        return {kind: known for kind, known in (shared | own).items() if not known.deleted}

    def secrets(self, scope: Scope) -> dict[ActionType, frozenset[str]]:
        """The secret keys of the types of actions that an account may use in a region."""
        return {kind: known.secrets for kind, known in self.action_types_of(scope).items()}

    def forget_jobs(self, *, execution_id: str = "", run_id: str = "") -> None:
        """Let the jobs of an execution or of a run be unknown from now on."""
        forgotten = [job.id for job in self.jobs.values() if execution_id == job.execution_id or run_id == job.run_id]
        for job_id in forgotten:
            del self.jobs[job_id]
