"""What became of an action, as the next state of its run."""

from __future__ import annotations

from dataclasses import replace

import pytest

from serverless_pipeline.local.codepipeline.engine import results
from serverless_pipeline.local.codepipeline.model.action_run import (
    ActionRun,
    ActionStatus,
    Artifact,
    ErrorDetails,
    Revision,
)
from serverless_pipeline.local.codepipeline.model.declaration import Action, ActionType
from serverless_pipeline.local.codepipeline.model.jobs import Success
from serverless_pipeline.local.codepipeline.providers.work import Failed, Succeeded

BUILD = Action("Build", ActionType("Invoke", "AWS", "Lambda", "1"))
SOURCE = Action("Source", ActionType("Source", "AWS", "S3", "1"))
BUILT = Artifact("Built", "store", "key")
RUN = ActionRun("run", "e", "Commit", BUILD, 1, 2, "ada", outputs=(BUILT,))
HALF = replace(RUN, summary="half", external_id="42", percent=50)
COMMIT = Revision("c0ffee", "change", "a commit", 12.5)


def test_the_words_of_a_function_are_read() -> None:
    success = Success(
        variables={"v": "1"},
        revision={
            "revision": "c0ffee",
            "changeIdentifier": "change",
            "revisionSummary": "a commit",
            "created": 12.5,
        },
        details={"summary": "done", "externalExecutionId": "42", "percentComplete": 0},
    )

    assert results.from_job(success) == Succeeded("done", "42", 0, {"v": "1"}, COMMIT)


def test_a_function_may_say_nothing() -> None:
    assert results.from_job(Success()) == Succeeded("", "", None, {}, None)


def test_a_revision_needs_no_summary_and_no_date() -> None:
    success = Success(revision={"revision": "c0ffee", "changeIdentifier": "change"})

    assert results.from_job(success).revision == Revision("c0ffee", "change", "", None)


def test_news_of_progress_replace_what_was_said_before() -> None:
    news = Succeeded("most", "43", 0, external_url="u", log_stream="arn")

    assert results.report(HALF, news) == replace(
        RUN, summary="most", external_id="43", percent=0, external_url="u", log_stream="arn"
    )


def test_what_news_leave_out_stays_as_it_was() -> None:
    assert results.report(HALF, Succeeded()) == HALF


def test_progress_ends_nothing_and_keeps_no_variables() -> None:
    assert results.report(RUN, Succeeded(variables={"v": "1"}, revision=COMMIT)) == RUN


def test_a_run_that_succeeded_has_its_variables_and_its_revision() -> None:
    last = results.end(HALF, Succeeded(variables={"v": "1"}, revision=COMMIT))

    assert last == replace(HALF, status=ActionStatus.SUCCEEDED, variables={"v": "1"}, revision=COMMIT)


def test_a_run_that_succeeded_has_its_last_words() -> None:
    last = results.end(HALF, Succeeded("done", "43", 100))

    assert (last.summary, last.external_id, last.percent) == ("done", "43", 100)


def test_the_artifacts_of_a_source_carry_the_revision_that_it_found() -> None:
    last = results.end(replace(RUN, action=SOURCE), Succeeded(revision=COMMIT))

    assert last.outputs == (Artifact("Built", "store", "key", COMMIT),)


@pytest.mark.parametrize("revision", [None, COMMIT])
def test_the_artifacts_of_another_action_carry_none(revision: Revision | None) -> None:
    assert results.end(RUN, Succeeded(revision=revision)).outputs == (BUILT,)


def test_the_artifacts_of_a_source_without_a_revision_carry_none() -> None:
    assert results.end(replace(RUN, action=SOURCE), Succeeded()).outputs == (BUILT,)


def test_a_run_that_failed_says_why() -> None:
    last = results.end(HALF, Failed("JobFailed", "no way", "sorry", "43"))

    assert last == replace(
        HALF,
        status=ActionStatus.FAILED,
        error=ErrorDetails("JobFailed", "no way"),
        summary="sorry",
        external_id="43",
    )


def test_a_failure_without_a_summary_leaves_the_last_words() -> None:
    last = results.end(HALF, Failed("JobFailed", "no way"))

    assert (last.summary, last.external_id, last.percent) == ("half", "42", 50)
