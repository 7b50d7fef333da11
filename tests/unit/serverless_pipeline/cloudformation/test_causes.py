from __future__ import annotations

import pytest

from serverless_pipeline.cloudformation import causes


@pytest.mark.parametrize(
    ("reason", "meaning"),
    [
        ("shop-site already exists", "did not make"),
        (
            "'MemorySize' value failed to satisfy constraint: less than or equal to 3008",
            "memory",
        ),
        ("Specified ReservedConcurrentExecutions decreases account's UnreservedConcurrentExecution", "concurrent"),
        ("The bucket you tried to delete is not empty (Service: S3, Code: BucketNotEmpty)", "emptied"),
        ("User: arn:aws:iam::1:user/x is not authorized to perform: iam:CreateRole", "may not do this"),
        ("The role defined for the function cannot be assumed by Lambda.", "role"),
        ("Rate exceeded (Service: Lambda, Status Code: 429)", "more often"),
        ("Function not found: arn:aws:lambda:…:function:gone", "deleted by hand"),
        ("Exceeded attempts to wait", "longer"),
    ],
)
def test_a_well_known_reason_is_explained_with_a_next_step(reason: str, meaning: str) -> None:
    known = causes.explain(reason)

    assert known
    assert meaning in known.meaning
    assert known.hint


def test_an_unknown_reason_is_left_to_speak_for_itself() -> None:
    assert causes.explain("the moon is full") is None
