from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from serverless_pipeline.aws import Endpoint
from serverless_pipeline.local.client import record
from serverless_pipeline.local.client.record import Illegible
from serverless_pipeline.local.modes import Modes

if TYPE_CHECKING:
    from pathlib import Path

ENDPOINT = Endpoint("http://127.0.0.1:4600", "key", "secret", "eu-west-1", throttles=True)
SERVER = record.Server(42, 4600, ENDPOINT, "2026-01-01T00:00:00+00:00", Modes(0.5, block_public_access=True))
DOCUMENT = {
    "pid": 42,
    "port": 4600,
    "url": "http://127.0.0.1:4600",
    "access_key_id": "key",
    "secret_access_key": "secret",
    "region": "eu-west-1",
    "started": "2026-01-01T00:00:00+00:00",
    "eventual": 0.5,
    "block_public_access": True,
    "sandbox": "automatic",
    "concurrency": 100,
    "codepipeline_timing": "",
    "repositories": {},
    "stub_providers": False,
}
MODES = {
    *("eventual", "block_public_access", "sandbox", "concurrency"),
    *("codepipeline_timing", "repositories", "stub_providers"),
}


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "aws.json"

    record.write(path, SERVER)

    assert record.read(path) == SERVER


def test_the_file_is_a_document_for_people_too(tmp_path: Path) -> None:
    path = tmp_path / "aws.json"

    record.write(path, SERVER)

    assert path.read_text() == json.dumps(DOCUMENT, indent=2) + "\n"


def test_only_the_user_may_read_it_even_where_a_wider_file_was(tmp_path: Path) -> None:
    path = tmp_path / "aws.json"
    path.touch(mode=0o644)

    record.write(path, SERVER)

    assert path.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["aws.json"]


def test_what_an_interrupted_write_left_does_not_disturb(tmp_path: Path) -> None:
    path = tmp_path / "aws.json"
    (tmp_path / "aws.new").write_text("half")

    record.write(path, SERVER)

    assert record.read(path) == SERVER


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": 1', '{"url": 1, "pid": null}'])
def test_a_file_that_is_not_whole_is_illegible(tmp_path: Path, text: str) -> None:
    path = tmp_path / "aws.json"
    path.write_text(text)

    server = record.read(path)

    assert isinstance(server, Illegible)
    assert server.reason


@pytest.mark.parametrize("key", [key for key in DOCUMENT if key not in MODES])
def test_what_is_missing_is_named(tmp_path: Path, key: str) -> None:
    path = tmp_path / "aws.json"
    path.write_text(json.dumps({name: value for name, value in DOCUMENT.items() if name != key}))

    assert record.read(path) == Illegible(f"'{key}' is missing")


def test_a_server_of_an_earlier_version_runs_as_all_did(tmp_path: Path) -> None:
    path = tmp_path / "aws.json"
    path.write_text(json.dumps({name: value for name, value in DOCUMENT.items() if name not in MODES}))

    server = record.read(path)

    assert isinstance(server, record.Server)
    assert (server.modes, server.endpoint.throttles) == (Modes(), False)


@pytest.mark.parametrize("key", ["pid", "port"])
def test_what_must_be_a_number_is_one(tmp_path: Path, key: str) -> None:
    path = tmp_path / "aws.json"
    path.write_text(json.dumps(DOCUMENT | {key: "x"}))

    assert record.read(path) == Illegible("invalid literal for int() with base 10: 'x'")


def test_a_folder_in_its_place_is_illegible(tmp_path: Path) -> None:
    server = record.read(tmp_path)

    assert isinstance(server, Illegible)
    assert "directory" in server.reason


def test_a_missing_file_counts_as_none(tmp_path: Path) -> None:
    assert record.read(tmp_path / "aws.json") is None
