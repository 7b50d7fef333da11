"""A source that has changed starts an execution."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.local.codepipeline import providers
from serverless_pipeline.local.codepipeline.engine import detection
from serverless_pipeline.local.codepipeline.engine.detection import Watch
from serverless_pipeline.local.codepipeline.model.action_run import Revision
from serverless_pipeline.local.codepipeline.model.execution import Trigger
from serverless_pipeline.local.codepipeline.providers import source_connection
from serverless_pipeline.local.codepipeline.providers.work import Sighting, Succeeded
from serverless_pipeline.local.iam import roles
from tests.support.engine import InMemory, action, declaration

if TYPE_CHECKING:
    from serverless_pipeline.local.codepipeline.model.store import PipelineRecord

MAIN = "refs/heads/main"
CONFIGURATION = {"ConnectionArn": "arn:c", "FullRepositoryId": "ada/app", "BranchName": "main"}


class Source:
    """A repository whose branches a test moves, and a watch that looks when a test wants it."""

    def __init__(self, in_memory: InMemory) -> None:
        self.in_memory = in_memory
        self.revisions = {MAIN: "1"}
        self.changed: tuple[str, ...] = ()
        self.watch = Watch(in_memory.engine, "http://aws", 3)

    def record(self, triggers: list[dict[str, Any]] | None = None, **configuration: str) -> PipelineRecord:
        """A pipeline whose first execution has brought the first revision."""
        source = action(
            "Source", "Source", "CodeStarSourceConnection", configuration={**CONFIGURATION, **configuration}
        )
        stages = (("Source", [source]), ("Commit", [action("Build")]))
        record = self.in_memory.record(declaration(*stages, **({"triggers": triggers} if triggers else {})))
        self.bring("1")
        self.in_memory.start(record)
        return record

    def bring(self, revision: str) -> None:
        self.in_memory.outcomes["Source"] = Succeeded(revision=Revision(revision))

    def look(self) -> None:
        self.watch.look()
        self.in_memory.schedule.run()

    def push(self, reference: str, revision: str, *changed: str) -> None:
        self.revisions, self.changed = {**self.revisions, reference: revision}, changed
        self.bring(revision)
        self.look()


@pytest.fixture
def source(in_memory: InMemory, monkeypatch: pytest.MonkeyPatch) -> Source:
    one = Source(in_memory)
    detect = replace(
        source_connection.PROVIDER.detection,  # type: ignore[type-var]
        look=lambda *_: Sighting(MAIN, one.revisions),
        changed=lambda *_: one.changed,
    )
    provider = replace(source_connection.PROVIDER, detection=detect)
    monkeypatch.setattr(
        providers,
        "find",
        lambda kind: provider if kind.category == "Source" else None,
    )
    session = SimpleNamespace(expiration=float("inf"))
    monkeypatch.setattr(roles, "assume", lambda *_: session)
    return one


def triggers_of(record: PipelineRecord) -> list[Trigger]:
    return [execution.trigger for execution in record.executions.values()][1:]


def test_what_the_first_execution_brought_starts_nothing(source: Source) -> None:
    record = source.record()

    source.look()
    source.look()

    assert triggers_of(record) == []


def test_a_newer_revision_starts_one_execution(source: Source) -> None:
    record = source.record()
    source.look()

    source.push(MAIN, "2")
    source.look()

    assert triggers_of(record) == [Trigger("WebhookV2", "arn:c")]


def test_what_changed_before_the_first_look_is_noticed(source: Source) -> None:
    record = source.record()

    source.push(MAIN, "2")

    assert triggers_of(record) == [Trigger("WebhookV2", "arn:c")]


def test_what_an_execution_has_taken_already_starts_no_other(source: Source) -> None:
    record = source.record()
    source.look()
    source.bring("2")
    source.revisions = {MAIN: "2"}
    source.in_memory.start(record)

    source.look()

    assert triggers_of(record) == [Trigger("StartPipelineExecution", "arn:aws:iam::111122223333:user/ada")]


def test_another_branch_starts_nothing(source: Source) -> None:
    record = source.record()
    source.look()

    source.push("refs/heads/other", "2")

    assert triggers_of(record) == []


def test_a_source_that_says_no_is_not_looked_at(source: Source) -> None:
    record = source.record(DetectChanges="false")

    source.push(MAIN, "2")

    assert (triggers_of(record), record.seen) == ([], {})


def test_what_appears_where_nothing_was_starts_an_execution(source: Source) -> None:
    source.revisions = {MAIN: ""}
    record = source.record()
    source.bring("")
    source.look()

    source.push(MAIN, "2")

    assert triggers_of(record) == [Trigger("WebhookV2", "arn:c")]


def test_a_source_that_runs_is_looked_at_later(source: Source) -> None:
    record = source.record()
    source.look()
    del source.in_memory.outcomes["Source"]
    source.in_memory.start(record)

    source.revisions = {MAIN: "2"}
    source.look()

    assert len(triggers_of(record)) == 1
    assert record.seen == {"Source": {MAIN: "1"}}


def trigger(**push: Any) -> list[dict[str, Any]]:
    git = {"sourceActionName": "Source", "push": [push]}
    return [{"providerType": "CodeStarSourceConnection", "gitConfiguration": git}]


def test_a_trigger_goes_before_the_word_of_the_action_and_brings_the_commit_of_the_push(source: Source) -> None:
    record = source.record(trigger(branches={"includes": ["feature/*"]}), DetectChanges="false")
    source.look()

    source.push(MAIN, "2")
    source.push("refs/heads/feature/a", "3")

    _, last = record.executions.values()
    assert last.overrides == {"Source": {"COMMIT_ID": "3", "BRANCH": "feature/a"}}


@pytest.mark.parametrize(("path", "count"), [("src/a", 1), ("docs/a", 0)])
def test_a_trigger_looks_at_the_paths(source: Source, path: str, count: int) -> None:
    record = source.record(trigger(filePaths={"includes": ["src/**"]}))
    source.look()

    source.push(MAIN, "2", path)

    assert len(triggers_of(record)) == count


def test_what_cannot_be_seen_starts_nothing_and_is_looked_at_again(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = source.record()
    with monkeypatch.context() as broken:
        broken.setattr(roles, "assume", lambda *_: 1 / 0)
        source.look()

    source.push(MAIN, "2")

    assert triggers_of(record) == [Trigger("WebhookV2", "arn:c")]


def test_why_a_source_cannot_be_seen_is_said_once_and_again_when_it_is_another_reason(
    source: Source, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    record = source.record()
    words = []
    for message in ("no", "no", "never", None, "never"):

        def assume(*_: object, message: str | None = message) -> SimpleNamespace:
            if message:
                raise ValueError(message)
            return SimpleNamespace(expiration=0)

        monkeypatch.setattr(roles, "assume", assume)
        caplog.clear()
        source.look()
        words.append(caplog.messages)

    said = f"The source Source of {record.arn} cannot be looked at: ValueError"
    assert words == [[f"{said}('no')"], [], [f"{said}('never')"], [], [f"{said}('never')"]]


def test_it_looks_from_its_beginning_on_and_again_after_each_look(source: Source) -> None:
    source.watch.begin()
    source.in_memory.schedule.fire(detection.NAME)

    assert source.in_memory.schedule.timers[detection.NAME][0] == 3
