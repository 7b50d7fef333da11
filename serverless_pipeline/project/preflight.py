"""What would go wrong is told before the first call that changes anything, and all of it together.

Limits: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html,
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html and
https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html.
"""

from __future__ import annotations

import hashlib
import zipfile
from typing import TYPE_CHECKING

from serverless_pipeline import tags
from serverless_pipeline.cloudformation import stack, template, tree
from serverless_pipeline.errors import Misconfigured
from serverless_pipeline.project import account, environments, lint, marks

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from serverless_pipeline.aws import Clients
    from serverless_pipeline.project.plan import Plan
    from serverless_pipeline.project.standing import Standing
    from serverless_pipeline.settings import Settings

TEMPLATE_BYTES = 1_000_000
UNPACKED_BYTES = 250 * 1024 * 1024

_BUNDLE = "lambdas/requirements.txt"
_FOREIGN = "is there, and not of this pipeline; choose another stack_name"


def check(plan: Plan, clients: Clients, standing: Standing) -> tuple[str, ...]:
    """Refuse what cannot end well; answers why a look at the account could not be taken, for each that could not.

    Raises:
        Misconfigured: tells all findings; nothing was changed.
    """
    skipped: list[str] = []
    findings = [
        *_of_plan(plan, clients),
        *_vanished(clients, standing),
        *_of_environments(plan.settings, clients, standing),
        *account.findings(plan, clients, skipped),
    ]
    if findings:
        number = "a mistake" if len(findings) == 1 else f"{len(findings)} mistakes"
        listed = "\n".join(f"  - {finding}" for finding in findings)
        raise Misconfigured(f"This cannot be deployed; it has {number}:\n{listed}", hint=_hint(findings))
    return tuple(skipped)


def _hint(findings: list[str]) -> str:
    return "mend what is named, then invoke pipeline.up" + (
        "; invoke pipeline.lint looks at the templates alone"
        if any("\n    | " in finding for finding in findings)
        else ""
    )


def _of_plan(plan: Plan, clients: Clients) -> list[str]:
    """What can be told without asking AWS; a plan that was well is not looked at again."""
    known = dict(plan.values) | {
        "StackName": plan.settings.stack_name,
        "AWS::StackName": plan.settings.stack_name,
        "AWS::AccountId": clients.account,
        "AWS::Region": clients.region,
    }
    key = _key(plan, known)
    if marks.is_set(marks.CHECKED, key):
        return []
    findings = [
        *map(str, lint.findings(plan.templates)),
        *_sizes(plan),
        *_tools(plan),
        *_parameters(plan),
        *_lengths(plan, known),
    ]
    if not findings:
        marks.set_(marks.CHECKED, key)
    return findings


def _key(plan: Plan, known: Mapping[str, str]) -> str:
    """What decides: the templates as cfn-lint reads them, the values, and the bundle."""
    total = hashlib.sha256(lint.key(plan.templates).encode())
    for word in [plan.templates.root, plan.bundle.digest, *map(str, sorted(known.items()))]:
        total.update(hashlib.sha256(word.encode()).digest())
    return total.hexdigest()


def _sizes(plan: Plan) -> Iterator[str]:
    for name, text in plan.templates.texts.items():
        if (size := len(text.encode())) > TEMPLATE_BYTES:
            yield f"the template {name} has {size:,} bytes, more than CloudFormation's {TEMPLATE_BYTES:,}; nest a part"
    with zipfile.ZipFile(plan.bundle.path) as archive:
        bundle = sum(entry.file_size for entry in archive.infolist())
    if bundle > UNPACKED_BYTES:
        yield f"the bundle has {bundle:,} bytes unpacked, more than Lambda's {UNPACKED_BYTES:,}; see {_BUNDLE}"
    layers = sum(layer.unpacked for layer in plan.tools)
    if layers and bundle <= UNPACKED_BYTES < bundle + layers:
        room = UNPACKED_BYTES - bundle
        yield f"tools: they have {layers:,} bytes unpacked, more than the {room:,} that Lambda leaves beside the bundle"


def _tools(plan: Plan) -> Iterator[str]:
    for layer in plan.tools:
        yield from layer.mistakes(plan.settings)


def _parameters(plan: Plan) -> Iterator[str]:
    declared = template.read(plan.templates.root).get("Parameters") or {}
    for name, rules in declared.items():
        if name in plan.values:
            yield from (f"parameter {name}: {words}" for words in template.broken(rules, plan.values[name]))
        elif "Default" not in rules:
            yield f"parameter {name}: it has neither a value nor a default"
    unknown = [name for name in plan.values if name not in declared]
    yield from (f"parameter {name}: the root template has none of that name" for name in unknown)


def _lengths(plan: Plan, known: Mapping[str, str]) -> Iterator[str]:
    for name, text in plan.templates.texts.items():
        yield from (f"{name}.yml: {words}" for words in template.too_long(template.read(text), known))


def _vanished(clients: Clients, standing: Standing) -> Iterator[str]:
    """What was deleted by hand: CloudFormation believes that it is there, and would fail, or say nothing at all."""
    for path, name in standing.vanished_buckets():
        yield f"the bucket {name} of {path} was deleted by hand; aws s3 mb s3://{name} brings it back, empty"
    for one in standing.tree.trees() if standing.tree else ():
        if one.path and tree.is_deleted(clients, one):
            yield f"the nested stack {one.path} was deleted by hand; only invoke pipeline.down and up make it anew"


def _of_environments(settings: Settings, clients: Clients, standing: Standing) -> Iterator[str]:
    """Stacks that would be in the way of an environment, and those that would be left without the role they need."""
    known = tuple(standing.environments())
    if standing.stack and standing.stack.tags.get(tags.OWN, settings.stack_name) != settings.stack_name:
        yield f"the stack {standing.stack.name} {_FOREIGN}"
    for one in environments.of(settings) if standing.tree or not standing.stack else ():
        there = None if one.name in known else stack.find(clients, one.stack)
        if there and there.tags.get(tags.OWN) != settings.stack_name:
            yield f"the stack {there.name} {_FOREIGN}"
    for name in environments.forgotten(settings, clients, known):
        way = f"invoke pipeline.down --environment {name}"
        yield f"environments: {name} is named no more, and its stack is there; name it, then delete it first: {way}"
