from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import DataNotFoundError
from botocore.loaders import JSONFileLoader
from botocore.session import Session

from serverless_pipeline.aws import models

if TYPE_CHECKING:
    from pathlib import Path


def session() -> Session:
    session = Session()
    session.set_credentials("AKIAEXAMPLE", "secret")
    session.set_config_variable("region", "eu-west-1")
    return session


def test_a_client_of_whatever_service_is_what_botocore_makes() -> None:
    ours, theirs = session(), session()
    models.load_one_by_one(ours)

    for service in ("sts", "logs"):
        client, peer = ours.create_client(service), theirs.create_client(service)

        assert client.meta.service_model.metadata == peer.meta.service_model.metadata
        assert client.meta.endpoint_url == peer.meta.endpoint_url
    assert client.can_paginate("describe_log_groups")


def test_no_other_service_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[str] = []
    exists = JSONFileLoader.exists

    def note(loader: JSONFileLoader, file_path: str) -> bool:
        looks.append(file_path)
        return exists(loader, file_path)

    models._models.cache_clear()
    monkeypatch.setattr(JSONFileLoader, "exists", note)
    light, heavy = session(), session()
    models.load_one_by_one(light)

    light.create_client("sts")
    own = len(looks)
    heavy.create_client("sts")

    assert own > 0
    assert {path for path in looks[:own] if "/sts/" not in path} == set()
    assert len(looks) - own > 400


def test_a_later_session_does_not_read_a_model_again(monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[str] = []
    load = JSONFileLoader.load_file

    def note(loader: JSONFileLoader, file_path: str) -> object:
        reads.append(file_path)
        return load(loader, file_path)

    models._models.cache_clear()
    monkeypatch.setattr(JSONFileLoader, "load_file", note)
    for _ in range(2):
        one = session()
        models.load_one_by_one(one)
        one.create_client("sts")

    services = [path for path in reads if path.endswith("sts/2011-06-15/service-2")]
    assert len(services) == 1


def test_a_service_that_does_not_exist_is_named() -> None:
    ours = session()
    models.load_one_by_one(ours)

    with pytest.raises(DataNotFoundError, match="nosuch"):
        ours.create_client("nosuch")


def test_models_of_the_users_own_are_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "own" / "2026-01-01").mkdir(parents=True)
    (tmp_path / "own" / "2026-01-01" / "service-2.json").write_text('{"metadata": {"serviceId": "Own"}}')
    monkeypatch.setenv("AWS_DATA_PATH", str(tmp_path))
    ours = session()
    models.load_one_by_one(ours)

    assert ours.get_service_data("own")["metadata"]["serviceId"] == "Own"
