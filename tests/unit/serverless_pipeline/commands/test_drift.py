from __future__ import annotations

from typing import Any

import pytest

from serverless_pipeline.cloudformation import stack
from serverless_pipeline.cloudformation.stack import Stack, Status
from serverless_pipeline.commands import drift
from serverless_pipeline.commands.drift import Drift
from serverless_pipeline.errors import Error
from serverless_pipeline.settings import Settings


def test_a_stack_in_the_middle_of_an_operation_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    busy = Stack("shop", "arn:shop", Status.UPDATE_IN_PROGRESS)
    monkeypatch.setattr(stack, "demand", lambda *_: busy)

    with pytest.raises(Error, match=r"shop cannot be found out: it is UPDATE_IN_PROGRESS\.\n  Next: "):
        drift.detect(Settings(stack_name="shop"), None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "path", "drifted"),
    [
        ("AWS::Lambda::Alias", "/FunctionVersion", False),
        ("AWS::Lambda::Alias", "/RoutingConfig/AdditionalVersionWeights", False),
        ("AWS::ApiGateway::Stage", "/DeploymentId", False),
        ("AWS::ApiGateway::Stage", "/StageName", True),
        ("AWS::Lambda::Function", "/MemorySize", True),
        ("AWS::DynamoDB::Table", "/BillingMode", True),
    ],
)
def test_what_a_delivery_changes_is_no_drift(kind: str, path: str, *, drifted: bool) -> None:
    answer: Any = {
        "LogicalResourceId": "Thing",
        "ResourceType": kind,
        "StackResourceDriftStatus": "MODIFIED",
        "PropertyDifferences": [{"PropertyPath": path, "ExpectedValue": "1", "ActualValue": "2"}],
    }

    assert Drift.from_response(answer, "").is_drift is drifted
