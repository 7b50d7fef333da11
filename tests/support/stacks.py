"""Small stacks for tests: templates as data, published and deployed on the embedded AWS."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

from serverless_pipeline.cloudformation import change_set, operation, stack, tree
from serverless_pipeline.cloudformation.stack import Desired
from serverless_pipeline.patience import Patience
from serverless_pipeline.project import bucket, preflight
from serverless_pipeline.project.standing import Standing
from serverless_pipeline.settings import S3, Settings
from tests.support.waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from serverless_pipeline.aws import Clients
    from serverless_pipeline.cloudformation.stack import Stack

VERSIONED: dict[str, Any] = {"VersioningConfiguration": {"Status": "Enabled"}}


def resource(kind: str, *, policy: str = "", **properties: Any) -> dict[str, Any]:
    """A resource of a template; `policy` is its deletion policy."""
    return {"Type": f"AWS::{kind}", "Properties": properties} | ({"DeletionPolicy": policy} if policy else {})


def table() -> dict[str, Any]:
    return resource(
        "DynamoDB::Table",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        TimeToLiveSpecification={"AttributeName": "expires", "Enabled": True},
    )


def note(value: str = "one") -> dict[str, Any]:
    return resource("SSM::Parameter", Type="String", Value=value)


def settings(prefix: str = "stack") -> Settings:
    """Settings of a stack that nobody else has."""
    name = f"{prefix}-{uuid.uuid4().hex[:8]}"
    return Settings(stack_name=name, environments=("Prod",), source=S3(), template="app/environment.yml")


def published(clients: Clients, chosen: Settings, template: Mapping[str, Any]) -> str:
    """The address of a template in the bucket of its stack."""
    home = bucket.name(chosen, clients)
    bucket.ensure(clients, home)
    key = f"templates/{uuid.uuid4()}.json"
    bucket.publish(clients, home, key, json.dumps(template).encode())
    return bucket.url(clients, home, key)


def nesting(clients: Clients, chosen: Settings, inner: Mapping[str, Any], **outer: Any) -> str:
    """The address of a root with one nested stack, `Inner`, and some resources of its own."""
    url = published(clients, chosen, {"Resources": inner})
    nested = {"Type": stack.KIND, "Properties": {"TemplateURL": url}}
    return published(clients, chosen, {"Resources": {"Inner": nested, **outer}})


def deployed(clients: Clients, chosen: Settings, url: str, **parameters: str) -> Stack:
    """The stack after its operation, however that ended."""
    change_set.deploy(clients, Desired(chosen.stack_name, url, parameters))
    return operation.watch(clients, stack.demand(clients, chosen.stack_name), Patience(timeout=PATIENCE))


def physical(clients: Clients, root: Stack) -> dict[str, str]:
    """Physical IDs by logical ID, of the stack and of those nested in it."""
    return {one.logical_id: one.physical_id for one in tree.look(clients, root.id).walk()}


def nested(clients: Clients, root: Stack) -> list[Stack]:
    """The stacks below a root, each before those that it holds."""
    _, *below = tree.look(clients, root.id).trees()
    return [stack.demand(clients, one.stack_id) for one in below]


def vanished(clients: Clients, chosen: Settings) -> list[str]:
    """What `up` would say of what somebody deleted by hand."""
    root = stack.demand(clients, chosen.stack_name)
    now = Standing(root, tree.look(clients, root.id), bucket.names(clients))
    return list(preflight._vanished(clients, now))
