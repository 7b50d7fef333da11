"""Properties that MiniStack's CloudFormation leaves out or misspells.

Without the tags of a bucket a stack's tags would reach everything but its buckets, and without the boundary of a role
IAM would not bound the roles it should. The CORS configuration of an HTTP API is kept as a template writes it, and
looked for as the API writes it.
"""

from collections.abc import Callable, Mapping
from typing import Any

from serverless_pipeline.local import seams

BUCKET = "AWS::S3::Bucket"
HTTP_API = "AWS::ApiGatewayV2::Api"
ROLE = "AWS::IAM::Role"

Properties = Mapping[str, Any]
Handler = Callable[..., tuple[str, Any]]
Apply = Callable[[str, Properties], None]


def install() -> None:
    """Apply them after MiniStack has created or updated the resource."""
    seams.STACK_TAG_PROPERTY.value[BUCKET] = ("Tags", "list")
    handlers = seams.RESOURCE_HANDLERS.value
    for kind, apply in {BUCKET: tag, HTTP_API: share, ROLE: bound}.items():
        handlers[kind]["create"] = also(apply, handlers[kind]["create"], position=1)
        handlers[kind]["update"] = also(apply, handlers[kind]["update"], position=2)


def also(apply: Apply, handle: Handler, *, position: int) -> Handler:
    """A handler that applies what is left out; the properties stand at this position of its arguments."""

    def complete(*arguments: Any) -> tuple[str, Any]:  # noqa: ANN401 - as MiniStack's
        name, attributes = handle(*arguments)
        apply(name, arguments[position])
        return name, attributes

    return complete


def tag(bucket: str, properties: Properties) -> None:
    """Give a bucket its tags, and no other."""
    seams.BUCKET_TAGS.value[bucket] = {entry["Key"]: entry["Value"] for entry in properties.get("Tags") or []}


def bound(role: str, properties: Properties) -> None:
    """Let a policy bound what a role may do; without the property none does."""
    seams.ROLES.value[role]["PermissionsBoundary"] = properties.get("PermissionsBoundary") or ""


def share(api_id: str, properties: Properties) -> None:
    """Let an HTTP API answer other origins as its property says: `AllowOrigins` is `allowOrigins` there."""
    if configuration := properties.get("CorsConfiguration"):
        cors = {f"{name[0].lower()}{name[1:]}": value for name, value in configuration.items()}
        seams.HTTP_APIS.value[api_id]["corsConfiguration"] = cors
