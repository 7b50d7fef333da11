"""The OpenAPI document of an API in a template, `Body` or `BodyS3Location`, of REST and of HTTP APIs.

MiniStack's CloudFormation makes another REST API when its `Body` changes, so that its address does too, and passes over
`BodyS3Location` and the document of an HTTP API. On AWS an import replaces what is in the API, which keeps its ID:
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-restapi.html and
aws-resource-apigatewayv2-api.html.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from serverless_pipeline.local import seams
from serverless_pipeline.local.apigateway import http_api, openapi, rest_api

REST_API = "AWS::ApiGateway::RestApi"
HTTP_API = "AWS::ApiGatewayV2::Api"

Properties = Mapping[str, Any]
Read = Callable[[bytes], dict[str, Any]]
Import = Callable[[str, dict[str, Any]], None]
Create = Callable[..., tuple[str, Any]]
Update = Callable[..., tuple[str, Any]]


class Unreadable(Exception):
    """The document of an API is not there, in AWS's words."""


def install() -> None:
    """Import documents where an API is made, and where its document changes."""
    rest, http = (rest_api.read, rest_api.overwrite), (openapi.parse, http_api.overwrite)
    for kind, (read, bring_in) in {REST_API: rest, HTTP_API: http}.items():
        handlers = seams.RESOURCE_HANDLERS.value[kind]
        handlers["create"] = creating(handlers["create"], read, bring_in)
        handlers["update"] = updating(handlers["update"], read, bring_in)


def creating(create: Create, read: Read, bring_in: Import) -> Create:
    """An API that is made of its document."""

    def create_whole(logical_id: str, properties: Properties, stack: str) -> tuple[str, Any]:
        text = document(properties)
        if text is None:
            return create(logical_id, properties, stack)
        parsed = read(text)
        api_id, attributes = create(logical_id, _named(_bare(properties), parsed), stack)
        bring_in(api_id, parsed)
        _name(api_id, properties)
        return api_id, attributes

    return create_whole


def updating(update: Update, read: Read, bring_in: Import) -> Update:
    """An API that stays, with what is in its new document."""

    def update_in_place(physical_id: str, old: Properties, new: Properties, *place: Any) -> tuple[str, Any]:  # noqa: ANN401 - as MiniStack's
        text = document(new)
        if text is None:
            return update(physical_id, _bare(old), _bare(new), *place)
        parsed = read(text)
        api_id, attributes = update(physical_id, _bare(old), _named(_bare(new), parsed), *place)
        bring_in(api_id, parsed)
        _name(api_id, new)
        return api_id, attributes

    return update_in_place


def document(properties: Properties) -> bytes | None:
    """The text of an API's document, None where it has none.

    Raises:
        Unreadable: there is no such object.
    """
    if body := properties.get("Body"):
        return body.encode() if isinstance(body, str) else json.dumps(body).encode()
    place = properties.get("BodyS3Location")
    if not place:
        return None
    bucket, key = place.get("Bucket", ""), place.get("Key", "")
    text: bytes | None = seams.OBJECT_DATA(bucket, key, version_id=place.get("Version"))
    if text is None:
        raise Unreadable(f"Unable to read the API definition: there is no s3://{bucket}/{key} (S3: NoSuchKey)")
    return text


def _bare(properties: Properties) -> dict[str, Any]:
    """The properties that MiniStack applies itself."""
    return {name: value for name, value in properties.items() if name not in {"Body", "BodyS3Location"}}


def _named(properties: dict[str, Any], parsed: dict[str, Any]) -> dict[str, Any]:
    """With the document's title as the name where the template gives none."""
    title = (parsed.get("info") or {}).get("title")
    return {"Name": str(title), **properties} if title else properties


def _name(api_id: str, properties: Properties) -> None:
    """The name that the template gives comes before the title of the document."""
    api = seams.REST_APIS.value.get(api_id) or seams.HTTP_APIS.value.get(api_id)
    if api and properties.get("Name"):
        api["name"] = properties["Name"]
