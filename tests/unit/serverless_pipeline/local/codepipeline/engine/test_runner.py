"""Runs of actions end by the answers of functions, or when their time is over.

Where the order of answer and invocation matters, a worker of the test decides it.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from serverless_pipeline.local.codepipeline.engine.engine import Engine
from serverless_pipeline.local.codepipeline.model.declaration import Pipeline
from serverless_pipeline.local.codepipeline.model.execution import (
    ActionRun,
    ErrorDetails,
    Execution,
    ExecutionStatus,
    Trigger,
)
from serverless_pipeline.local.codepipeline.model.jobs import Job, Result, Success
from serverless_pipeline.local.codepipeline.model.store import PipelineRecord, Scope, Store
from serverless_pipeline.local.codepipeline.providers.work import Failed, Outcome, Pending, Timing

if TYPE_CHECKING:
    from collections.abc import Callable

    Declare = Callable[..., dict[str, Any]]

SCOPE = Scope("000000000000", "us-east-1")

LATE = Failed("JobFailed", "too late")


def test_an_answer_before_the_invocation_returns_wins() -> None:
    worker, execution = started([Success()])

    assert worker.over.wait(10)
    assert execution.status is ExecutionStatus.SUCCEEDED


def test_a_continuation_before_the_invocation_returns_goes_on() -> None:
    worker, execution = started([Success(token="a"), Success(token="b"), Success()])

    assert worker.over.wait(10)
    assert worker.tokens == ["", "a", "b"]
    assert execution.status is ExecutionStatus.SUCCEEDED


def test_an_action_fails_when_nobody_answers_in_time(patiently: Callable[..., Any]) -> None:
    _, execution = started([], seconds=0)

    patiently(lambda: None if execution.is_active else True, "the end of the execution")

    assert execution.status is ExecutionStatus.FAILED
    assert [run.error for run in execution.runs.values()] == [ErrorDetails("JobFailed", "too late")]


@dataclass
class QuickWorker:
    """Answers each job, by this list, before its invocation returns."""

    store: Store
    answers: list[Result]
    seconds: float = 3600
    timing: Timing = field(default_factory=lambda: Timing(continuation=0.05))
    tokens: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)
    engine: Engine | None = None

    def perform(self, record: PipelineRecord, execution: Execution, run: ActionRun, continuation: str) -> Outcome:
        self.tokens.append(continuation)
        number = len(self.tokens)
        if number <= len(self.answers):
            job = Job(f"job{number}", record.scope, record.pipeline.name, execution.id, run.id, {})
            self.store.jobs[job.id] = job
            self.engine.runner.answer(SCOPE.account, job.id, self.answers[number - 1])
        if not execution.is_active or not self.answers:
            self.over.set()
        return Pending(self.seconds, LATE)


def pipeline() -> Pipeline:
    kind = {"category": "Invoke", "owner": "AWS", "provider": "Lambda", "version": "1"}
    document = {
        "name": "p",
        "roleArn": "r",
        "artifactStore": {"type": "S3", "location": "store"},
        "stages": [{"name": "Commit", "actions": [{"name": "Build", "actionTypeId": kind}]}],
    }
    return Pipeline.from_document(document, SCOPE.region)


def started(answers: list[Result], seconds: float = 3600) -> tuple[QuickWorker, Execution]:
    """An execution of one action, whose worker answers quickly."""
    store = Store()
    worker = QuickWorker(store, answers, seconds)
    worker.engine = Engine(store, worker)
    record = PipelineRecord(SCOPE, pipeline(), 0, 0)
    record.adopt(record.pipeline, 0)
    store.pipelines[SCOPE, "p"] = record
    return worker, worker.engine.start(record, Trigger("CreatePipeline"))
