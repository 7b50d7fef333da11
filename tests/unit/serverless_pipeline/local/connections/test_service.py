"""Both services, and their types for CloudFormation."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.local import seams
from serverless_pipeline.local.connections import registry, service

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def ministack(empty_ministack: None) -> Iterator[None]:
    assert empty_ministack is None
    for seam, value in {
        seams.GET_ACCOUNT_ID: lambda: "111122223333",
        seams.GET_REGION: lambda: "eu-west-1",
        seams.RESOURCE_HANDLERS: {},
        seams.REPLACING_PROPERTIES: {},
        seams.STACK_TAG_PROPERTY: {},
    }.items():
        seam.replace(value)
    registry.clear()
    yield
    registry.clear()


def call(operation: str, **request: Any) -> tuple[int, dict[str, Any]]:
    status, _, body = service.answer("codeconnections", operation, json.dumps(request).encode())
    return status, json.loads(body)


def test_a_connection_is_available_at_once_until_it_is_deleted() -> None:
    arn = call("CreateConnection", ConnectionName="hub", ProviderType="GitLab")[1]["ConnectionArn"]
    document = {
        "ConnectionName": "hub",
        "ConnectionArn": arn,
        "ProviderType": "GitLab",
        "OwnerAccountId": "111122223333",
        "ConnectionStatus": "AVAILABLE",
    }

    assert call("GetConnection", ConnectionArn=arn) == (200, {"Connection": document})
    assert call("ListConnections") == (200, {"Connections": [document]})
    assert call("ListConnections", ProviderTypeFilter="GitHub") == (200, {"Connections": []})
    assert call("DeleteConnection", ConnectionArn=arn) == (200, {})
    status, refused = call("GetConnection", ConnectionArn=arn)
    assert (status, refused["__type"]) == (400, "ResourceNotFoundException")


def test_connections_come_in_pages() -> None:
    for name in ("a", "b", "c"):
        call("CreateConnection", ConnectionName=name, ProviderType="GitHub")

    first = call("ListConnections", MaxResults=2)[1]
    second = call("ListConnections", MaxResults=2, NextToken=first["NextToken"])[1]

    names = [one["ConnectionName"] for page in (first, second) for one in page["Connections"]]
    assert (names, "NextToken" in second) == (["a", "b", "c"], False)
    host = "arn:aws:codeconnections:us-east-1:000000000000:host/own-1"
    assert call("ListConnections", HostArnFilter=host)[1] == {"Connections": []}


@pytest.mark.parametrize("wrong", [{"NextToken": "x"}, {"MaxResults": 101}, {"MaxResults": "2"}])
def test_a_page_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    status, refused = call("ListConnections", **wrong)

    assert (status, refused["__type"]) == (400, "ValidationException")


def test_tags_come_and_go() -> None:
    tags = [{"Key": "a", "Value": "1"}]
    arn = call("CreateConnection", ConnectionName="hub", ProviderType="GitHub", Tags=tags)[1]["ConnectionArn"]
    call("TagResource", ResourceArn=arn, Tags=[{"Key": "b", "Value": "2"}])
    call("UntagResource", ResourceArn=arn, TagKeys=["a"])

    assert call("ListTagsForResource", ResourceArn=arn) == (200, {"Tags": [{"Key": "b", "Value": "2"}]})


@pytest.mark.parametrize(
    ("operation", "request_", "code"),
    [
        ("CreateConnection", {"ConnectionName": "x" * 33, "ProviderType": "GitHub"}, "ValidationException"),
        ("CreateConnection", {"ConnectionName": "x", "ProviderType": "Sourceforge"}, "ValidationException"),
        ("CreateConnection", {"ConnectionName": "x", "HostArn": "arn:h"}, "ResourceNotFoundException"),
        ("CreateHost", {"Name": "x"}, "UnknownOperationException"),
    ],
)
def test_what_is_refused_is_named(operation: str, request_: dict[str, Any], code: str) -> None:
    status, refused = call(operation, **request_)

    assert (status, refused["__type"]) == (400, code)


def test_a_stack_makes_replaces_and_deletes_connections() -> None:
    service._provide()
    kind = "AWS::CodeConnections::Connection"
    handlers = seams.RESOURCE_HANDLERS.value[kind]

    arn, attributes = handlers["create"]("Hub", {"ConnectionName": "hub", "ProviderType": "GitHub"}, "stack")
    handlers["update"](arn, {}, {"Tags": [{"Key": "a", "Value": 1}]}, "stack")
    connection = registry.find(arn)

    assert attributes == {"ConnectionArn": arn, "ConnectionStatus": "AVAILABLE", "OwnerAccountId": "111122223333"}
    assert connection
    assert connection.tags == {"a": "1"}
    assert seams.REPLACING_PROPERTIES.value[kind] == ("ConnectionName", "ProviderType", "HostArn")
    handlers["delete"](arn, {})
    assert registry.find(arn) is None
    with pytest.raises(ValueError, match="ProviderType must be one of"):
        handlers["create"]("Hub", {"ConnectionName": "hub", "ProviderType": "CVS"}, "stack")
