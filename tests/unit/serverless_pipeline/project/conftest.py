"""Clients that reach nobody, a repository of git, and a project with a template of its environments."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.support import environments
from tests.support.offline import clients
from tests.support.repository import repository

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["clients", "project", "repository"]


@pytest.fixture
def project(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory of the test's own with a template that has one function to deliver."""
    folder = tmp_path_factory.mktemp("project")
    monkeypatch.chdir(folder)
    body = {"Resources": {"Worker": environments.function()}, "Outputs": {"Url": {"Value": "x"}}}
    (folder / "template.yaml").write_text(json.dumps(body))
    return folder
