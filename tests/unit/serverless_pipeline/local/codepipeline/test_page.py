"""A pipeline in the browser."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from serverless_pipeline.local.codepipeline import page
from serverless_pipeline.local.codepipeline.engine import interventions
from serverless_pipeline.local.codepipeline.model.scope import Scope
from serverless_pipeline.local.codepipeline.model.store import Store, Transition
from serverless_pipeline.local.codepipeline.providers.work import Failed, Succeeded
from tests.support.engine import ACCOUNT, REGION, InMemory, action, declaration, run_of

if TYPE_CHECKING:
    from serverless_pipeline.local.codepipeline.model.store import PipelineRecord

NOT_YET = '<span class="none">not yet</span>'


@pytest.fixture
def record(in_memory: InMemory, monkeypatch: pytest.MonkeyPatch) -> PipelineRecord:
    """A pipeline of the default account and region; it is 1010 seconds after the beginning of 1970."""
    monkeypatch.setenv("MINISTACK_ACCOUNT_ID", ACCOUNT)
    monkeypatch.setenv("MINISTACK_REGION", REGION)
    monkeypatch.setattr(time, "time", lambda: 1010.0)
    monkeypatch.setattr(page, "_stores", [])
    page.show(in_memory.store)
    return in_memory.record()


def text(name: str = "p") -> str:
    """The page, which has to be there."""
    rendered = page.render(name)
    assert rendered is not None
    return rendered


def main() -> str:
    """What changes on the page, without its tags."""
    (inner,) = re.findall(r"<main>(.*)</main>", text(), re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", inner).split())


@pytest.mark.usefixtures("record")
def test_a_pipeline_in_which_nothing_ran_shows_its_stages_and_their_actions() -> None:
    assert main() == (
        "p Nothing ran yet. Source not yet Source S3 not yet Commit not yet Build Lambda not yet"
        f" {ACCOUNT} · {REGION} · version 1"
    )


@pytest.mark.usefixtures("record")
def test_the_page_renews_what_changes_each_second() -> None:
    page_ = text()

    assert page_.startswith(f'<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n{VIEWPORT}\n<title>p</title>')
    assert (f"<style>{page._STYLE}</style>" in page_, f"<script>{page._SCRIPT}</script>" in page_) == (True, True)
    assert 'querySelector("main")' in page._SCRIPT
    assert "}, 1000);" in page._SCRIPT
    assert page_.count("<h1>p</h1>") == 1


VIEWPORT = '<meta name="viewport" content="width=device-width, initial-scale=1">'


def test_what_runs_shows_how_long_it_has_been_running(in_memory: InMemory, record: PipelineRecord) -> None:
    in_memory.outcomes = {"Source": Succeeded("a commit")}
    execution = in_memory.start(record)
    in_memory.engine.end(record, replace(run_of(execution, "Source"), updated=1000), Succeeded("a commit"))

    assert main() == (
        f"p InProgress · {execution.id} · StartPipelineExecution · 10.0 s"
        " Source Succeeded Source a commit Succeeded 0.0 s"
        " Commit InProgress Build Lambda InProgress 10.0 s"
        f" {ACCOUNT} · {REGION} · version 1"
    )


def test_what_is_over_shows_how_long_it_ran(in_memory: InMemory, record: PipelineRecord) -> None:
    execution = in_memory.start(record)
    in_memory.schedule.time = 1002.5
    in_memory.engine.end(record, run_of(execution, "Source"), Succeeded())
    in_memory.schedule.time = 1004
    in_memory.engine.end(record, run_of(execution, "Build"), Succeeded())
    in_memory.schedule.run()

    assert main() == (
        f"p Succeeded · {execution.id} · StartPipelineExecution · 4.0 s"
        " Source Succeeded Source S3 Succeeded 2.5 s"
        " Commit Succeeded Build Lambda Succeeded 1.5 s"
        f" {ACCOUNT} · {REGION} · version 1"
    )


def test_an_execution_that_stops_is_not_over(in_memory: InMemory, record: PipelineRecord) -> None:
    execution = in_memory.start(record)
    interventions.stop(in_memory.engine, record, execution, abandon=False, reason="")

    assert f"Stopping · {execution.id} · StartPipelineExecution · 10.0 s" in main()


def test_the_newest_execution_is_shown(in_memory: InMemory, record: PipelineRecord) -> None:
    in_memory.start(record)
    second = in_memory.start(record)

    assert f"p InProgress · {second.id}" in main()


def test_a_failed_action_shows_its_error(in_memory: InMemory, record: PipelineRecord) -> None:
    in_memory.outcomes = {"Source": Failed("JobFailed", "no way", summary="sorry")}
    in_memory.start(record)

    assert "Source sorry Failed 0.0 s JobFailed: no way" in main()
    assert "<pre>JobFailed: no way</pre></li>" in text()


def test_each_status_has_a_class_of_its_own(in_memory: InMemory, record: PipelineRecord) -> None:
    before = text().count(NOT_YET)
    in_memory.outcomes = {"Source": Failed("JobFailed", "no way")}
    in_memory.start(record)

    assert (before, text().count(NOT_YET)) == (4, 2)
    assert text().count('<span class="Failed">Failed</span>') == 3


@pytest.mark.usefixtures("record")
def test_an_action_that_did_not_run_has_no_time() -> None:
    assert f"<li><span>Build<small>Lambda</small></span>{NOT_YET}<time></time></li>" in text()


def test_who_waits_before_a_stage_and_why_it_is_closed_is_shown(in_memory: InMemory, record: PipelineRecord) -> None:
    record.stages["Source"].transition = Transition(enabled=False, reason="not today")
    execution = in_memory.start(record)

    waiting, closed = f"{execution.id} waits before this stage", "Closed: not today"
    assert f"<small>{waiting}</small><small>{closed}</small><ul>" in text()
    assert (text().count("waits before this stage"), text().count("Closed: ")) == (1, 1)


@pytest.mark.usefixtures("record")
def test_actions_stand_in_the_order_in_which_they_run(in_memory: InMemory) -> None:
    in_memory.record(declaration(("Commit", [action("After", runOrder=2), action("Before")])))

    assert "Before Lambda not yet After Lambda not yet" in main()


def test_whatever_is_said_is_shown_as_text(in_memory: InMemory, record: PipelineRecord) -> None:
    in_memory.outcomes = {"Source": Failed("<code>", "<message>", summary="<summary>")}
    execution = in_memory.start(record)
    execution.trigger = replace(execution.trigger, type="<type>")
    record.stages["Commit"].waiting = ["<waiting>"]
    record.stages["Commit"].transition = Transition(enabled=False, reason="<reason>")

    page_ = text()

    words = ("code", "message", "summary", "type", "waiting", "reason")
    assert [word for word in words if f"<{word}>" in page_] == []
    assert [word for word in words if f"&lt;{word}&gt;" not in page_] == []


@pytest.mark.usefixtures("record")
def test_names_are_shown_as_text(in_memory: InMemory) -> None:
    in_memory.record(declaration(("<stage>", [action("<action>", provider="<provider>")]), name="<name>"))

    page_ = text("<name>")

    words = ("name", "stage", "action", "provider")
    assert [word for word in words if f"<{word}>" in page_] == []
    assert [word for word in words if f"&lt;{word}&gt;" not in page_] == []


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.04, "0.0 s"), (59.94, "59.9 s"), (60, "1 min 0 s"), (125.9, "2 min 5 s")]
)
def test_a_time_is_told_in_seconds_or_minutes(
    in_memory: InMemory, record: PipelineRecord, seconds: float, words: str
) -> None:
    execution = in_memory.start(record)
    in_memory.schedule.time = 1000 + seconds

    in_memory.engine.end(record, run_of(execution, "Source"), Failed("JobFailed", "no"))

    assert f"Source S3 Failed {words} JobFailed: no" in main()


@pytest.mark.usefixtures("record")
def test_a_pipeline_that_is_not_there_has_no_page() -> None:
    assert page.render("nobody") is None


@pytest.mark.usefixtures("record")
def test_a_pipeline_of_another_scope_has_no_page(in_memory: InMemory) -> None:
    in_memory.record(declaration(name="q"), Scope(ACCOUNT, "us-east-1"))
    in_memory.record(declaration(name="q"), Scope("444455556666", REGION))

    assert page.render("q") is None


def test_the_default_account_and_region_are_those_of_ministack(
    in_memory: InMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MINISTACK_ACCOUNT_ID", raising=False)
    monkeypatch.delenv("MINISTACK_REGION", raising=False)
    monkeypatch.setattr(page, "_stores", [])
    page.show(in_memory.store)
    in_memory.record(declaration(name="q"), Scope("000000000000", "us-east-1"))

    assert "000000000000 · us-east-1 · version 1" in text("q")


@pytest.mark.usefixtures("record")
def test_pages_are_taken_from_one_store_at_a_time() -> None:
    page.show(Store())

    assert page.render("p") is None


def test_without_a_store_there_are_no_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "_stores", [])

    assert page.render("p") is None
