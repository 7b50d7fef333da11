"""The smallest policy with which somebody can type every word of the pipeline: `pipeline.policy`.

It allows what the words call themselves (`WORDS`), and what CloudFormation calls in their name for the resources in the
templates (`cloudformation.calls`): to make them, change them, give them tags and take tags away, look at them for
drift, and delete them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from serverless_pipeline import console
from serverless_pipeline.cloudformation import calls, permissions, statements, template
from serverless_pipeline.cloudformation.statements import Permission
from serverless_pipeline.output import written
from serverless_pipeline.project import rights, templates
from serverless_pipeline.settings import GitHub

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from serverless_pipeline.aws import Clients
    from serverless_pipeline.settings import Settings

SWITCHED = {"AWS::IAM::Role": ("PermissionsBoundary",)}
"""Properties that the templates set with other settings than these, so that they may be set or taken away."""


@dataclass(frozen=True)
class Policy:
    """A policy document, and the types in the templates that it allows nothing for, because nobody told what."""

    document: Mapping[str, Any]
    unknown: tuple[str, ...] = ()


WORDS = (
    Permission(
        "PlanAndFollow",
        calls.STACK.patterns,
        (
            "cloudformation:ContinueUpdateRollback",
            "cloudformation:CreateChangeSet",
            "cloudformation:DeleteChangeSet",
            "cloudformation:DeleteStack",
            "cloudformation:DescribeChangeSet",
            "cloudformation:DescribeEvents",
            "cloudformation:DescribeStackEvents",
            "cloudformation:DescribeStackResourceDrifts",
            "cloudformation:DescribeStacks",
            "cloudformation:DetectStackDrift",
            "cloudformation:DetectStackResourceDrift",
            "cloudformation:ExecuteChangeSet",
            "cloudformation:GetTemplate",
            "cloudformation:ListChangeSets",
            "cloudformation:ListStackResources",
            "cloudformation:UpdateTerminationProtection",
        ),
    ),
    Permission(
        "PublishAndEmpty",
        calls.BUCKET.patterns,
        (
            "s3:CreateBucket",
            "s3:DeleteBucket",
            "s3:ListBucket",
            "s3:ListBucketVersions",
            "s3:PutBucketPublicAccessBlock",
            "s3:PutBucketTagging",
            "s3:PutBucketVersioning",
            "s3:PutEncryptionConfiguration",
        ),
    ),
    Permission(
        "PublishAndEmptyObjects",
        tuple(f"{pattern}/*" for pattern in calls.BUCKET.patterns),
        (
            "s3:AbortMultipartUpload",
            "s3:DeleteObject",
            "s3:DeleteObjectVersion",
            "s3:GetObject",
            "s3:PutObject",
        ),
    ),
    Permission(
        "RunAndWatch",
        calls.PIPELINE.patterns,
        (
            "codepipeline:GetPipeline",
            "codepipeline:GetPipelineExecution",
            "codepipeline:GetPipelineState",
            "codepipeline:ListActionExecutions",
            "codepipeline:ListPipelineExecutions",
            "codepipeline:StartPipelineExecution",
            "codepipeline:StopPipelineExecution",
        ),
    ),
    Permission("LookForFunctions", calls.FUNCTION.patterns, ("lambda:GetAlias", "lambda:GetFunctionConfiguration")),
    Permission("LookAtStages", calls.REST_API.patterns, ("apigateway:GET",)),
    Permission(
        "RollBack",
        ("arn:{partition}:lambda:{region}:{account}:function:{stack}-rollback",),
        ("lambda:InvokeFunction",),
    ),
    Permission("ReadAndSweepLogs", calls.LOG_GROUP.patterns, ("logs:DeleteLogGroup", "logs:FilterLogEvents")),
    # None of these is about a resource that a policy could name; log groups are looked for before they are there.
    Permission(
        "LookAround",
        calls.ANYTHING.patterns,
        (
            "cloudformation:BatchDescribeTypeConfigurations",
            "cloudformation:DescribeStackDriftDetectionStatus",
            "codepipeline:ListPipelines",
            "lambda:GetAccountSettings",
            "logs:DescribeLogGroups",
            "s3:GetAccountPublicAccessBlock",
            "s3:ListAllMyBuckets",
        ),
    ),
)
"""What the words call themselves, in the name of whoever typed them."""


def derive(settings: Settings, clients: Clients) -> Policy:
    """The policy for the templates as the settings shape them.

    With a service role CloudFormation acts as that role, so it is enough to hand it over; drift is looked for in the
    name of the caller all the same. In an environment CloudFormation always acts with a role of the pipeline's own.
    """
    names = {
        "stack": settings.stack_name,
        "region": clients.region,
        "account": clients.account,
        "partition": clients.session.get_partition_for_region(clients.region),
    }
    drawn = templates.draw(settings, templates.ACCOUNT)
    resources = list(_resources(drawn.texts))
    allowed = list(permissions.filled((*WORDS, *_connection(settings)), names))
    for logical_id, resource in resources:
        if not calls.entry(resource["Type"]):
            continue
        if settings.service_role:
            allowed += permissions.looks(logical_id, resource, names)
        else:
            allowed += permissions.life(logical_id, resource, names, also=SWITCHED.get(resource["Type"], ()))
    if settings.service_role:
        role = (settings.service_role,)
        allowed.append(permissions.handing_over("HandServiceRole", role, "cloudformation.amazonaws.com"))
    for logical_id, resource in rights.resources(drawn.environment):
        if calls.entry(resource["Type"]):
            allowed += permissions.looks(logical_id, resource, names)
    document = {"Version": "2012-10-17", "Statement": statements.write(allowed)}
    return Policy(document, permissions.unknown(resources))


def show(policy: Policy, form: str) -> None:
    """Print the policy; types that it allows nothing for are named on the other stream."""
    for kind in policy.unknown:
        console.say("Missing", f"{kind}: add what CloudFormation needs for it", style="yellow")
    console.data(written(policy.document, "json" if form == "text" else form, ()))


def _resources(texts: Mapping[str, str]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The logical ID of each resource, and the resource."""
    for text in texts.values():
        yield from template.read(text).get("Resources", {}).items()


def _connection(settings: Settings) -> Iterator[Permission]:
    if isinstance(settings.source, GitHub):
        actions = ("codeconnections:GetConnection", "codeconnections:PassConnection", "codeconnections:UseConnection")
        yield Permission("UseConnection", (settings.source.connection_arn,), actions)
