"""The deletion of a nested stack as CloudFormation does it, and tags of buckets.

MiniStack deletes what a nested stack holds whatever its deletion policies say, tells no event of it, and calls the
stack deleted when something in it could not be. Here a nested stack is deleted as a root is, and what fails in it fails
its parent. And MiniStack has no tags of a stack on a bucket.
"""

import asyncio
from collections.abc import Callable
from typing import Any

KIND = "AWS::CloudFormation::Stack"
BUCKET = "AWS::S3::Bucket"


class DeletionFailed(Exception):
    """A nested stack still holds something; says what in CloudFormation's words."""


def install() -> None:
    """Take the place of MiniStack's deletion of nested stacks, and hand buckets their tags."""
    from ministack.services.cloudformation import provisioners

    handlers = provisioners._RESOURCE_HANDLERS  # noqa: SLF001 - MiniStack has no public way
    handlers[KIND]["delete"] = _delete
    handlers[BUCKET]["create"] = _tagging(handlers[BUCKET]["create"], tags_of=lambda told: told[1])
    handlers[BUCKET]["update"] = _tagging(handlers[BUCKET]["update"], tags_of=lambda told: told[2])
    provisioners._STACK_TAG_PROPERTY[BUCKET] = ("Tags", "list")  # noqa: SLF001 - MiniStack has no public way


def _delete(physical_id: str, _properties: Any) -> None:  # noqa: ANN401 - as MiniStack's
    """Runs on a thread of its own, as MiniStack does with all that nested stacks need."""
    from ministack.services.cloudformation import _stacks, provisioners, stacks

    name = provisioners._nested_stack_lookup_name(physical_id)  # noqa: SLF001 - MiniStack has no public way
    nested = _stacks.get(name)
    if nested is None or nested["StackStatus"] == "DELETE_COMPLETE":
        return
    asyncio.run(stacks._delete_stack_async(name, nested["StackId"]))  # noqa: SLF001 - MiniStack has no public way
    if nested["StackStatus"] == "DELETE_FAILED":
        raise DeletionFailed(
            f"Embedded stack {nested['StackId']} was not successfully deleted: {nested['StackStatusReason']}"
        )


def _tagging(handle: Callable[..., tuple[str, Any]], tags_of: Callable[[Any], Any]) -> Callable[..., tuple[str, Any]]:
    """Put the tags on the bucket that a handler made or changed."""

    def handle_and_tag(*told: Any) -> tuple[str, Any]:  # noqa: ANN401 - as MiniStack's
        from ministack.services import s3

        name, attributes = handle(*told)
        s3._bucket_tags[name] = {tag["Key"]: tag["Value"] for tag in tags_of(told).get("Tags") or []}  # noqa: SLF001
        return name, attributes

    return handle_and_tag
