"""The smallest policy with which somebody can bring the pipeline up, keep it, and take it down: `pipeline.policy`."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from serverless_pipeline import console
from serverless_pipeline.cloudformation import template
from serverless_pipeline.cloudformation.permissions import COMMANDS, PASSED, TYPES, Permission
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


def show(settings: Settings, clients: Clients, output: str) -> None:
    """Print the policy; types that it has no permissions for are named on the other stream."""
    rendered = templates.draw(settings, templates.ACCOUNT).texts
    for kind in sorted(unknown(rendered)):
        console.say("Missing", f"{kind}: add what CloudFormation needs for it", style="yellow")
    document = policy(settings, clients, rendered)
    console.data(written(document, "json" if output == "text" else output, ()))


def policy(settings: Settings, clients: Clients, rendered: Mapping[str, str]) -> dict[str, Any]:
    """The policy document: what the commands call, and what CloudFormation calls for these templates.

    With a service role CloudFormation acts as that role, so only handing it over is needed.
    """
    permissions = [*COMMANDS, *_connection(settings)]
    if settings.service_role:
        services = ("cloudformation.amazonaws.com",)
        permissions.append(Permission("HandServiceRole", (settings.service_role,), ("iam:PassRole",), services))
    else:
        permissions += _of_templates(rendered)
    names = {
        "stack": settings.stack_name,
        "region": clients.region,
        "account": clients.account,
        "partition": clients.session.get_partition_for_region(clients.region),
    }
    return {"Version": "2012-10-17", "Statement": [_statement(one, names) for one in _merged(permissions)]}


def unknown(rendered: Mapping[str, str]) -> set[str]:
    """The types in the templates whose permissions are not known here."""
    return {kind for kind, _ in _resources(rendered)} - TYPES.keys()


def _of_templates(rendered: Mapping[str, str]) -> Iterator[Permission]:
    for kind, properties in _resources(rendered):
        if kind in TYPES:
            needs = TYPES[kind]
            more = [action for name in properties for action in needs.properties.get(name, ())]
            yield Permission(kind.replace("::", ""), needs.resources, (*needs.actions, *more))
        if kind in PASSED:
            yield PASSED[kind]


def _resources(rendered: Mapping[str, str]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for text in rendered.values():
        for resource in template.read(text).get("Resources", {}).values():
            yield resource["Type"], resource.get("Properties") or {}


def _connection(settings: Settings) -> Iterator[Permission]:
    if isinstance(settings.source, GitHub):
        actions = ("codeconnections:GetConnection", "codeconnections:PassConnection", "codeconnections:UseConnection")
        yield Permission("UseConnection", (settings.source.connection_arn,), actions)


def _merged(permissions: Iterable[Permission]) -> Iterator[Permission]:
    """One statement for the same resources, each action once."""
    actions: dict[tuple[tuple[str, ...], bool], set[str]] = defaultdict(set)
    services: dict[tuple[tuple[str, ...], bool], set[str]] = defaultdict(set)
    sids: dict[tuple[tuple[str, ...], bool], str] = {}
    for one in permissions:
        key = one.resources, bool(one.passed_to)
        actions[key] |= set(one.actions)
        services[key] |= set(one.passed_to)
        sids.setdefault(key, one.sid)
    for (resources, passed), sid in sids.items():
        key = resources, passed
        yield Permission(sid, resources, tuple(sorted(actions[key])), tuple(sorted(services[key])))


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
