"""Properties that MiniStack's CloudFormation leaves out: the tags of a bucket, and the boundary of a role.

Without them a stack's tags would reach everything but its buckets, and IAM would not bound the roles it should.
"""

from collections.abc import Callable, Mapping
from typing import Any

BUCKET = "AWS::S3::Bucket"
ROLE = "AWS::IAM::Role"

Properties = Mapping[str, Any]
Handler = Callable[..., tuple[str, Any]]


def install() -> None:
    """Apply them after MiniStack has created or updated the resource."""
    from ministack.services.cloudformation import provisioners

    provisioners._STACK_TAG_PROPERTY[BUCKET] = ("Tags", "list")  # noqa: SLF001 - MiniStack has no public way
    for kind, apply in {BUCKET: _tag, ROLE: _bound}.items():
        handlers = provisioners._RESOURCE_HANDLERS[kind]  # noqa: SLF001 - MiniStack has no public way
        handlers["create"] = _also(apply, handlers["create"], position=1)
        handlers["update"] = _also(apply, handlers["update"], position=2)


def _also(apply: Callable[[str, Properties], None], handle: Handler, position: int) -> Handler:
    """A handler that applies what is left out; the properties stand at this position of what it is told."""

    def complete(*told: Any) -> tuple[str, Any]:  # noqa: ANN401 - as MiniStack's
        name, attributes = handle(*told)
        apply(name, told[position])
        return name, attributes

    return complete


def _tag(bucket: str, properties: Properties) -> None:
    from ministack.services import s3

    s3._bucket_tags[bucket] = {tag["Key"]: tag["Value"] for tag in properties.get("Tags") or []}  # noqa: SLF001


def _bound(role: str, properties: Properties) -> None:
    from ministack.services import iam

    iam._roles[role]["PermissionsBoundary"] = properties.get("PermissionsBoundary") or ""  # noqa: SLF001
