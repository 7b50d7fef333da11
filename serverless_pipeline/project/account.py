"""What only an account has and a pipeline needs: region, quotas, a connection, layers, readers of a website."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from serverless_pipeline import aws
from serverless_pipeline.project import rights, tools
from serverless_pipeline.project.standing import BUCKET
from serverless_pipeline.settings import GitHub

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from serverless_pipeline.aws import Clients
    from serverless_pipeline.project.plan import Plan

CONCURRENT = 10
"""Executions at once below which a pipeline's functions wait for each other; new accounts may have as few."""

_OWN_LAYER = "; name a folder of the project instead"


def findings(plan: Plan, clients: Clients, skipped: list[str]) -> Iterator[str]:
    """What of an account stands in the way, in words; a look that fails is added to `skipped`, and ends nothing."""
    yield from _layers(plan, clients, skipped)
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


def _layers(plan: Plan, clients: Clients, skipped: list[str]) -> Iterator[str]:
    """Layers that are named by their ARN, and that the functions could not have."""
    for arn in plan.settings.tools:
        if tools.is_own(arn):
            continue
        try:
            clients.functions.get_layer_version_by_arn(Arn=arn)
        except ClientError as error:
            if not clients.endpoint and aws.is_refused(error):
                skipped.append(f"a look at the layer {arn}: {aws.words(error)}")
            else:
                way = _OWN_LAYER if clients.endpoint else ""
                yield f"tools: the layer {arn} is not to be had: {aws.words(error)}{way}"
