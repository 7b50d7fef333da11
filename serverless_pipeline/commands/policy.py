"""The smallest policy with which somebody can type every word of the pipeline: `pipeline.policy`.

It allows what the words call themselves (`WORDS`), and what CloudFormation calls in their name for the resources in the
templates (`cloudformation.calls`): to make them, change them, give them tags and take tags away, look at them for
drift, and delete them.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from serverless_pipeline import console
from serverless_pipeline.cloudformation import calls, template
from serverless_pipeline.output import written
from serverless_pipeline.project import templates
from serverless_pipeline.settings import GitHub

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from serverless_pipeline.aws import Clients
    from serverless_pipeline.settings import Settings

LARGEST = 6144
"""Characters of a managed policy, white space not counted:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html."""

LOOKS = ("dynamodb:Describe*", "lambda:Get*Config", "s3:GetBucket*", "s3:Get*Configuration")
"""Patterns that stand for the actions they match, so that the policy is not too large; all of them only look."""


@dataclass(frozen=True)
class Permission:
    """Actions on resources; `passed_to` are the services that a role may be handed to."""

    sid: str
    resources: tuple[str, ...]
    actions: tuple[str, ...]
    passed_to: tuple[str, ...] = ()


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
            "s3:ListAllMyBuckets",
        ),
    ),
)
"""What the words call themselves, in the name of whoever typed them."""


def derive(settings: Settings, clients: Clients) -> Policy:
    """The policy for the templates as the settings shape them.

    With a service role CloudFormation acts as that role, so it is enough to hand it over; drift is looked for in the
    name of the caller all the same.
    """
    resources = list(_resources(templates.draw(settings, templates.ACCOUNT).texts))
    known = [(kind, properties) for kind, properties in resources if kind in calls.TYPES]
    permissions = [*WORDS, *_connection(settings)]
    if settings.service_role:
        permissions += (one for kind, _ in known for one in _allowed(kind, calls.TYPES[kind].read))
        permissions.append(_handing_over("HandServiceRole", (settings.service_role,), "cloudformation.amazonaws.com"))
    else:
        permissions += (one for kind, properties in known for one in _to_own(kind, properties))
    names = {
        "stack": settings.stack_name,
        "region": clients.region,
        "account": clients.account,
        "partition": clients.session.get_partition_for_region(clients.region),
    }
    statements = [_statement(permission, names) for permission in _merged(permissions)]
    unknown = {kind for kind, _ in resources} - calls.TYPES.keys()
    return Policy({"Version": "2012-10-17", "Statement": statements}, tuple(sorted(unknown)))


def show(policy: Policy, form: str) -> None:
    """Print the policy; types that it allows nothing for are named on the other stream."""
    for kind in policy.unknown:
        console.say("Missing", f"{kind}: add what CloudFormation needs for it", style="yellow")
    console.data(written(policy.document, "json" if form == "text" else form, ()))


def _resources(texts: Mapping[str, str]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The type and the properties of each resource."""
    for text in texts.values():
        for resource in template.read(text).get("Resources", {}).values():
            yield resource["Type"], resource.get("Properties") or {}


def _to_own(kind: str, properties: Mapping[str, Any]) -> Iterator[Permission]:
    """For the life of a resource; whatever its properties are, it may once have had others, and lose them."""
    entry = calls.TYPES[kind]
    maps = (entry.changes, entry.removals, {name: entry.properties.get(name, ()) for name in properties})
    by_property = [action for one in maps for actions in one.values() for action in actions]
    yield from _allowed(kind, (*entry.create, *entry.read, *entry.update, *entry.delete, *by_property))
    yield Permission(f"{_sid(kind)}Tags", entry.tagged.patterns, (*entry.tag, *entry.untag))
    for service in entry.passes.values():
        yield _handing_over("HandRoles", calls.ROLE.patterns, service)


def _allowed(kind: str, actions: Iterable[str]) -> Iterator[Permission]:
    """Actions of the handlers of a type, each on what it is allowed on."""
    for action in actions:
        yield Permission(_sid(kind), calls.TYPES[kind].resource_of(action).patterns, (action,))


def _sid(kind: str) -> str:
    return kind.replace("::", "")


def _handing_over(sid: str, roles: tuple[str, ...], service: str) -> Permission:
    return Permission(sid, roles, ("iam:PassRole",), (service,))


def _connection(settings: Settings) -> Iterator[Permission]:
    if isinstance(settings.source, GitHub):
        actions = ("codeconnections:GetConnection", "codeconnections:PassConnection", "codeconnections:UseConnection")
        yield Permission("UseConnection", (settings.source.connection_arn,), actions)


def _merged(permissions: Iterable[Permission]) -> Iterator[Permission]:
    """One permission for the same resources, each action once; its name is that of the first."""
    groups: dict[tuple[tuple[str, ...], bool], list[Permission]] = defaultdict(list)
    for permission in permissions:
        if permission.actions:
            groups[permission.resources, bool(permission.passed_to)].append(permission)
    for (resources, _), group in groups.items():
        actions = {_shortened(action) for permission in group for action in permission.actions}
        services = {service for permission in group for service in permission.passed_to}
        yield Permission(group[0].sid, resources, tuple(sorted(actions)), tuple(sorted(services)))


def _shortened(action: str) -> str:
    return next((pattern for pattern in LOOKS if fnmatchcase(action, pattern)), action)


def _statement(permission: Permission, names: Mapping[str, str]) -> dict[str, Any]:
    statement: dict[str, Any] = {
        "Sid": permission.sid,
        "Effect": "Allow",
        "Action": list(permission.actions),
        "Resource": [resource.format_map(names) for resource in permission.resources],
    }
    if permission.passed_to:
        statement["Condition"] = {"StringEquals": {"iam:PassedToService": list(permission.passed_to)}}
    return statement
