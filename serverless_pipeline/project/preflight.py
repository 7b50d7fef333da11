"""What would go wrong is told before the first call that changes anything, and all of it together.

Limits: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html,
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html and
https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html.
"""

from __future__ import annotations

import zipfile
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

from serverless_pipeline import console
from serverless_pipeline.cloudformation import stack, template
from serverless_pipeline.errors import Error, Misconfigured
from serverless_pipeline.project import bucket
from serverless_pipeline.project import plan as blueprint
from serverless_pipeline.settings import GitHub

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from serverless_pipeline.aws import Clients
    from serverless_pipeline.cloudformation.stack import Resource
    from serverless_pipeline.project.bundle import Bundle
    from serverless_pipeline.project.plan import Blueprint
    from serverless_pipeline.settings import Settings

TEMPLATE_BYTES = 1_000_000
UNPACKED_BYTES = 250 * 1024 * 1024
CONCURRENT = 10
"""Executions at once below which a pipeline's functions wait for each other; new accounts may have as few."""

_AT_ONCE = 8
_BUCKET = "AWS::S3::Bucket"
_REFUSED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation")


def check(settings: Settings, clients: Clients, plan: Blueprint, built: Bundle, values: Mapping[str, str]) -> None:
    """Refuse what cannot end well.

    Raises:
        Misconfigured: tells all findings; nothing was changed.
    """
    known = dict(values) | {
        "StackName": settings.stack_name,
        "AWS::StackName": settings.stack_name,
        "AWS::AccountId": clients.account,
        "AWS::Region": clients.region,
    }
    found = [*blueprint.findings(settings), *_sizes(plan, built), *_parameters(plan, values), *_lengths(plan, known)]
    found += [*_vanished(settings, clients), *_account(settings, clients)]
    if found:
        number = "a mistake" if len(found) == 1 else f"{len(found)} mistakes"
        listed = "\n".join(f"  - {finding}" for finding in found)
        raise Misconfigured(f"This cannot be deployed; it has {number}:\n{listed}", hint=_hint(found))


def _hint(found: list[str]) -> str:
    return "mend what is named, then invoke pipeline.up" + (
        "; invoke pipeline.lint looks at the templates alone" if any("\n    | " in finding for finding in found) else ""
    )


def _sizes(plan: Blueprint, built: Bundle) -> Iterator[str]:
    for name, text in plan.templates.items():
        if (size := len(text.encode())) > TEMPLATE_BYTES:
            yield f"the template {name} has {size:,} bytes, more than CloudFormation's {TEMPLATE_BYTES:,}; nest a part"
    with zipfile.ZipFile(built.path) as archive:
        unpacked = sum(entry.file_size for entry in archive.infolist())
    if unpacked > UNPACKED_BYTES:
        yield f"the bundle has {unpacked:,} bytes unpacked, more than Lambda's {UNPACKED_BYTES:,}; see {_BUNDLE}"


def _parameters(plan: Blueprint, values: Mapping[str, str]) -> Iterator[str]:
    declared = template.read(plan.root).get("Parameters") or {}
    for name, rules in declared.items():
        if name in values:
            yield from (f"parameter {name}: {words}" for words in template.broken(rules, values[name]))
        elif "Default" not in rules:
            yield f"parameter {name}: it has neither a value nor a default"
    yield from (f"parameter {name}: the root template has none of that name" for name in values if name not in declared)


def _lengths(plan: Blueprint, known: Mapping[str, str]) -> Iterator[str]:
    for name, text in plan.templates.items():
        yield from (f"{name}.yml: {words}" for words in template.too_long(template.read(text), known))


def _vanished(settings: Settings, clients: Clients) -> Iterator[str]:
    """What was deleted by hand: CloudFormation believes that it is there, and would fail, or say nothing at all."""
    root = stack.find(clients, settings.stack_name)
    if root is None or root.status.in_progress or root.status.is_dead_end:
        return
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for words in pool.map(partial(_vanished_in, clients, ""), list(stack.resources_of(clients, root.id))):
            yield from words


def _vanished_in(clients: Clients, place: str, resource: Resource) -> list[str]:
    path, name = f"{place}{resource.logical_id}", resource.physical_id
    if resource.type == _BUCKET and name and not _is_there(clients, name):
        return [f"the bucket {name} of {path} was deleted by hand; aws s3 mb s3://{name} brings it back, empty"]
    if resource.type != stack.KIND or not name:
        return []
    nested = stack.find(clients, name)
    if nested is None or nested.status is stack.Status.DELETE_COMPLETE:
        return [f"the nested stack {path} was deleted by hand; only invoke pipeline.down and up make it anew"]
    return [
        words for held in stack.resources_of(clients, nested.id) for words in _vanished_in(clients, f"{path}/", held)
    ]


def _is_there(clients: Clients, name: str) -> bool:
    """Whether a bucket is there; one that may not be looked at is."""
    try:
        return bucket.exists(clients, name)
    except Error:
        return True


def _account(settings: Settings, clients: Clients) -> Iterator[str]:
    """What only an account has: regions, quotas, a connection. A question that is refused is no finding."""
    if clients.endpoint:
        return
    from botocore.exceptions import ClientError

    for look in (_region, _connection, _concurrency):
        try:
            yield from look(settings, clients)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") not in _REFUSED:
                raise
            console.say("Skipped", f"a check that the account refuses: {error}", style="yellow")


def _region(_: Settings, clients: Clients) -> Iterator[str]:
    from botocore.exceptions import EndpointConnectionError

    try:
        clients.codepipeline.list_pipelines(maxResults=1)
    except EndpointConnectionError:
        yield f"region {clients.region}: CodePipeline does not answer there; choose a region that has it"


def _connection(settings: Settings, clients: Clients) -> Iterator[str]:
    if not isinstance(settings.source, GitHub):
        return
    arn = settings.source.connection_arn
    region = arn.split(":")[3]
    status = clients.connections.get_connection(ConnectionArn=arn)["Connection"]["ConnectionStatus"]
    if status != "AVAILABLE":
        where = f"https://{region}.console.aws.amazon.com/codesuite/settings/connections?region={region}"
        yield f"connection_arn: the connection is {status}; a person finishes the handshake with GitHub at {where}"


def _concurrency(_: Settings, clients: Clients) -> Iterator[str]:
    limit = clients.functions.get_account_settings()["AccountLimit"].get("ConcurrentExecutions", CONCURRENT)
    if limit < CONCURRENT:
        yield f"the account runs {limit} functions at once, a pipeline needs {CONCURRENT}; ask under Service Quotas"


_BUNDLE = "lambdas/requirements.txt"
