"""Templates by their addresses, as large as they may be, nested ones too, below a root with a service role."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.support.services import EVERYTHING, Service
from tests.support.stacks import note, published, resource, settings, table

if TYPE_CHECKING:
    from collections.abc import Callable

    from serverless_pipeline.aws import Clients

INLINE_BYTES = 51_200


def large() -> dict[str, Any]:
    """A template that is too large to be sent in a request."""
    template = {"Metadata": {"Padding": "x" * INLINE_BYTES}, "Resources": {"Note": note()}}
    assert len(json.dumps(template)) > INLINE_BYTES
    return template


def path_style(clients: Clients, url: str) -> str:
    return url.replace(clients.endpoint.url if clients.endpoint else "", "https://s3.us-east-1.amazonaws.com")


def host_style(clients: Clients, url: str) -> str:
    _, bucket, key = url.removeprefix(clients.endpoint.url if clients.endpoint else "").split("/", 2)
    return f"https://{bucket}.s3.us-east-1.amazonaws.com/{key}"


@pytest.mark.parametrize("written", [lambda _clients, url: url, path_style, host_style])
def test_a_large_template_is_delivered_by_its_address(clients: Clients, written: Callable[..., str]) -> None:
    url = published(clients, settings("large"), large())
    service = Service(clients)

    service.deliver(written(clients, url))

    assert service.status() == "CREATE_COMPLETE"


def test_a_large_template_in_a_request_is_refused(clients: Clients) -> None:
    with pytest.raises(ClientError, match="less than or equal to 51200"):
        Service(clients).propose(large())


def nesting(clients: Clients) -> dict[str, Any]:
    """A root with a stack in it that tells the name of its note."""
    chosen = settings("inner")
    inner = {"Resources": {"Note": note()}, "Outputs": {"Note": {"Value": {"Ref": "Note"}}}}
    nested = resource("CloudFormation::Stack", TemplateURL=published(clients, chosen, inner))
    outputs = {"Inner": {"Value": {"Fn::GetAtt": ["Inner", "Outputs.Note"]}}, "Outer": {"Value": {"Ref": "Outer"}}}
    return {"Resources": {"Inner": nested, "Outer": note()}, "Outputs": outputs}


def test_what_is_nested_is_made_with_the_rights_of_the_service_role(clients: Clients) -> None:
    inner = published(clients, settings("inner"), {"Resources": {"Table": table()}})
    template = {"Resources": {"Inner": resource("CloudFormation::Stack", TemplateURL=inner)}}
    denied = {"Effect": "Deny", "Action": "dynamodb:CreateTable", "Resource": "*"}
    service = Service(clients, [*EVERYTHING, denied])

    service.deliver(template)

    session = f"arn:aws:sts::{clients.account}:assumed-role/{service.name}-cloudformation/AWSCloudFormation"
    assert service.status() == "ROLLBACK_COMPLETE"
    assert f"User: {session} is not authorized to perform: dynamodb:CreateTable" in service.failures()[0]


def test_the_tags_of_a_stack_reach_what_is_nested_as_well(clients: Clients) -> None:
    service = Service(clients, tags={"Owner": "me"})
    outputs = service.deliver(nesting(clients))

    def tags(name: str) -> dict[str, str]:
        listed = clients.client("ssm").list_tags_for_resource(ResourceType="Parameter", ResourceId=name)["TagList"]
        return {tag["Key"]: tag["Value"] for tag in listed}

    assert [tags(name).get("Owner") for name in outputs.values()] == ["me", "me"]


def reading(clients: Clients, *, missing: bool) -> dict[str, Any]:
    """A root that reads an output of its nested stack, which has it or not."""
    inner = {"Resources": {"Note": note()}, "Outputs": {"Other" if missing else "Note": {"Value": {"Ref": "Note"}}}}
    nested = resource("CloudFormation::Stack", TemplateURL=published(clients, settings("inner"), inner))
    reader = resource("SSM::Parameter", Type="String", Value={"Fn::GetAtt": ["Inner", "Outputs.Note"]})
    return {"Resources": {"Inner": nested, "Reader": reader}}


def test_an_output_that_a_nested_stack_does_not_have_fails_the_creation(clients: Clients) -> None:
    service = Service(clients)

    service.deliver(reading(clients, missing=True))

    assert service.status() == "ROLLBACK_COMPLETE"
    assert service.failures()[0].startswith("Reader: Output 'Note' not found in stack 'arn:aws:cloudformation:")


def test_an_output_that_a_nested_stack_loses_fails_the_update(clients: Clients) -> None:
    service = Service(clients)
    service.deliver(reading(clients, missing=False))

    service.deliver(reading(clients, missing=True))

    assert service.status() == "UPDATE_ROLLBACK_COMPLETE"
    assert service.failures()[0].startswith("Reader: Output 'Note' not found in stack 'arn:aws:cloudformation:")
