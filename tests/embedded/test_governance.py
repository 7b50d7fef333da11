"""Tags, boundaries and protection, as the product's own templates carry them to every resource."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import pytest
from botocore.stub import Stubber

from serverless_pipeline.cloudformation import change_set, stack, tree
from serverless_pipeline.cloudformation.stack import Desired, Stack, Status
from serverless_pipeline.commands import down, up
from serverless_pipeline.errors import Misconfigured
from serverless_pipeline.project import bucket
from serverless_pipeline.settings import S3, Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from serverless_pipeline.aws import Clients

ANYTHING = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'


@pytest.fixture(scope="module")
def governed(clients: Clients) -> Iterator[Settings]:
    """A pipeline that has all of it."""
    boundary = clients.iam.create_policy(PolicyName=f"bounds-{uuid.uuid4().hex[:8]}", PolicyDocument=ANYTHING)
    settings = Settings(
        template="app/environment.yml",
        stack_name=f"governed-{uuid.uuid4().hex[:8]}",
        source=S3(),
        tags={"Team": "shop", "Cost Center": "42"},
        permissions_boundary=boundary["Policy"]["Arn"],
        termination_protection=True,
    )
    up.up(settings, clients, wait=True, sure=True)
    yield settings
    down.down(settings, clients, sure=True, unprotect=True)


def of_type(clients: Clients, settings: Settings, kind: str) -> list[str]:
    root = stack.demand(clients, settings.stack_name)
    names = [one.physical_id for one in tree.look(clients, root.id).walk() if one.type == f"AWS::{kind}"]
    assert names
    return names


def test_everything_that_can_be_tagged_has_the_tags(clients: Clients, governed: Settings) -> None:
    arn = f"arn:aws:%s:{clients.region}:{clients.account}:%s"
    read: dict[str, Callable[[str], Mapping[str, str]]] = {
        "CloudFormation::Stack": lambda name: stack.demand(clients, name).tags,
        "Lambda::Function": lambda name: clients.functions.list_tags(Resource=arn % ("lambda", f"function:{name}"))[
            "Tags"
        ],
        "IAM::Role": lambda name: pairs(clients.iam.list_role_tags(RoleName=name)["Tags"]),
        "S3::Bucket": lambda name: pairs(clients.s3.get_bucket_tagging(Bucket=name)["TagSet"]),
        "Logs::LogGroup": lambda name: clients.logs.list_tags_for_resource(
            resourceArn=arn % ("logs", f"log-group:{name}")
        )["tags"],
        "CodePipeline::Pipeline": lambda name: lower(
            clients.codepipeline.list_tags_for_resource(resourceArn=arn % ("codepipeline", name))["tags"]
        ),
    }

    tags = {"Application": governed.stack_name, "Team": "shop", "Cost Center": "42"}
    lacking = [
        (kind, name)
        for kind, ask in read.items()
        for name in of_type(clients, governed, kind)
        if not tags.items() <= ask(name).items()
    ]
    assert lacking == []


def test_the_root_and_the_bucket_of_the_templates_have_the_tags(clients: Clients, governed: Settings) -> None:
    home = bucket.name(governed, clients)

    assert stack.demand(clients, governed.stack_name).tags == governed.stack_tags
    assert pairs(clients.s3.get_bucket_tagging(Bucket=home)["TagSet"]) == governed.stack_tags


def test_every_role_is_bounded(clients: Clients, governed: Settings) -> None:
    bounds = [
        clients.iam.get_role(RoleName=name)["Role"].get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
        for name in of_type(clients, governed, "IAM::Role")
    ]

    assert set(bounds) == {governed.permissions_boundary}


def test_a_tag_that_changes_is_an_update_and_the_same_tags_are_none(
    clients: Clients, governed: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    from dataclasses import replace

    up.up(governed, clients, wait=True, sure=True)
    same = capsys.readouterr().err
    up.up(replace(governed, tags={"Team": "other", "Cost Center": "42"}), clients, wait=True, sure=True)
    root = stack.demand(clients, governed.stack_name)
    up.up(governed, clients, wait=True, sure=True)

    assert same.splitlines()[-1] == f"Unchanged  stack {governed.stack_name}"
    assert root.tags["Team"] == "other"


def test_a_protected_stack_is_not_taken_down(clients: Clients, governed: Settings) -> None:
    with pytest.raises(Misconfigured, match=r"is protected[\s\S]*invoke pipeline\.down --unprotect"):
        down.down(governed, clients, sure=True)

    assert stack.demand(clients, governed.stack_name).protected
    assert stack.demand(clients, governed.stack_name).status.ended_well


def test_protection_that_is_wanted_later_comes_with_the_next_up(
    clients: Clients, governed: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.protect(clients, stack.demand(clients, governed.stack_name), on=False)

    up.up(governed, clients, wait=True, sure=True)

    assert stack.demand(clients, governed.stack_name).protected
    assert f"Protected  stack {governed.stack_name} from being deleted" in capsys.readouterr().err


def test_the_service_role_is_the_one_that_plans_and_deletes(clients: Clients) -> None:
    role = "arn:aws:iam::123456789012:role/deployer"
    planned = change_set._request(Desired("shop", "https://x", role=role))
    existing = Stack("shop", "arn:shop", Status.CREATE_COMPLETE)

    with Stubber(clients.cloudformation) as answers:
        answers.add_response("delete_stack", {}, {"StackName": "arn:shop", "RoleARN": role})
        stack.delete(clients, existing, role)

    assert planned["RoleARN"] == role
    assert "RoleARN" not in change_set._request(Desired("shop", "https://x"))


def pairs(listed: Iterable[Any]) -> dict[str, str]:
    return {item["Key"]: item["Value"] for item in listed}


def lower(listed: Iterable[Any]) -> dict[str, str]:
    return {item["key"]: item["value"] for item in listed}
