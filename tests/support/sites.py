"""Sites of projects that import the macros of `cfn/site.j2`: their templates, and stacks of the private one."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline import jinja

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from serverless_pipeline.aws import Clients

IMPORT = '{% import "serverless_pipeline/site.j2" as site %}\n'


def render(folder: Path, resources: str, outputs: str, parameters: str = "") -> str:
    """A template whose sections are made of these calls of macros."""
    text = f"{IMPORT}{parameters}Resources:\n{{{{ site.{resources} }}}}\nOutputs:\n{{{{ site.{outputs} }}}}\n"
    (folder / "project.yml.j2").write_text(text)
    return jinja.render(jinja.environment([folder]), "project.yml.j2", {})


@dataclass(frozen=True)
class Site:
    """A private bucket, its distribution, and its address here."""

    clients: Clients
    stack: str
    bucket: str
    distribution: str
    root: str

    def put(self, key: str, text: str, **other: Any) -> None:
        own = {"ContentType": "text/html", "CacheControl": "max-age=600"} | other
        self.clients.s3.put_object(Bucket=self.bucket, Key=key, Body=text.encode(), **own)

    def invalidate(self, *paths: str) -> str:
        batch: Any = {"Paths": {"Quantity": len(paths), "Items": list(paths)}, "CallerReference": uuid.uuid4().hex}
        cloudfront = self.clients.client("cloudfront")
        begun = cloudfront.create_invalidation(DistributionId=self.distribution, InvalidationBatch=batch)
        return str(begun["Invalidation"]["Id"])

    def status(self, invalidation: str) -> str:
        cloudfront = self.clients.client("cloudfront")
        found = cloudfront.get_invalidation(DistributionId=self.distribution, Id=invalidation)
        return str(found["Invalidation"]["Status"])


@pytest.fixture(scope="module")
def deploy_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Site]]:
    """Make a site; `asks` are the arguments of the macro."""
    sites: list[Site] = []

    def make(clients: Clients, asks: str = "") -> Site:
        stack = f"site-{uuid.uuid4().hex[:8]}"
        call = f'private_site("Shop"{asks})'
        text = render(tmp_path_factory.mktemp("site"), call, 'private_site_outputs("Shop")')
        clients.cloudformation.create_stack(StackName=stack, TemplateBody=text)
        clients.cloudformation.get_waiter("stack_create_complete").wait(StackName=stack, WaiterConfig={"Delay": 1})
        (found,) = clients.cloudformation.describe_stacks(StackName=stack)["Stacks"]
        outputs = {output["OutputKey"]: output["OutputValue"] for output in found["Outputs"]}
        cloudfront = clients.client("cloudfront")
        distribution = cloudfront.get_distribution(Id=outputs["ShopDistribution"])["Distribution"]
        label = distribution["DomainName"].partition(".")[0]
        site = Site(clients, stack, outputs["ShopBucket"], outputs["ShopDistribution"], f"/_cloudfront/{label}")
        sites.append(site)
        return site

    yield make
    for site in sites:
        for entry in site.clients.s3.list_objects_v2(Bucket=site.bucket).get("Contents", []):
            site.clients.s3.delete_object(Bucket=site.bucket, Key=entry["Key"])
        site.clients.cloudformation.delete_stack(StackName=site.stack)


@pytest.fixture(scope="module")
def site(clients: Clients, deploy_site: Callable[..., Site]) -> Site:
    return deploy_site(clients)
