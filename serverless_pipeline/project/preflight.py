"""What would go wrong is told before the first call that changes anything, and all of it together.

Limits: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html,
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html and
https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html.
"""

from __future__ import annotations

import hashlib
import zipfile
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from serverless_pipeline import aws, tags
from serverless_pipeline.cloudformation import stack, template, tree
from serverless_pipeline.errors import Misconfigured
from serverless_pipeline.project import environments, lint, marks, rights
from serverless_pipeline.project.standing import BUCKET
from serverless_pipeline.settings import GitHub

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from serverless_pipeline.aws import Clients
    from serverless_pipeline.project.plan import Plan
    from serverless_pipeline.project.standing import Standing
    from serverless_pipeline.settings import Settings

TEMPLATE_BYTES = 1_000_000
UNPACKED_BYTES = 250 * 1024 * 1024
CONCURRENT = 10
"""Executions at once below which a pipeline's functions wait for each other; new accounts may have as few."""

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
        *_of_account(plan, clients, skipped),
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
    findings = [*map(str, lint.findings(plan.templates)), *_sizes(plan), *_parameters(plan), *_lengths(plan, known)]
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
        unpacked = sum(entry.file_size for entry in archive.infolist())
    if unpacked > UNPACKED_BYTES:
        yield f"the bundle has {unpacked:,} bytes unpacked, more than Lambda's {UNPACKED_BYTES:,}; see {_BUNDLE}"


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


def _of_account(plan: Plan, clients: Clients, skipped: list[str]) -> Iterator[str]:
    """What only an account has: regions, quotas, a connection. A look that fails is noted, and ends nothing."""
    if clients.endpoint:
        return
    for look in (_region, _connection, _concurrency, _public_access):
        try:
            yield from look(plan, clients)
        except aws.failures() as error:
            skipped.append(f"a look at the account that it did not answer: {aws.words(error)}")


def _region(_: Plan, clients: Clients) -> Iterator[str]:
    from botocore.exceptions import EndpointConnectionError

    try:
        clients.codepipeline.list_pipelines(maxResults=1)
    except EndpointConnectionError:
        yield f"region {clients.region}: CodePipeline does not answer there; choose a region that has it"


def _connection(plan: Plan, clients: Clients) -> Iterator[str]:
    if not isinstance(plan.settings.source, GitHub):
        return
    arn = plan.settings.source.connection_arn
    region = arn.split(":")[3]
    status = clients.connections.get_connection(ConnectionArn=arn)["Connection"]["ConnectionStatus"]
    if status != "AVAILABLE":
        where = f"https://{region}.console.aws.amazon.com/codesuite/settings/connections?region={region}"
        yield f"connection_arn: the connection is {status}; a person finishes the handshake with GitHub at {where}"


def _concurrency(_: Plan, clients: Clients) -> Iterator[str]:
    limit = clients.functions.get_account_settings()["AccountLimit"].get("ConcurrentExecutions", CONCURRENT)
    if limit < CONCURRENT:
        yield f"the account runs {limit} functions at once, a pipeline needs {CONCURRENT}; ask under Service Quotas"


def _public_access(plan: Plan, clients: Clients) -> Iterator[str]:
    """Settings of the account that keep everybody from reading a bucket; a website of S3 fails with them.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
    """
    websites = [name for name, one in rights.resources(plan.templates.environment) if _is_website(one)]
    if not websites:
        return
    try:
        answer = clients.client("s3control").get_public_access_block(AccountId=clients.account)
    except ClientError as error:
        if aws.code(error) == "NoSuchPublicAccessBlockConfiguration":
            return
        raise
    own: Mapping[str, Any] = answer["PublicAccessBlockConfiguration"]
    if blocked := [name for name in ("BlockPublicPolicy", "RestrictPublicBuckets") if own.get(name)]:
        yield (
            f"{', '.join(websites)}: the account blocks public access ({', '.join(blocked)}), so nobody could read the "
            f"website; put it behind CloudFront (docs/sites.md), or change the account"
        )


def _is_website(resource: Mapping[str, Any]) -> bool:
    return resource.get("Type") == BUCKET and "WebsiteConfiguration" in (resource.get("Properties") or {})
