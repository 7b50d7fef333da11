from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

CODE = (ROOT / "lambdas" / "lost_job.py").read_text()
ARN = "arn:aws:lambda:us-east-1:000000000000:function:shop-run-task:$LATEST"
RECORD = {
    "requestContext": {"functionArn": ARN, "condition": "RetriesExhausted"},
    "requestPayload": {"CodePipeline.job": {"id": "11111111-2222-4333-8444-555555555555"}},
    "responsePayload": {"errorType": "Runtime.ExitError", "errorMessage": "Runtime exited"},
}


@pytest.mark.parametrize(
    ("record", "error"),
    [
        ({}, "This is not Lambda's record of a CodePipeline job that failed"),
        (RECORD, "not authorized to perform: codepipeline:PutJobFailureResult"),
    ],
)
def test_it_runs_alone_and_reaches_codepipeline(
    make: Callable[..., str], invoke: Callable[..., Any], record: dict[str, Any], error: str
) -> None:
    name = make(CODE)

    answer = invoke(name, record)

    assert error in answer["errorMessage"]
