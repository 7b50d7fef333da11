from __future__ import annotations

import pytest

from lambdas.delivery.invalidation import Invalidation
from lambdas.delivery.site_progress import Progress
from lambdas.job.ending import TOKEN_LIMIT, Continued, Misconfigured, Succeeded

DONE = Succeeded("1 uploaded", {"FilesChanged": "1", "Version": "v1"})
PROGRESS = Progress.from_success(DONE)


def test_a_complete_invalidation_is_the_success_that_waited_for_it() -> None:
    variables = {"FilesChanged": "1", "Version": "v1", "InvalidationId": "I1"}

    assert PROGRESS.after(Invalidation("I1", is_complete=True)) == Succeeded("1 uploaded", variables)


def test_an_invalidation_in_progress_is_named_and_waited_for() -> None:
    outcome = PROGRESS.after(Invalidation("I1", is_complete=False))

    assert isinstance(outcome, Continued)
    assert outcome.summary == "CloudFront is working on the invalidation I1"
    assert Progress.from_token(outcome.token) == Progress("1 uploaded", dict(DONE.variables), "I1")


def test_without_an_invalidation_the_next_job_asks_for_one() -> None:
    assert Progress.from_token(PROGRESS.wait().token) == PROGRESS


def test_a_token_is_as_short_as_codepipeline_wants_it() -> None:
    long = Progress("x" * 1500, {"FilesChanged": "9" * 9, "Version": "f" * 40}, "I" * 15)

    assert len(long.token()) < TOKEN_LIMIT - 100


@pytest.mark.parametrize("token", ["", "again", "[]", "null", '{"summary": "x"}', '{"other": 1}'])
def test_a_token_of_others_is_refused(token: str) -> None:
    with pytest.raises(Misconfigured, match="the continuation token is none of a site's; release the change again"):
        Progress.from_token(token)
