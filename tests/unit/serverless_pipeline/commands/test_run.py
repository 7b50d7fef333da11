from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from serverless_pipeline.cloudformation import stack
from serverless_pipeline.cloudformation.stack import Stack, Status
from serverless_pipeline.codepipeline import pipeline
from serverless_pipeline.codepipeline.execution import Declaration
from serverless_pipeline.commands import run
from serverless_pipeline.commands.run import Started
from serverless_pipeline.environment.shape import Shape
from serverless_pipeline.errors import Error, Misconfigured
from serverless_pipeline.project import bucket, source
from serverless_pipeline.project.source import Revision
from serverless_pipeline.settings import S3, Settings, WorkingTree

SHOP = Declaration("shop", ())
SNAPSHOT = Revision("abc", "commit abc", changed=True)
TABLE = {"Type": "AWS::DynamoDB::Table"}
SITE = {"Type": "AWS::S3::Bucket", "Metadata": {"Delivery": {"Path": "dist/site"}}}
OWN = Shape.of({"Resources": {"Table": TABLE, "Site": SITE}})


class Aws:
    """An account with the pipeline, made for a table and a site; it remembers what is done there, in its order."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.done: list[tuple[str, ...]] = []
        self.parameters = {"Shape": OWN.digest}
        self.template: str | dict[str, Any] = "Metadata:\n  Shape:\n" + "".join(
            f"    - {json.dumps(line)}\n" for line in OWN.lines()
        )
        monkeypatch.setattr(
            stack, "demand", lambda _, name: Stack(name, "arn:shop", Status.CREATE_COMPLETE, {}, self.parameters)
        )
        monkeypatch.setattr(stack, "template", lambda _, stack_id: {"arn:shop": self.template}[stack_id])
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
def aws(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Aws:
    """The account, and a project whose environments are a table and a site."""
    monkeypatch.chdir(tmp_path)
    write(Table=TABLE, Site=SITE)
    return Aws(monkeypatch)


def write(**resources: Any) -> None:
    """Write the template of the project that is here."""
    Path("template.yaml").write_text(json.dumps({"Resources": resources}))


def test_the_working_tree_is_published_before_the_execution_starts(aws: Aws) -> None:
    settings = Settings(stack_name="shop", source=WorkingTree("own/source.zip"), folder="services/api")

    started = run.start(settings, aws.clients)

    assert started == Started(SHOP, "the-id", SNAPSHOT)
    assert aws.done == [("shop-bucket", "own/source.zip", "services/api"), ("start", "shop")]


QUEUE = {"Type": "AWS::SQS::Queue"}
ELSEWHERE = {**SITE, "Metadata": {"Delivery": {"Path": "dist/site", "Name": "Docs"}}}


@pytest.mark.parametrize(
    ("resources", "lines"),
    [
        ({"Table": TABLE, "Site": SITE, "Queue": QUEUE}, ["+ it needs rights for AWS::SQS::Queue"]),
        (
            {"Table": TABLE, "Site": ELSEWHERE},
            [
                "+ it delivers Docs from dist/site, bucket=!Ref Site",
                "- it delivers Site from dist/site, bucket=!Ref Site",
            ],
        ),
    ],
    ids=["another right", "another delivery"],
)
@pytest.mark.parametrize("is_json", [False, True])
def test_a_template_that_wants_another_pipeline_is_refused_before_anything_is_published(
    aws: Aws, resources: dict[str, Any], lines: list[str], *, is_json: bool
) -> None:
    write(**resources)
    if is_json:
        aws.template = {"Metadata": {"Shape": list(OWN.lines())}}

    with pytest.raises(Misconfigured) as raised:
        run.start(Settings(stack_name="shop"), aws.clients)

    assert str(raised.value).splitlines() == [
        "The template template.yaml wants another pipeline than was made for it; nothing is delivered:",
        *(f"  {line}" for line in lines),
        "  Next: invoke pipeline.up",
    ]
    assert aws.done == []


def test_a_pipeline_that_knows_no_shape_yet_is_to_be_made_anew(aws: Aws) -> None:
    aws.parameters, aws.template = {}, "Resources: {}"

    with pytest.raises(Misconfigured) as raised:
        run.start(Settings(stack_name="shop"), aws.clients)

    assert str(raised.value).splitlines()[1:] == [
        "  it delivers Site from dist/site, bucket=!Ref Site",
        "  it needs rights for AWS::DynamoDB::Table",
        "  it needs rights for AWS::S3::Bucket",
        "  Next: invoke pipeline.up",
    ]


def test_a_project_without_its_template_is_refused_before_anything_is_published(aws: Aws) -> None:
    Path("template.yaml").unlink()

    with pytest.raises(Misconfigured, match=r"there is no template\.yaml"):
        run.start(Settings(stack_name="shop"), aws.clients)

    assert aws.done == []


@pytest.mark.parametrize("change", [{"Properties": {"TableName": "votes"}}, {"DeletionPolicy": "Retain"}])
def test_what_a_commit_can_change_alone_is_released(aws: Aws, change: dict[str, Any]) -> None:
    write(Table=TABLE | change, Site=SITE)

    assert run.start(Settings(stack_name="shop"), aws.clients) == Started(SHOP, "the-id", SNAPSHOT)


def test_a_source_that_lies_elsewhere_is_left_alone_whatever_lies_here(aws: Aws) -> None:
    Path("template.yaml").unlink()

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
