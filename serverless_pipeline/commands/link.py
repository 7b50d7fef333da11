"""`pipeline.link`: somebody opens it, sees the console with all parameters filled in, and creates the stack.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-console-create-stacks-quick-create-links.html
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from serverless_pipeline import aws, console
from serverless_pipeline.cloudformation import template
from serverless_pipeline.errors import Misconfigured
from serverless_pipeline.project import plan, preflight

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from serverless_pipeline.aws import Clients
    from serverless_pipeline.project.plan import Plan
    from serverless_pipeline.settings import Settings

_CAPABILITIES = "CAPABILITY_IAM, CAPABILITY_NAMED_IAM and CAPABILITY_AUTO_EXPAND"


@dataclass(frozen=True)
class Link:
    """The link of one region, what was published for it (a verb and a thing each), and what could not be checked."""

    address: str
    published: tuple[tuple[str, str], ...]
    skipped: tuple[str, ...]


def publish(settings: Settings, clients: Clients, regions: str) -> Iterator[Link]:
    """Put templates and bundle in each region's own bucket, and make a link for each.

    Raises:
        Misconfigured: the target is the embedded AWS, which no console looks at, or the stack could not be created.
    """
    if clients.endpoint:
        raise Misconfigured(
            "The console creates nothing on the embedded AWS.", hint="invoke pipeline.link --target aws"
        )
    for region in [word.strip() for word in regions.split(",") if word.strip()] or [clients.region]:
        there = clients if region == clients.region else aws.connect(replace(settings, region=region))
        yield of(plan.make(settings, there), there)


def of(planned: Plan, clients: Clients) -> Link:
    """Publish a plan in the clients' region; answers the link to it.

    Raises:
        Misconfigured: the stack could not be created as it is described.
    """
    skipped = preflight.check(planned, clients, plan.look(planned, clients))
    published = tuple(plan.publish(planned, clients))
    values = _public(planned.templates.root, planned.values)
    url = address(clients.region, planned.templates.url, planned.settings.stack_name, values)
    return Link(url, published, skipped)


def address(region: str, url: str, name: str, values: Mapping[str, str]) -> str:
    """The link itself."""
    words = {"templateURL": url, "stackName": name} | {f"param_{key}": value for key, value in values.items()}
    query = urlencode(words, quote_via=quote)
    return f"https://{region}.console.aws.amazon.com/cloudformation/home?region={region}#/stacks/create/review?{query}"


def show(link: Link) -> None:
    """The link on stdout, what was done for it beside it."""
    for words in link.skipped:
        console.say("Skipped", words, style="yellow")
    for verb, thing in link.published:
        console.say(verb, thing)
    console.data(link.address)


def show_end() -> None:
    """What who opens a link has to know."""
    console.say("Published", f"what the links need; who opens one acknowledges {_CAPABILITIES}")


def _public(root: str, values: Mapping[str, str]) -> dict[str, str]:
    """The parameters without those that the template hides: a link is no place for a secret."""
    declared = template.read(root).get("Parameters") or {}
    return {key: value for key, value in values.items() if str(declared[key].get("NoEcho", "")).lower() != "true"}
