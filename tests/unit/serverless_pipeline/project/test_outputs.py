from __future__ import annotations

from serverless_pipeline.cloudformation.stack import Stack, Status
from serverless_pipeline.project import outputs


def stack(name: str, **values: str) -> Stack:
    return Stack(name, f"arn:{name}", Status.CREATE_COMPLETE, values)


def test_the_outputs_of_an_environment_come_after_its_name() -> None:
    root = stack("shop", PipelineUrl="p")
    below = {"Test": stack("shop-test", SiteUrl="t", ApiUrl="a"), "Prod": stack("shop-prod", SiteUrl="x")}

    merged = outputs.merged(root, below)

    assert merged == {"PipelineUrl": "p", "TestSiteUrl": "t", "TestApiUrl": "a", "ProdSiteUrl": "x"}
    assert root.outputs == {"PipelineUrl": "p"}


def test_without_environments_there_are_those_of_the_root() -> None:
    assert outputs.merged(stack("shop", PipelineUrl="p"), {}) == {"PipelineUrl": "p"}
