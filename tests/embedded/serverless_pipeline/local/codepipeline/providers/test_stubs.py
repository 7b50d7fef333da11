"""An action of a provider that is not imitated, on an embedded AWS that allows stand-ins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from serverless_pipeline.local.modes import STUB_PROVIDERS
from tests.support.codepipeline import serving

if TYPE_CHECKING:
    from pathlib import Path


def test_a_stand_in_ends_at_once_and_says_that_it_did_nothing(tmp_path: Path) -> None:
    with serving(tmp_path, **{STUB_PROVIDERS: "true"}) as world:
        kind = {"category": "Deploy", "owner": "AWS", "provider": "ECS", "version": "1"}
        inputs = [{"name": "SourceOutput"}]
        deploy = {"name": "Run", "actionTypeId": kind, "inputArtifacts": inputs, "configuration": {"ClusterName": "c"}}

        name, execution = world.create(("Source", [world.source()]), ("Deploy", [deploy]))

        assert world.until(name, execution) == "Succeeded"
        result = world.actions(name, execution)["Run"]["output"]["executionResult"]
        expected = "Did nothing: the embedded AWS does not imitate Deploy/ECS"
        assert result["externalExecutionSummary"] == expected
