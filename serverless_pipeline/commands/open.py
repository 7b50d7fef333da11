"""The word `open`: a page that the stacks lead to, in the browser."""

from __future__ import annotations

import webbrowser
from typing import TYPE_CHECKING

from serverless_pipeline import console
from serverless_pipeline.cloudformation import stack
from serverless_pipeline.errors import Misconfigured
from serverless_pipeline.project import environments, outputs

if TYPE_CHECKING:
    from serverless_pipeline.aws import Clients
    from serverless_pipeline.cloudformation.stack import Stack
    from serverless_pipeline.settings import Settings

_URL = "Url"


def find(settings: Settings, clients: Clients, what: str) -> str:
    """The address of a page, named in any case.

    Raises:
        Error: there is no stack.
        Misconfigured: there is no such page; names those that there are.
    """
    pages = _pages(settings, clients, stack.demand(clients, settings.stack_name))
    for name, address in pages.items():
        if name.lower() == what.lower():
            return address
    there = ", ".join(sorted(pages)) or "none"
    raise Misconfigured(
        f"--what: there is no {what}; there are {there}", hint="invoke pipeline.open --what <one of these>"
    )


def show(address: str) -> None:
    """Print the address, and open it where there is a terminal."""
    console.data(address)
    if console.is_live():
        webbrowser.open(address)


def _pages(settings: Settings, clients: Clients, root: Stack) -> dict[str, str]:
    everything = outputs.merged(root, environments.stacks(settings, clients))
    pages = {name.removesuffix(_URL): value for name, value in everything.items() if name.endswith(_URL)}
    if clients.endpoint is None:
        where = f"https://{clients.region}.console.aws.amazon.com/cloudformation/home?region={clients.region}"
        pages["Stack"] = f"{where}#/stacks/stackinfo?stackId={root.id}"
    return pages
