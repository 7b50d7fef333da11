from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from serverless_pipeline.cloudformation.stack import Desired
from serverless_pipeline.project import bucket, bundle, plan, source, standing, templates
from serverless_pipeline.project.bundle import Bundle
from serverless_pipeline.project.source import Revision
from serverless_pipeline.settings import S3, Settings, WorkingTree
from tests.support.notes import note

CLIENTS: Any = SimpleNamespace(endpoint=None, account="123456789012", region="eu-west-1")
HOME = "shop-123456789012-eu-west-1"
BASE = f"https://{HOME}.s3.eu-west-1.amazonaws.com"


@pytest.fixture
def built(project: Path, monkeypatch: pytest.MonkeyPatch) -> Bundle:
    """A bundle that is soon built, of a project with a template."""
    one = Bundle(project / "bundle.zip", "digest")
    monkeypatch.setattr(bundle, "build", lambda _: one)
    return one


def test_a_plan_has_all_that_the_stack_is_made_of(built: Bundle) -> None:
    settings = Settings(stack_name="shop", source=S3())

    planned = plan.make(settings, CLIENTS)

    assert (planned.settings, planned.bucket, planned.bundle) == (settings, HOME, built)
    assert planned.templates == templates.draw(settings, BASE)
    assert planned.values["BundleBucket"] == HOME
    assert planned.values["BundleKey"] == "bundles/digest.zip"
    assert planned.values["Endpoint"] == ""
    assert planned.values["Shape"] == planned.templates.environment.shape.digest


@pytest.mark.usefixtures("built")
def test_tools_are_packed_beside_the_bundle_and_named_by_parameters() -> None:
    program = Path("tools/bin/node")
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh")

    planned = plan.make(Settings(stack_name="shop", source=S3(), tools=("tools",)), CLIENTS)

    [layer] = planned.tools
    assert planned.values["Tools1"] == layer.key
    assert planned.objects[layer.key] == layer.path
    assert set(planned.objects) == {*planned.templates.objects, "bundles/digest.zip", layer.key}


@pytest.mark.usefixtures("built")
def test_what_a_function_lacks_is_advised_against_beside_what_the_template_lacks() -> None:
    Path("tasks.py").write_text("def package(c):\n    c.run('make')\n")
    planned = plan.make(Settings(stack_name="shop", source=S3()), CLIENTS)

    advised = replace(planned, templates=replace(planned.templates, advice=("first",))).advice

    assert advised == (
        "first",
        "tasks.py:2: package runs make, which functions do not have; docs/tools.md says what to do instead",
    )


@pytest.mark.usefixtures("built")
def test_the_functions_of_the_embedded_aws_are_told_where_it_is() -> None:
    local: Any = SimpleNamespace(
        endpoint=SimpleNamespace(url="http://127.0.0.1:4566"), account="000000000000", region="us-east-1"
    )

    planned = plan.make(Settings(stack_name="shop", source=S3()), local)

    assert planned.values["Endpoint"] == "http://127.0.0.1:4566"
    assert planned.templates.base == "http://127.0.0.1:4566/shop-000000000000-us-east-1"


@pytest.mark.usefixtures("built")
def test_the_stack_is_desired_with_its_tags_and_its_role() -> None:
    role = "arn:aws:iam::123456789012:role/deployer"
    settings = Settings(stack_name="shop", source=S3(), service_role=role)

    planned = plan.make(settings, CLIENTS)

    assert planned.desired == Desired("shop", planned.templates.url, planned.values, {"Application": "shop"}, role)


def test_everything_lies_under_a_key_that_names_its_content(built: Bundle) -> None:
    planned = plan.make(Settings(stack_name="shop", source=S3()), CLIENTS)

    assert dict(planned.objects) == planned.templates.objects | {"bundles/digest.zip": built.path}


@pytest.mark.usefixtures("built")
def test_a_plan_looks_at_its_own_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[str] = []
    monkeypatch.setattr(standing, "look", lambda _, name: looks.append(name))

    plan.look(plan.make(Settings(stack_name="shop", source=S3()), CLIENTS), CLIENTS)

    assert looks == ["shop"]


class Bucket:
    """A bucket that is there and holds everything but perhaps the source; `published` counts the sources."""

    def __init__(self, patched: pytest.MonkeyPatch, revision: Revision) -> None:
        self.source: dict[str, str] | None = None
        self.published = 0
        self.revision = revision
        patched.setattr(bucket, "ensure", lambda *_: False)
        patched.setattr(bucket, "publish", lambda *_: False)
        patched.setattr(bucket, "head", lambda *_: self.source)
        patched.setattr(source, "publish", self.publish)

    def publish(self, _clients: object, name: str, key: str, folder: str) -> Revision:
        assert (name, key, folder) == (HOME, "source/source.zip", "api")
        self.published += 1
        return self.revision


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize(
    ("releases", "there", "published"), [(True, True, 1), (True, False, 1), (False, False, 1), (False, True, 0)]
)
def test_the_working_tree_is_published_if_that_releases_it_or_nothing_is_there(
    monkeypatch: pytest.MonkeyPatch, published: int, *, releases: bool, there: bool
) -> None:
    home = Bucket(monkeypatch, Revision("abc", "commit abc", changed=True))
    home.source = {} if there else None
    planned = plan.make(Settings(stack_name="shop", source=WorkingTree(), folder="api"), CLIENTS)

    lines = list(plan.publish(planned, CLIENTS, releases=releases))

    assert home.published == published
    assert lines == [("Published", f"s3://{HOME}/source/source.zip  commit abc")] * published


@pytest.mark.usefixtures("built")
def test_what_does_not_come_along_is_told_even_if_nothing_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    Bucket(monkeypatch, Revision("abc", "commit abc", changed=False, left_out=("sdk is a submodule",)))

    planned = plan.make(Settings(stack_name="shop", source=WorkingTree(), folder="api"), CLIENTS)

    assert list(plan.publish(planned, CLIENTS)) == [("Left out", "sdk is a submodule")]


@pytest.mark.usefixtures("built")
def test_what_was_not_there_yet_is_told_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    planned = plan.make(Settings(stack_name="shop", source=S3()), CLIENTS)
    monkeypatch.setattr(bucket, "ensure", lambda *_: True)
    monkeypatch.setattr(bucket, "publish", lambda _, _name, key, _content: key.startswith("bundles/"))

    lines = list(plan.publish(planned, CLIENTS))

    assert lines == [("Created", f"bucket {HOME}"), ("Published", f"s3://{HOME}/bundles/digest.zip")]


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize("is_new", [True, False])
def test_the_templates_alone_can_be_published(monkeypatch: pytest.MonkeyPatch, *, is_new: bool) -> None:
    planned = plan.make(Settings(stack_name="shop", source=S3(), tags={"Team": "a"}), CLIENTS)
    made: list[Any] = []
    published: dict[str, bytes] = {}
    monkeypatch.setattr(bucket, "ensure", lambda _, name, tags: note(made, (name, tags), is_new))
    monkeypatch.setattr(bucket, "publish", lambda _, _name, key, content: published.update({key: content}))

    assert plan.publish_templates(planned, CLIENTS) is is_new
    assert made == [(HOME, {"Application": "shop", "Team": "a"})]
    assert published == planned.templates.objects
