from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

from serverless_pipeline import blueprint, bucket, templates
from serverless_pipeline.bundle import Bundle
from serverless_pipeline.errors import Misconfigured
from serverless_pipeline.settings import Settings
from serverless_pipeline.templates import Finding

if TYPE_CHECKING:
    from pathlib import Path

    from serverless_pipeline.aws import Clients

FINDING = Finding("roles", 12, "E3002", "error", "BucketNaem was unexpected", "      BucketNaem: shop")


def settings() -> Settings:
    return Settings(stack_name=f"blue-{uuid.uuid4().hex[:8]}", source="s3")


def test_templates_without_a_finding_are_counted() -> None:
    assert blueprint.check(Settings()) == 5


def test_a_finding_is_told_with_its_place_and_the_rendered_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(templates, "lint", lambda _: [FINDING])

    with pytest.raises(Misconfigured) as caught:
        blueprint.check(Settings())

    assert str(caught.value.message).splitlines() == [
        "The templates have a mistake:",
        "  roles:12  E3002  BucketNaem was unexpected",
        "    | BucketNaem: shop",
        "  Next: mend cfn/, then invoke pipeline.lint",
    ]


@pytest.mark.embedded
def test_the_root_names_the_nested_templates_by_their_content(clients: Clients) -> None:
    plan = blueprint.draw(settings(), clients)

    for name, text in plan.templates.items():
        if name != blueprint.ROOT:
            assert blueprint.template_key(name, text) in plan.root


def test_another_text_lies_under_another_key() -> None:
    keys = {blueprint.template_key("root", text) for text in ("one", "one", "two")}

    assert len(keys) == 2


@pytest.mark.embedded
def test_everything_is_published_once(clients: Clients, tmp_path: Path) -> None:
    chosen = settings()
    plan = blueprint.draw(chosen, clients)
    built = Bundle(tmp_path / "bundle.zip", "digest")
    built.path.write_bytes(b"zip")

    first = list(blueprint.publish(chosen, clients, plan, built))
    second = list(blueprint.publish(chosen, clients, plan, built))

    assert [verb for verb, _ in first] == ["Created", *["Published"] * (len(plan.templates) + 1)]
    assert second == []
    assert bucket.head(clients, plan.bucket, blueprint.bundle_key(built)) is not None


@pytest.mark.embedded
def test_the_source_is_published_where_there_is_none_yet(clients: Clients, tmp_path: Path) -> None:
    chosen = Settings(stack_name=f"blue-{uuid.uuid4().hex[:8]}")
    plan = blueprint.draw(chosen, clients)
    built = Bundle(tmp_path / "bundle.zip", "digest")
    built.path.write_bytes(b"zip")

    looks = [[thing for _, thing in blueprint.publish(chosen, clients, plan, built)] for _ in range(2)]

    assert looks[0][-1].startswith(f"s3://{plan.bucket}/source/source.zip  ")
    assert looks[1] == []
