"""CodePipeline in memory: an engine whose clock, threads, timers and actions a test moves by hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import botocore.session
import pytest

from serverless_pipeline.local.codepipeline.engine.engine import Engine
from serverless_pipeline.local.codepipeline.engine.schedule import Schedule
from serverless_pipeline.local.codepipeline.model.declaration import Pipeline
from serverless_pipeline.local.codepipeline.model.execution import Trigger
from serverless_pipeline.local.codepipeline.model.jobs import Job
from serverless_pipeline.local.codepipeline.model.scope import Scope
from serverless_pipeline.local.codepipeline.model.store import PipelineRecord, Store
from serverless_pipeline.local.codepipeline.providers.work import Failed, Pending, Timing
from serverless_pipeline.local.codepipeline.wire.authorization import Caller

if TYPE_CHECKING:
    from collections.abc import Callable

    from serverless_pipeline.local.codepipeline.engine.announcements import Announcement
    from serverless_pipeline.local.codepipeline.model.action_run import ActionRun
    from serverless_pipeline.local.codepipeline.model.execution import Execution
    from serverless_pipeline.local.codepipeline.providers.work import Outcome

ACCOUNT = "111122223333"
REGION = "eu-west-1"
SCOPE = Scope(ACCOUNT, REGION)
ARN = f"arn:aws:codepipeline:{REGION}:{ACCOUNT}:p"
CALLER = Caller(SCOPE, f"arn:aws:iam::{ACCOUNT}:user/ada")
TIMING = Timing(answer=60, action=600, approval=6000, continuation=5, look=2)
LATE = Failed("JobFailed", "too late")
WAITING = Pending(60, LATE)

Document = dict[str, Any]


class ManualSchedule(Schedule):
    """Nothing happens until a test lets it happen, and no time goes by but what a test adds."""

    def __init__(self) -> None:
        super().__init__()
        self.time = 1000.0
        self.threads: list[tuple[str, Callable[[], None]]] = []
        self.timers: dict[str, tuple[float, Callable[[], None]]] = {}

    def now(self) -> float:
        return self.time

    def spawn(self, name: str, act: Callable[[], None]) -> None:
        self.threads.append((name, act))

    def arm(self, name: str, seconds: float, act: Callable[[], None]) -> None:
        self.timers[name] = (seconds, act)

    def disarm(self, name: str) -> None:
        self.timers.pop(name, None)

    def run(self) -> None:
        """Let every thread run to its end, those that they start too."""
        while self.threads:
            _, act = self.threads.pop(0)
            act()

    def fire(self, name: str) -> None:
        """Let the time of a timer be over."""
        _, act = self.timers.pop(name)
        act()


@dataclass
class InMemory:
    """An engine, and the actions that it performed; each comes to its outcome, or waits if it has none."""

    store: Store = field(default_factory=Store)
    schedule: ManualSchedule = field(default_factory=ManualSchedule)
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    performed: list[tuple[str, str]] = field(default_factory=list)
    announcements: list[Announcement] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.engine = Engine(self.store, self.perform, TIMING, self.schedule, self.announcements.append)

    def perform(self, _record: PipelineRecord, run: ActionRun, continuation: str) -> Outcome:
        self.performed.append((run.action.name, continuation))
        return self.outcomes.get(run.action.name, WAITING)

    def record(self, document: Document | None = None, scope: Scope = SCOPE) -> PipelineRecord:
        """A pipeline in which nothing ran yet."""
        pipeline = Pipeline.from_document(document or declaration(), scope.region)
        record = PipelineRecord(scope, pipeline, 1.0, 2.0)
        record.adopt(pipeline, 2.0)
        self.store.pipelines[scope, pipeline.name] = record
        return record

    def start(self, record: PipelineRecord, **options: Any) -> Execution:
        """An execution whose first actions are under way."""
        execution = self.engine.start(record, Trigger("StartPipelineExecution", CALLER.arn), **options)
        self.schedule.run()
        return execution

    def job(self, run: ActionRun, job_id: str = "j") -> Job:
        """A job of a run, which can be answered."""
        job = Job(job_id, SCOPE, "p", run.execution_id, run.id, {})
        self.store.jobs[job_id] = job
        return job


def action(name: str, category: str = "Invoke", provider: str = "Lambda", **more: Any) -> Document:
    """An action of AWS's own, version 1."""
    kind = {"category": category, "owner": "AWS", "provider": provider, "version": "1"}
    return {"name": name, "actionTypeId": kind, **more}


def declaration(*stages: tuple[str, list[Document]], **more: Any) -> Document:
    """A pipeline `p`; of a source and a build, unless stages are named."""
    stages = stages or (("Source", [action("Source", "Source", "S3")]), ("Commit", [action("Build")]))
    return {
        "name": "p",
        "roleArn": f"arn:aws:iam::{ACCOUNT}:role/pipeline",
        "artifactStore": {"type": "S3", "location": "store"},
        "pipelineType": "V2",
        "stages": [{"name": name, "actions": actions} for name, actions in stages],
        **more,
    }


def run_of(execution: Execution, name: str) -> ActionRun:
    """The latest run of an action in an execution."""
    return [run for run in execution.runs.values() if run.action.name == name][-1]


def words_of(shape: str) -> list[str]:
    """The words that AWS allows for a status or the like, sorted."""
    model = botocore.session.get_session().get_service_model("codepipeline")
    return sorted(model.shape_for(shape).enum)  # type: ignore[attr-defined]


@pytest.fixture
def in_memory() -> InMemory:
    """CodePipeline without threads, clock and AWS."""
    return InMemory()
