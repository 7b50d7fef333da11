"""A quick-create link: somebody opens it, sees the console with all parameters filled in, and creates the stack.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-console-create-stacks-quick-create-links.html
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from serverless_pipeline import aws, console
from serverless_pipeline.cloudformation import template
from serverless_pipeline.errors import Misconfigured
from serverless_pipeline.project import bundle, preflight
from serverless_pipeline.project import plan as blueprint

if TYPE_CHECKING:
    from collections.abc import Mapping

    from serverless_pipeline.aws import Clients
    from serverless_pipeline.project.bundle import Bundle
    from serverless_pipeline.settings import Settings

_CAPABILITIES = "CAPABILITY_IAM, CAPABILITY_NAMED_IAM and CAPABILITY_AUTO_EXPAND"


def show(settings: Settings, clients: Clients, regions: str) -> None:
    """Publish templates and bundle in each region's own bucket, and print a link for each.

    Raises:
        Misconfigured: the target is the embedded AWS, which no console looks at.
    """
    if clients.endpoint:
        raise Misconfigured(
            "The console creates nothing on the embedded AWS.", hint="invoke pipeline.link --target aws"
        )
    built = bundle.build(settings)
    for region in [word.strip() for word in regions.split(",") if word.strip()] or [clients.region]:
        there = clients if region == clients.region else aws.connect(replace(settings, region=region))
        console.data(publish(settings, there, built))
    console.say("Published", f"what the links need; who opens one acknowledges {_CAPABILITIES}")


def publish(settings: Settings, clients: Clients, built: Bundle) -> str:
    """Put what the link needs in the bucket of the clients' region; answers the link.

    Raises:
        Misconfigured: the stack could not be created as it is described.
    """
    plan = blueprint.draw(settings, clients)
    values = blueprint.parameters(settings, clients, plan, built)
    preflight.check(settings, clients, plan, built, values)
    for verb, thing in blueprint.publish(settings, clients, plan, built):
        console.say(verb, thing)
    desired = blueprint.desired(settings, clients, plan, values)
    return address(clients.region, desired.url, settings.stack_name, _public(plan.root, values))


def address(region: str, url: str, name: str, values: Mapping[str, str]) -> str:
    """The link itself."""
    given = {"templateURL": url, "stackName": name} | {f"param_{key}": value for key, value in values.items()}
    query = urlencode(given, quote_via=quote)
    return f"https://{region}.console.aws.amazon.com/cloudformation/home?region={region}#/stacks/create/review?{query}"


def _public(root: str, values: Mapping[str, str]) -> dict[str, str]:
    """The parameters without those that the template hides: a link is no place for a secret."""
    declared = template.read(root).get("Parameters") or {}
    return {key: value for key, value in values.items() if str(declared[key].get("NoEcho", "")).lower() != "true"}
