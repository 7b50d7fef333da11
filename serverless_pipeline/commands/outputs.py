"""The word `outputs`: what the stacks tell other programs and people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from serverless_pipeline import console, output
from serverless_pipeline.cloudformation import stack
from serverless_pipeline.errors import Misconfigured
from serverless_pipeline.project import environments, outputs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from serverless_pipeline.aws import Clients
    from serverless_pipeline.settings import Settings


def read(settings: Settings, clients: Clients, name: str = "") -> dict[str, str]:
    """The outputs in the order of their names, those of an environment after its name, or the one that is named.

    Raises:
        Error: there is no stack.
        Misconfigured: the stacks have no output of that name.
    """
    root = stack.demand(clients, settings.stack_name)
    everything = dict(sorted(outputs.merged(root, environments.stacks(settings, clients)).items()))
    if not name:
        return everything
    if name not in everything:
        there = ", ".join(everything) or "none"
        raise Misconfigured(f"--name: there is no {name}; there are {there}", hint="invoke pipeline.outputs")
    return {name: everything[name]}


def show(everything: Mapping[str, str], form: str, *, bare: bool = False) -> None:
    """Print the outputs as text, JSON or YAML; bare, the values and nothing else, as a script wants what it named."""
    if bare:
        console.data("\n".join(everything.values()))
    else:
        console.data(output.written(everything, form, [console.table(everything.items())]))
