"""What `up`, `diff` and `link` begin with, made once and handed on: templates, bundle, and the stack they shall be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from serverless_pipeline.cloudformation.stack import Desired
from serverless_pipeline.project import bucket, bundle, laptop_only, source, standing, templates, tools, values
from serverless_pipeline.settings import WorkingTree

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from serverless_pipeline.aws import Clients
    from serverless_pipeline.project.bundle import Bundle
    from serverless_pipeline.project.standing import Standing
    from serverless_pipeline.project.templates import Templates
    from serverless_pipeline.project.tools import Layer
    from serverless_pipeline.settings import Settings


@dataclass(frozen=True)
class Plan:
    """The templates, the bundle and the tools, the bucket they go to, and the values of the root's parameters."""

    settings: Settings
    bucket: str
    templates: Templates
    bundle: Bundle
    values: Mapping[str, str]
    tools: tuple[Layer, ...] = ()

    @property
    def advice(self) -> tuple[str, ...]:
        """What its author should know: of the environments' template, and of what tasks do."""
        return (*self.templates.advice, *laptop_only.advice(self.settings, self.tools))

    @property
    def desired(self) -> Desired:
        """The root stack as the settings want it."""
        chosen = self.settings
        return Desired(chosen.stack_name, self.templates.url, self.values, chosen.stack_tags, chosen.service_role)

    @property
    def objects(self) -> Mapping[str, bytes | Path]:
        """What has to lie in the bucket, by key; each key names its content."""
        layers = {layer.key: layer.path for layer in self.tools}
        return {**self.templates.objects, self.bundle.key: self.bundle.path, **layers}


def make(settings: Settings, clients: Clients) -> Plan:
    """Render the templates, build the bundle and pack the tools, as far as they are not there; nothing is sent.

    Raises:
        Misconfigured: the source is not described, a template does not render, or a tool is not there.
        Error: the bundle cannot be built.
    """
    home = bucket.name(settings, clients)
    drawn = templates.draw(settings, bucket.url(clients, home, "").rstrip("/"))
    built = bundle.build(settings)
    layers = tools.build(settings)
    endpoint = clients.endpoint.url if clients.endpoint else ""
    return Plan(
        settings=settings,
        bucket=home,
        templates=drawn,
        bundle=built,
        values=values.of(
            settings,
            bucket=home,
            bundle_key=built.key,
            endpoint=endpoint,
            shape=drawn.environment.shape.digest,
            layers=layers,
        ),
        tools=layers,
    )


def look(plan: Plan, clients: Clients) -> Standing:
    """How that which is planned stands now."""
    return standing.look(clients, plan.settings.stack_name)


def publish(plan: Plan, clients: Clients, *, releases: bool = True) -> Iterator[tuple[str, str]]:
    """Put in the bucket what is not there yet; yields a verb and a thing for each.

    The pipeline begins with what lies there as soon as it is made, so the working tree is published as it is now if
    that `releases` it. Later it waits for `run`: a stack that changes releases nothing.
    """
    if bucket.ensure(clients, plan.bucket, plan.settings.stack_tags):
        yield "Created", f"bucket {plan.bucket}"
    for key, content in plan.objects.items():
        if bucket.publish(clients, plan.bucket, key, content):
            yield "Published", f"s3://{plan.bucket}/{key}"
    tree = plan.settings.source
    if isinstance(tree, WorkingTree) and (releases or bucket.head(clients, plan.bucket, tree.key) is None):
        snapshot = source.publish(clients, plan.bucket, tree.key, plan.settings.folder)
        if snapshot.changed:
            yield "Published", f"s3://{plan.bucket}/{tree.key}  {snapshot.summary}"
        yield from (("Left out", words) for words in snapshot.left_out)


def publish_templates(plan: Plan, clients: Clients) -> bool:
    """Put the templates alone in the bucket; answers whether the bucket had to be made for them."""
    is_new = bucket.ensure(clients, plan.bucket, plan.settings.stack_tags)
    for key, content in plan.templates.objects.items():
        bucket.publish(clients, plan.bucket, key, content)
    return is_new
