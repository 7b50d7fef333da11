from __future__ import annotations

import pytest

from serverless_pipeline.cloudformation import events, operation, tree
from serverless_pipeline.cloudformation.stack import Stack, Status
from serverless_pipeline.cloudformation.tree import Tree
from serverless_pipeline.errors import Error


def test_a_failure_without_events_tells_the_reason_of_the_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree, "look", lambda *_: Tree("arn:shop"))
    monkeypatch.setattr(events, "last_operation", lambda *_: [])
    failed = Stack("shop", "arn:shop", Status.UPDATE_ROLLBACK_COMPLETE, reason="somebody cancelled it")

    with pytest.raises(Error, match="somebody cancelled it"):
        operation.conclude(None, failed)  # type: ignore[arg-type]
