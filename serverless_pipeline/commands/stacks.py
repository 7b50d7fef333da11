"""The word `stacks`: the stacks that belong to the pipeline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from serverless_pipeline import console
from serverless_pipeline.cloudformation import stack

if TYPE_CHECKING:
    from collections.abc import Iterable

    from serverless_pipeline.aws import Clients
    from serverless_pipeline.cloudformation.stack import Stack
    from serverless_pipeline.settings import Settings


def find(settings: Settings, clients: Clients) -> list[Stack]:
    """The root, then those nested in it.

    Raises:
        Error: there is no stack.
    """
    root = stack.demand(clients, settings.stack_name)
    return [root, *stack.nested(clients, root.id)]


def show(stacks: Iterable[Stack]) -> None:
    """Print a line for each: name and status."""
    console.data(console.table([one.name, one.status] for one in stacks))
