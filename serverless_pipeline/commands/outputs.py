"""The word `outputs`: what the stack tells other programs and people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from serverless_pipeline import console, output
from serverless_pipeline.cloudformation import stack
from serverless_pipeline.errors import Misconfigured

if TYPE_CHECKING:
    from collections.abc import Mapping

    from serverless_pipeline.aws import Clients
    from serverless_pipeline.settings import Settings


def read(settings: Settings, clients: Clients, name: str = "") -> dict[str, str]:
    """The outputs in the order of their names, or the one that is named.

    Raises:
        Error: there is no stack.
        Misconfigured: the stack has no output of that name.
    """
    outputs = dict(sorted(stack.demand(clients, settings.stack_name).outputs.items()))
    if not name:
        return outputs
    if name not in outputs:
        there = ", ".join(outputs) or "none"
        raise Misconfigured(f"--name: there is no {name}; there are {there}", hint="invoke pipeline.outputs")
    return {name: outputs[name]}


def show(outputs: Mapping[str, str], form: str, *, bare: bool = False) -> None:
    """Print the outputs as text, JSON or YAML; bare, the values and nothing else, as a script wants what it named."""
    if bare:
        console.data("\n".join(outputs.values()))
    else:
        console.data(output.written(outputs, form, [console.table(outputs.items())]))
