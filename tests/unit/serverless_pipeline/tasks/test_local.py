from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from invoke import Config, Context

from serverless_pipeline.aws import Endpoint
from serverless_pipeline.errors import Error, Misconfigured
from serverless_pipeline.local.client import functions, pipelines, server
from serverless_pipeline.local.client.functions import Functions
from serverless_pipeline.local.client.record import Server
from serverless_pipeline.settings import Settings
from serverless_pipeline.tasks import local

if TYPE_CHECKING:
    from pathlib import Path

ENDPOINT = Endpoint("http://127.0.0.1:4660", "AKIAEXAMPLE", "sec ret")
HEADLINE = "local  000000000000  us-east-1  stack shop\n"


@pytest.fixture(autouse=True)
def empty_project(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A folder in which no embedded AWS runs."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def running(monkeypatch: pytest.MonkeyPatch) -> None:
    """An embedded AWS that runs."""
    monkeypatch.setattr(server, "find", lambda: Server(42, 4660, ENDPOINT, "2026-01-01T00:00:00+00:00"))


def context(**section: str) -> Context:
    section = {"stack_name": "shop", "target": "aws"} | section
    return Context(
        Config(defaults=Config.global_defaults() | {"pipeline": Settings.defaults()}, overrides={"pipeline": section})
    )


def test_up_starts_the_embedded_aws_and_prints_its_address(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(server, "ensure", lambda *_, **__: ENDPOINT)

    local.up(context())

    started = "Started    the embedded AWS at http://127.0.0.1:4660\n"
    assert capsys.readouterr() == ("http://127.0.0.1:4660\n", HEADLINE + started)


@pytest.mark.usefixtures("running")
def test_up_leaves_one_that_runs_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    local.up(context())

    assert capsys.readouterr() == ("http://127.0.0.1:4660\n", HEADLINE)


@pytest.mark.parametrize(
    ("ended", "line"),
    [(True, "Stopped    the embedded AWS\n"), (False, "Unchanged  The embedded AWS does not run.\n")],
)
def test_down_says_whether_there_was_one_to_stop(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], line: str, *, ended: bool
) -> None:
    monkeypatch.setattr(server, "stop", lambda: ended)

    local.down(context())

    assert capsys.readouterr() == ("", HEADLINE + line)


@pytest.mark.usefixtures("running")
def test_status_shows_where_it_runs_and_what_of_lambda_holds(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[str] = []

    def ask(url: str) -> Functions:
        asked.append(url)
        return Functions("none", "no Linux", ("nodejs22.x runs on Node.js 20",))

    monkeypatch.setattr(functions, "ask", ask)
    monkeypatch.setattr(pipelines, "describe", lambda url: [("pipeline", f"shop at {url}: a word")])

    local.status(context())

    table = (
        "url        http://127.0.0.1:4660\n"
        "process    42\n"
        "started    2026-01-01T00:00:00+00:00\n"
        "functions  run without a sandbox (no Linux)\n"
        "           they reach this laptop's files, programs and processes, and have no /tmp of their own size\n"
        "runtime    nodejs22.x runs on Node.js 20\n"
        "pipeline   shop at http://127.0.0.1:4660: a word\n"
    )
    assert capsys.readouterr() == (table, HEADLINE)
    assert asked == ["http://127.0.0.1:4660"]


def test_status_of_one_that_does_not_run_is_no_failure(capsys: pytest.CaptureFixture[str]) -> None:
    local.status(context())

    assert capsys.readouterr() == ("The embedded AWS does not run.\n", HEADLINE)


@pytest.mark.usefixtures("running")
def test_env_prints_lines_for_a_shell(capsys: pytest.CaptureFixture[str]) -> None:
    local.env(context())

    assert capsys.readouterr().out.splitlines() == [
        "export AWS_ENDPOINT_URL=http://127.0.0.1:4660",
        "export AWS_ENDPOINT_URL_S3_CONTROL=http://localhost:4660",
        "export AWS_ACCESS_KEY_ID=AKIAEXAMPLE",
        "export AWS_SECRET_ACCESS_KEY='sec ret'",
        "export AWS_REGION=us-east-1",
        "export AWS_DEFAULT_REGION=us-east-1",
    ]


def test_env_of_one_that_does_not_run_prints_nothing_and_names_the_command_that_starts_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(Error, match=r"^The embedded AWS does not run\.\n  Next: invoke local\.up$"):
        local.env(context())

    assert capsys.readouterr() == ("", HEADLINE)


@pytest.mark.parametrize("word", ["up", "down", "status", "env"])
def test_mistakes_of_the_settings_are_told_by_every_word(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(Misconfigured, match="port: 'many' must be a whole number"):
        local.ns[word](context(port="many"))

    assert capsys.readouterr() == ("", "")


def test_the_words_are_these_and_status_is_the_default() -> None:
    assert set(local.ns.task_names) == {"up", "down", "status", "env"}
    assert local.ns.default == "status"
    assert local.ns.name == "local"
    assert local.ns.configuration() == {"pipeline": Settings.defaults()}
