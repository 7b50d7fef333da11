"""Deletions as CloudFormation does them.

MiniStack deletes what a nested stack holds whatever its deletion policies say, tells no event of it, and calls the
stack deleted when something in it could not be. Here a nested stack is deleted as a root is, and what fails in it fails
its parent; one that could not be made leaves nothing. And MiniStack deletes a bucket with all that is in it;
CloudFormation refuses to.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from serverless_pipeline.local import seams
from serverless_pipeline.local.cloudformation import records

Create = Callable[[str, Any, str], Any]
Delete = Callable[[str, Any], None]

STACK = "AWS::CloudFormation::Stack"
BUCKET = "AWS::S3::Bucket"


class DeletionFailed(Exception):
    """What could not be deleted, in AWS's words."""


def install() -> None:
    """Take the place of MiniStack's deletion of nested stacks, and look before that of a bucket."""
    handlers = seams.RESOURCE_HANDLERS.value
    handlers[BUCKET]["delete"] = only_empty(handlers[BUCKET]["delete"])
    handlers[STACK]["delete"] = delete_nested
    handlers[STACK]["create"] = whole_or_nothing(handlers[STACK]["create"])


def only_empty(delete: Delete) -> Delete:
    """The deletion of a bucket that holds nothing, no version either."""

    def delete_empty(physical_id: str, properties: Any) -> None:  # noqa: ANN401 - as MiniStack's
        bucket = seams.BUCKETS.value.get(physical_id)
        if bucket and (bucket["objects"] or seams.BUCKET_HAS_VERSIONS(physical_id)):
            raise DeletionFailed(
                "The bucket you tried to delete is not empty "
                "(Service: S3, Status Code: 409, Error Code: BucketNotEmpty)"
            )
        delete(physical_id, properties)

    return delete_empty


def whole_or_nothing(create: Create) -> Create:
    """A nested stack that fails to be made is rolled back; MiniStack leaves what it had made."""

    def create_or_clear(logical_id: str, properties: Any, parent: str) -> Any:  # noqa: ANN401 - as MiniStack's
        try:
            return create(logical_id, properties, parent)
        except Exception:
            for stack in records.stacks():
                is_nested = stack["StackName"].startswith(f"{parent}-{logical_id}-")
                if is_nested and stack["StackStatus"] == "CREATE_FAILED":
                    asyncio.run(seams.DELETE_STACK_ASYNC(stack["StackName"], stack["StackId"]))
            raise

    return create_or_clear


def delete_nested(physical_id: str, _properties: Any) -> None:  # noqa: ANN401 - as MiniStack's
    """Delete a nested stack; runs on a thread of its own, as MiniStack does with all that nested stacks need."""
    name = seams.NESTED_STACK_LOOKUP_NAME(physical_id)
    stack = seams.STACKS.value.get(name)
    if stack is None or stack["StackStatus"] == "DELETE_COMPLETE":
        return
    asyncio.run(seams.DELETE_STACK_ASYNC(name, stack["StackId"]))
    if stack["StackStatus"] == "DELETE_FAILED":
        reason = stack["StackStatusReason"]
        raise DeletionFailed(f"Embedded stack {stack['StackId']} was not successfully deleted: {reason}")
