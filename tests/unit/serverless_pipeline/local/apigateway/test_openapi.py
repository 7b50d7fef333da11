from __future__ import annotations

import json
from typing import Any

import pytest

from serverless_pipeline.local.apigateway import openapi
from serverless_pipeline.local.apigateway.openapi import Invalid, Operation

FUNCTION = (
    "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:1:function:f/invocations"
)
SQS = "arn:aws:apigateway:us-east-1:sqs:path/1/queue"


@pytest.mark.parametrize(
    "document",
    [{"openapi": "3.0.1", "paths": {}}, {"openapi": "3.0.3", "paths": {"/": {}}}, {"swagger": "2.0", "paths": {}}],
)
def test_an_openapi_document_is_read(document: dict[str, Any]) -> None:
    assert openapi.parse(json.dumps(document).encode()) == document


def test_swagger_may_be_a_number_of_yaml() -> None:
    assert openapi.parse(b"swagger: 2.0\npaths: {/: {}}\n") == {"swagger": 2.0, "paths": {"/": {}}}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"[]", "Invalid OpenAPI input: it holds no object"),
        (b"{\x00", "Invalid OpenAPI input: unacceptable character #x0000"),
        (b"{a: [", "Invalid OpenAPI input: while parsing"),
        (b'{"paths": {}}', "Invalid OpenAPI input: openapi must be 3.0.x, or swagger 2.0"),
        (b'{"openapi": "3.1.0", "paths": {}}', "Invalid OpenAPI input: openapi must be 3.0.x, or swagger 2.0"),
        (b'{"openapi": "2.0", "paths": {}}', "Invalid OpenAPI input: openapi must be 3.0.x, or swagger 2.0"),
        (b'{"swagger": "1.2", "paths": {}}', "Invalid OpenAPI input: openapi must be 3.0.x, or swagger 2.0"),
        (b'{"openapi": "3.0.1"}', "Invalid OpenAPI input: paths is missing"),
        (b'{"openapi": "3.0.1", "paths": []}', "Invalid OpenAPI input: paths is missing"),
    ],
)
def test_what_is_none_is_refused(text: bytes, words: str) -> None:
    with pytest.raises(Invalid) as caught:
        openapi.parse(text)

    assert str(caught.value).startswith(words)


def test_operations_come_in_the_order_of_the_document() -> None:
    named = ("post", "get", "put", "delete", "patch", "head", "options", "x-amazon-apigateway-any-method")
    item = {"parameters": [], "summary": "no operation", **{name: {"is": name} for name in named}}

    operations = openapi.operations({"paths": {"/b": item, "/none": None, "/a": {"get": None}}})

    assert operations == [
        *(Operation("/b", name.upper(), {"is": name}) for name in named[:-1]),
        Operation("/b", "ANY", {"is": named[-1]}),
        Operation("/a", "GET", {}),
    ]


def test_an_operation_has_the_integration_that_api_gateways_extension_describes() -> None:
    assert Operation("/", "GET", {"x-amazon-apigateway-integration": {"type": "mock"}}).integration == {"type": "mock"}
    assert Operation("/", "GET", {"x-other": {"type": "mock"}}).integration is None


@pytest.mark.parametrize(
    "integration",
    [
        {"type": "mock"},
        {"type": "MOCK"},
        {"type": "aws_proxy", "httpMethod": "POST", "uri": FUNCTION},
        {"type": "aws", "httpMethod": "GET", "uri": SQS},
        {"type": "http", "uri": "http://x"},
        {"type": "http_proxy", "uri": "https://x"},
    ],
)
def test_an_integration_that_works_has_no_fault(integration: dict[str, str]) -> None:
    assert warnings(integration) == []


@pytest.mark.parametrize(
    ("integration", "faults"),
    [
        (None, ["No integration defined"]),
        ({}, ["No integration defined"]),
        ({"type": "magic"}, ["Unknown integration type 'magic'"]),
        ({"uri": "x"}, ["Unknown integration type None"]),
        (
            {"type": "aws_proxy", "httpMethod": "GET", "uri": FUNCTION},
            ["The integration of a Lambda function needs httpMethod POST"],
        ),
        ({"type": "aws_proxy", "uri": FUNCTION}, ["The integration of a Lambda function needs httpMethod POST"]),
        ({"type": "aws_proxy", "httpMethod": "POST", "uri": "f"}, ["Invalid ARN 'f' specified in the integration"]),
        (
            {"type": "aws", "httpMethod": "POST", "uri": "arn:aws:${Region}"},
            ["Invalid ARN 'arn:aws:${Region}' specified in the integration"],
        ),
        ({"type": "aws"}, ["Invalid ARN '' specified in the integration"]),
        ({"type": "http_proxy", "uri": "ftp://x"}, ["Invalid HTTP endpoint 'ftp://x' specified in the integration"]),
        ({"type": "http"}, ["Invalid HTTP endpoint '' specified in the integration"]),
    ],
)
def test_each_fault_names_the_method_and_the_resource(integration: dict[str, str] | None, faults: list[str]) -> None:
    assert warnings(integration) == [f"{fault} for method 'GET' on resource '/data'" for fault in faults]


def test_faults_come_in_the_order_of_the_document() -> None:
    paths: dict[str, Any] = {"/b": {"post": {}, "get": {}}, "/a": {"get": {}}}

    assert openapi.warnings({"paths": paths}) == [
        f"No integration defined for method '{method}' on resource '{path}'"
        for path, method in (("/b", "POST"), ("/b", "GET"), ("/a", "GET"))
    ]


def warnings(integration: dict[str, str] | None) -> list[str]:
    return openapi.warnings({"paths": {"/data": {"get": {"x-amazon-apigateway-integration": integration}}}})


@pytest.mark.parametrize(
    ("integration", "fault"),
    [
        ({"type": "http_proxy", "uri": "https://${stageVariables.host}/items"}, ""),
        ({"type": "http_proxy", "uri": "${stageVariables.address}/items"}, ""),
        ({"type": "http_proxy", "uri": "items/${stageVariables.address}"}, "Invalid HTTP endpoint"),
        ({"type": "aws_proxy", "httpMethod": "POST", "uri": "arn:x:${stageVariables.name}/invocations"}, ""),
        ({"type": "aws_proxy", "httpMethod": "POST", "uri": "arn:x:${Name}:${stageVariables.name}"}, "Invalid ARN"),
    ],
)
def test_a_stage_variable_may_stand_in_an_address(integration: dict[str, str], fault: str) -> None:
    paths = {"/": {"get": {"x-amazon-apigateway-integration": integration}}}

    said = openapi.warnings({"paths": paths})

    assert [words.startswith(fault) for words in said] == ([True] if fault else [])
