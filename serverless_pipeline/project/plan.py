"""What `up` hands to CloudFormation: templates that are rendered, linted and published, and their parameters."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from serverless_pipeline.cloudformation.stack import Desired
from serverless_pipeline.errors import Misconfigured
from serverless_pipeline.project import bucket, source, templates
from serverless_pipeline.settings import WorkingTree

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from serverless_pipeline.aws import Clients
    from serverless_pipeline.project.bundle import Bundle
    from serverless_pipeline.project.templates import Finding
    from serverless_pipeline.settings import Settings

ROOT = "root"

_LINTED = Path(".local") / "lint"
_CHOICES = (".cfnlintrc", ".cfnlintrc.yaml", ".cfnlintrc.yml")


@dataclass(frozen=True)
class Blueprint:
    """The templates by name, the root last, and where they and the bundle will lie."""

    bucket: str
    templates: Mapping[str, str]

    @property
    def root(self) -> str:
        return self.templates[ROOT]


def draw(settings: Settings, clients: Clients | None = None) -> Blueprint:
    """Render the templates. Nothing is sent; without clients the addresses of the nested ones are made up.

    Raises:
        Misconfigured: the source is not described, or a template does not render.
    """
    settings.demand_source()
    name = bucket.name(settings, clients) if clients else settings.stack_name

    def locate(template: str, text: str) -> str:
        key = template_key(template, text)
        return bucket.url(clients, name, key) if clients else f"https://{name}.s3.amazonaws.com/{key}"

    return Blueprint(name, templates.render_all(settings, locate))


def check(settings: Settings) -> int:
    """Refuse templates in which cfn-lint finds something; answers how many it read.

    They are drawn as for an account: cfn-lint takes an address of the embedded AWS for a file (W3002).

    Raises:
        Misconfigured: names each finding with its rendered line; nothing was changed.
    """
    drawn = draw(settings).templates
    if found := _found(drawn):
        listed = "\n".join(f"  {finding}" for finding in found)
        number = "a mistake" if len(found) == 1 else f"{len(found)} mistakes"
        raise Misconfigured(f"The templates have {number}:\n{listed}", hint="mend cfn/, then invoke pipeline.lint")
    return len(drawn)


def findings(settings: Settings) -> list[str]:
    """What cfn-lint finds, two lines each: where and what, then the rendered line."""
    return _found(draw(settings).templates)


def _found(drawn: Mapping[str, str]) -> list[str]:
    """Templates in which nothing was found are not linted again: a mark of their content lies in `.local/lint`."""
    mark = _LINTED / _lint_key(drawn)
    if mark.is_file():
        return []
    found = [described(finding) for finding in templates.lint(drawn)]
    if not found:
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.touch()
    return found


def _lint_key(drawn: Mapping[str, str]) -> str:
    """What decides about a finding: the templates, cfn-lint, and the project's own choice of rules."""
    total = hashlib.sha256(metadata.version("cfn-lint").encode())
    chosen = [path.read_text() for path in map(Path, _CHOICES) if path.is_file()]
    for text in [*drawn, *drawn.values(), *chosen]:
        total.update(hashlib.sha256(text.encode()).digest())
    return total.hexdigest()


def described(finding: Finding) -> str:
    """One finding in two lines: where and what, then the rendered line."""
    where = f"{finding.template}:{finding.line}"
    return f"{where}  {finding.rule}  {finding.message}\n    | {finding.text.strip()}"


def publish(settings: Settings, clients: Clients, plan: Blueprint, built: Bundle) -> Iterator[tuple[str, str]]:
    """Put in the bucket what is not there yet; yields a verb and a thing for each."""
    if bucket.ensure(clients, plan.bucket, settings.stack_tags):
        yield "Created", f"bucket {plan.bucket}"
    things: dict[str, bytes | Path] = {**_templates(plan), bundle_key(built): built.path}
    for key, thing in things.items():
        if bucket.publish(clients, plan.bucket, key, thing):
            yield "Published", f"s3://{plan.bucket}/{key}"
    tree = settings.source
    if isinstance(tree, WorkingTree) and bucket.head(clients, plan.bucket, tree.key) is None:
        taken = source.publish(clients, plan.bucket, tree.key)
        yield "Published", f"s3://{plan.bucket}/{tree.key}  {taken.summary}"


def publish_templates(settings: Settings, clients: Clients, plan: Blueprint) -> bool:
    """Put the templates alone in the bucket, quietly; answers whether the bucket had to be made for them."""
    made = bucket.ensure(clients, plan.bucket, settings.stack_tags)
    for key, text in _templates(plan).items():
        bucket.publish(clients, plan.bucket, key, text)
    return made


def parameters(settings: Settings, clients: Clients, plan: Blueprint, built: Bundle) -> dict[str, str]:
    """The values of the root stack's parameters."""
    endpoint = clients.endpoint.url if clients.endpoint else ""
    return templates.parameters(settings, bucket=plan.bucket, bundle_key=bundle_key(built), endpoint=endpoint)


def desired(settings: Settings, clients: Clients, plan: Blueprint, values: Mapping[str, str]) -> Desired:
    """The root stack as the settings want it."""
    url = bucket.url(clients, plan.bucket, template_key(ROOT, plan.root))
    return Desired(settings.stack_name, url, values, settings.stack_tags, settings.service_role)


def template_key(name: str, text: str) -> str:
    """The key of a template: its content names it."""
    return f"templates/{hashlib.sha256(text.encode()).hexdigest()}/{name}.yml"


def bundle_key(built: Bundle) -> str:
    """The key of a bundle: its content names it."""
    return f"bundles/{built.digest}.zip"


def _templates(plan: Blueprint) -> dict[str, bytes]:
    return {template_key(name, text): text.encode() for name, text in plan.templates.items()}
