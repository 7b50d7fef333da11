from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from serverless_pipeline.codepipeline import pipeline
from serverless_pipeline.codepipeline.execution import Declaration
from serverless_pipeline.commands import run
from serverless_pipeline.commands.run import Started
from serverless_pipeline.errors import Error
from serverless_pipeline.project import bucket, source
from serverless_pipeline.project.source import Revision
from serverless_pipeline.settings import S3, Settings, WorkingTree

SHOP = Declaration("shop", ())
SNAPSHOT = Revision("abc", "commit abc", changed=True)


class Aws:
    """An account with the pipeline; it remembers what is done there, in its order."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.done: list[tuple[str, ...]] = []
        self.clients: Any = SimpleNamespace(
            codepipeline=SimpleNamespace(start_pipeline_execution=self.start_pipeline_execution)
        )
        monkeypatch.setattr(pipeline, "demand", lambda _, name: Declaration(name, ()))
        monkeypatch.setattr(bucket, "name", lambda settings, _: f"{settings.stack_name}-bucket")
        monkeypatch.setattr(source, "publish", self.publish)

    def start_pipeline_execution(self, *, name: str) -> dict[str, str]:
        self.done.append(("start", name))
        return {"pipelineExecutionId": "the-id"}

    def publish(self, _clients: object, bucket_name: str, key: str, folder: str) -> Revision:
        self.done.append((bucket_name, key, folder))
        return SNAPSHOT


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Aws:
    return Aws(monkeypatch)


def test_the_working_tree_is_published_before_the_execution_starts(aws: Aws) -> None:
    settings = Settings(stack_name="shop", source=WorkingTree("own/source.zip"), folder="services/api")

    started = run.start(settings, aws.clients)

    assert started == Started(SHOP, "the-id", SNAPSHOT)
    assert aws.done == [("shop-bucket", "own/source.zip", "services/api"), ("start", "shop")]


def test_a_source_that_lies_elsewhere_is_left_alone(aws: Aws) -> None:
    started = run.start(Settings(stack_name="shop", source=S3()), aws.clients)

    assert started == Started(SHOP, "the-id", None)
    assert aws.done == [("start", "shop")]


def test_without_a_pipeline_nothing_is_published(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    def demand(*_: object) -> None:
        raise Error("There is no pipeline.")

    monkeypatch.setattr(pipeline, "demand", demand)

    with pytest.raises(Error, match="no pipeline"):
        run.start(Settings(stack_name="shop"), aws.clients)
    assert aws.done == []


@pytest.mark.parametrize(
    ("snapshot", "lines"),
    [
        (SNAPSHOT, ["Published  source, commit abc"]),
        (Revision("abc", "commit abc", changed=False), ["Unchanged  source, commit abc"]),
        (
            replace(SNAPSHOT, left_out=("one is a link", "two/ is a repository")),
            ["Published  source, commit abc", "Left out   one is a link", "Left out   two/ is a repository"],
        ),
        (None, []),
    ],
)
def test_what_was_published_and_what_was_started_is_told(
    capsys: pytest.CaptureFixture[str], snapshot: Revision | None, lines: list[str]
) -> None:
    run.show(Started(SHOP, "the-id", snapshot))

    assert capsys.readouterr().err.splitlines() == [*lines, "Started    execution the-id"]
