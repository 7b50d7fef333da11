from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from serverless_pipeline.project import bucket, bundle, plan
from serverless_pipeline.project.bundle import Bundle
from serverless_pipeline.settings import S3, Settings, WorkingTree

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from serverless_pipeline.aws import Clients
    from serverless_pipeline.project.plan import Plan


def planned(clients: Clients, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: S3 | WorkingTree) -> Plan:
    """A plan with a bundle that is soon built."""
    built = Bundle(tmp_path / "bundle.zip", "digest")
    built.path.write_bytes(b"zip")
    monkeypatch.setattr(bundle, "build", lambda _: built)
    name = f"blue-{uuid.uuid4().hex[:8]}"
    return plan.make(Settings(stack_name=name, source=source, template="app/environment.yml"), clients)


def test_everything_is_published_once(clients: Clients, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = planned(clients, tmp_path, monkeypatch, S3())

    first, second = list(plan.publish(one, clients)), list(plan.publish(one, clients))

    assert [verb for verb, _ in first] == ["Created", *["Published"] * 5]
    assert second == []
    assert all(bucket.head(clients, one.bucket, key) is not None for key in one.objects)


def test_the_source_is_published_where_there_is_none_yet(
    clients: Clients, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = planned(clients, tmp_path, monkeypatch, WorkingTree())

    looks = [[thing for _, thing in plan.publish(one, clients)] for _ in range(2)]

    assert looks[0][-1].startswith(f"s3://{one.bucket}/source/source.zip  ")
    assert looks[1] == []


def test_for_a_look_only_the_templates_are_published(
    clients: Clients, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = planned(clients, tmp_path, monkeypatch, S3())

    assert [plan.publish_templates(one, clients) for _ in range(2)] == [True, False]
    listed = clients.s3.list_objects_v2(Bucket=one.bucket)["Contents"]
    assert {entry["Key"] for entry in listed} == set(one.templates.objects)
