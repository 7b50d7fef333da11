"""The word `stacks`: the stacks that belong to the pipeline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from serverless_pipeline import console
from serverless_pipeline.cloudformation import stack, tree

if TYPE_CHECKING:
    from collections.abc import Iterable

    from serverless_pipeline.aws import Clients
    from serverless_pipeline.settings import Settings


def find(settings: Settings, clients: Clients) -> list[tuple[str, str]]:
    """Name and status of the root, then of those nested in it.

    Raises:
        Error: there is no stack.
    """
    root = stack.demand(clients, settings.stack_name)
    below = tree.look(clients, root.id)
    statuses = {resource.path: resource.status for resource in below.walk()}
    return [(one.name, statuses.get(one.path, str(root.status))) for one in below.trees()]


def show(stacks: Iterable[tuple[str, str]]) -> None:
    """Print a line for each."""
    console.data(console.table(stacks))
