from __future__ import annotations

import pytest
from botocore.session import get_session

from serverless_pipeline.cloudformation.stack import Status


def test_every_state_of_cloudformation_is_known() -> None:
    shape = get_session().get_service_model("cloudformation").shape_for("StackStatus")

    assert sorted(Status) == sorted(shape.enum)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("CREATE_IN_PROGRESS", "in progress"),
        ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "in progress"),
        ("UPDATE_ROLLBACK_IN_PROGRESS", "in progress"),
        ("CREATE_COMPLETE", "ended well"),
        ("UPDATE_COMPLETE", "ended well"),
        ("DELETE_COMPLETE", "ended well"),
        ("IMPORT_COMPLETE", "ended well"),
        ("CREATE_FAILED", "failed"),
        ("DELETE_FAILED", "failed"),
        ("ROLLBACK_COMPLETE", "failed"),
        ("UPDATE_ROLLBACK_COMPLETE", "failed"),
        ("UPDATE_ROLLBACK_FAILED", "failed"),
        ("IMPORT_ROLLBACK_COMPLETE", "failed"),
        ("REVIEW_IN_PROGRESS", ""),
    ],
)
def test_a_state_is_in_progress_or_ended_well_or_failed(status: str, expected: str) -> None:
    state = Status(status)

    told = {"in progress": state.in_progress, "ended well": state.ended_well, "failed": state.failed}

    assert [words for words, holds in told.items() if holds] == ([expected] if expected else [])


def test_every_state_is_told_but_the_one_that_waits_for_a_review() -> None:
    untold = [state for state in Status if not (state.in_progress or state.ended_well or state.failed)]

    assert untold == [Status.REVIEW_IN_PROGRESS]


def test_a_stack_whose_last_update_was_rolled_back_can_be_updated_again() -> None:
    assert not Status.UPDATE_ROLLBACK_COMPLETE.is_dead_end
    assert Status.ROLLBACK_COMPLETE.is_dead_end
