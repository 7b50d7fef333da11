from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from serverless_pipeline.project import bucket
from serverless_pipeline.project import plan as blueprint
from serverless_pipeline.project.bundle import Bundle
from serverless_pipeline.settings import S3, Settings

if TYPE_CHECKING:
    from pathlib import Path

    from serverless_pipeline.aws import Clients


def settings() -> Settings:
    return Settings(stack_name=f"blue-{uuid.uuid4().hex[:8]}", source=S3())


def test_the_root_names_the_nested_templates_by_their_content(clients: Clients) -> None:
    plan = blueprint.draw(settings(), clients)

    for name, text in plan.templates.items():
        if name != blueprint.ROOT:
            assert blueprint.template_key(name, text) in plan.root


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


def test_the_source_is_published_where_there_is_none_yet(clients: Clients, tmp_path: Path) -> None:
    chosen = Settings(stack_name=f"blue-{uuid.uuid4().hex[:8]}")
    plan = blueprint.draw(chosen, clients)
    built = Bundle(tmp_path / "bundle.zip", "digest")
    built.path.write_bytes(b"zip")

    looks = [[thing for _, thing in blueprint.publish(chosen, clients, plan, built)] for _ in range(2)]

    assert looks[0][-1].startswith(f"s3://{plan.bucket}/source/source.zip  ")
    assert looks[1] == []
