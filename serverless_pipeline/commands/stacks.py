"""The word `stacks`: the stacks that belong to the pipeline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from serverless_pipeline import console
from serverless_pipeline.cloudformation import stack, tree
from serverless_pipeline.project import environments

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from serverless_pipeline.aws import Clients
    from serverless_pipeline.cloudformation.stack import Stack
    from serverless_pipeline.settings import Settings


def find(settings: Settings, clients: Clients) -> list[tuple[str, str]]:
    """Name and status of the root, then of those nested in it, then of the environments and those nested in them.

    Raises:
        Error: there is no stack.
    """
    root = stack.demand(clients, settings.stack_name)
    return [row for one in (root, *environments.stacks(settings, clients).values()) for row in _rows(clients, one)]


def show(stacks: Iterable[tuple[str, str]]) -> None:
    """Print a line for each."""
    console.data(console.table(stacks))


def _rows(clients: Clients, top: Stack) -> Iterator[tuple[str, str]]:
    below = tree.look(clients, top.id)
    statuses = {resource.path: resource.status for resource in below.walk()}
    yield from ((one.name, statuses.get(one.path, str(top.status))) for one in below.trees())
