"""What the stack tells other programs and people: its outputs, and the pages they lead to."""

from __future__ import annotations

import webbrowser
from typing import TYPE_CHECKING

from serverless_pipeline import console
from serverless_pipeline.cloudformation import stack
from serverless_pipeline.errors import Misconfigured
from serverless_pipeline.output import written

if TYPE_CHECKING:
    from collections.abc import Iterable

    from serverless_pipeline.aws import Clients
    from serverless_pipeline.cloudformation.stack import Stack
    from serverless_pipeline.settings import Settings

_URL = "Url"


def show(settings: Settings, clients: Clients, name: str, output: str) -> None:
    """Print the outputs, or the value of one and nothing else.

    Raises:
        Misconfigured: the stack has no output of that name.
    """
    found = dict(sorted(stack.demand(clients, settings.stack_name).outputs.items()))
    if name and name not in found:
        raise Misconfigured(f"--name: {_unknown(name, found)}", hint="invoke pipeline.outputs")
    if name:
        console.data(found[name])
    else:
        rows = [console.table(found.items())] if found else []
        console.data(written(found, output, rows))


def visit(settings: Settings, clients: Clients, what: str) -> None:
    """Print the address of a page, and open it where there is a terminal.

    Raises:
        Misconfigured: there is no such page.
    """
    pages = _pages(clients, stack.demand(clients, settings.stack_name))
    known = {name.lower(): address for name, address in pages.items()}
    if what.lower() not in known:
        raise Misconfigured(f"--what: {_unknown(what, pages)}", hint="invoke pipeline.open --what <one of these>")
    console.data(known[what.lower()])
    if console.is_live():
        webbrowser.open(known[what.lower()])


def _pages(clients: Clients, root: Stack) -> dict[str, str]:
    found = {name.removesuffix(_URL): value for name, value in root.outputs.items() if name.endswith(_URL)}
    if clients.endpoint is None:
        where = f"https://{clients.region}.console.aws.amazon.com/cloudformation/home?region={clients.region}"
        found["Stack"] = f"{where}#/stacks/stackinfo?stackId={root.id}"
    return found


def _unknown(name: str, known: Iterable[str]) -> str:
    return f"there is no {name}; there are {', '.join(sorted(known)) or 'none'}"
