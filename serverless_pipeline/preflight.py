"""What would go wrong is told before the first call that changes anything, and all of it together.

Limits: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html,
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html and
https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html.
"""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

from serverless_pipeline import blueprint, console, template
from serverless_pipeline.errors import Misconfigured

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from serverless_pipeline.aws import Clients
    from serverless_pipeline.blueprint import Blueprint
    from serverless_pipeline.bundle import Bundle
    from serverless_pipeline.settings import Settings

TEMPLATE_BYTES = 1_000_000
UNPACKED_BYTES = 250 * 1024 * 1024
CONCURRENT = 10
"""Executions at once below which a pipeline's functions wait for each other; new accounts may have as few."""

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
    found += _account(settings, clients)
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
    if settings.source_kind != "github":
        return
    region = settings.connection_arn.split(":")[3]
    status = clients.connections.get_connection(ConnectionArn=settings.connection_arn)["Connection"]["ConnectionStatus"]
    if status != "AVAILABLE":
        where = f"https://{region}.console.aws.amazon.com/codesuite/settings/connections?region={region}"
        yield f"connection_arn: the connection is {status}; a person finishes the handshake with GitHub at {where}"


def _concurrency(_: Settings, clients: Clients) -> Iterator[str]:
    limit = clients.functions.get_account_settings()["AccountLimit"].get("ConcurrentExecutions", CONCURRENT)
    if limit < CONCURRENT:
        yield f"the account runs {limit} functions at once, a pipeline needs {CONCURRENT}; ask under Service Quotas"


_BUNDLE = "lambdas/requirements.txt"
