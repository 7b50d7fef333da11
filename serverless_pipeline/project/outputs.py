"""The outputs of all stacks of a pipeline: the root's own, and those of each environment after its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from serverless_pipeline.cloudformation.stack import Stack


def merged(root: Stack, environments: Mapping[str, Stack]) -> dict[str, str]:
    """The outputs by name, such as `PipelineUrl` and `TestSiteUrl`; `environments` are their stacks by name."""
    own = dict(root.outputs)
    for environment, stack in environments.items():
        own |= {f"{environment}{name}": value for name, value in stack.outputs.items()}
    return own
