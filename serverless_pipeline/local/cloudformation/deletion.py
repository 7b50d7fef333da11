"""Deletions as CloudFormation does them.

MiniStack deletes what a nested stack holds whatever its deletion policies say, tells no event of it, and calls the
stack deleted when something in it could not be. Here a nested stack is deleted as a root is, and what fails in it fails
its parent; one that could not be made leaves nothing. And MiniStack deletes a bucket with all that is in it;
CloudFormation refuses to.
"""

import asyncio
from collections.abc import Callable
from typing import Any

Create = Callable[[str, Any, str], Any]

STACK = "AWS::CloudFormation::Stack"
BUCKET = "AWS::S3::Bucket"


class DeletionFailed(Exception):
    """What could not be deleted, in AWS's words."""


def install() -> None:
    """Take the place of MiniStack's deletion of nested stacks, and look before that of a bucket."""
    from ministack.services.cloudformation import provisioners

    handlers = provisioners._RESOURCE_HANDLERS  # noqa: SLF001 - MiniStack has no public way
    delete_bucket = handlers[BUCKET]["delete"]

    def delete_empty(physical_id: str, properties: Any) -> None:  # noqa: ANN401 - as MiniStack's
        _demand_empty(physical_id)
        delete_bucket(physical_id, properties)

    handlers[BUCKET]["delete"] = delete_empty
    handlers[STACK]["delete"] = _delete_nested
    handlers[STACK]["create"] = _whole_or_nothing(handlers[STACK]["create"])


def _whole_or_nothing(create: Create) -> Create:
    """A nested stack that fails to be made is rolled back; MiniStack leaves what it had made."""

    def create_or_clear(logical_id: str, properties: Any, parent: str) -> Any:  # noqa: ANN401 - as MiniStack's
        from ministack.services.cloudformation import _stacks, stacks

        try:
            return create(logical_id, properties, parent)
        except Exception:
            prefix = f"{parent}-{logical_id}-"
            made = [(name, stack) for name, stack in _stacks.items() if name.startswith(prefix)]
            for name, stack in made:
                if stack["StackStatus"] == "CREATE_FAILED":
                    asyncio.run(stacks._delete_stack_async(name, stack["StackId"]))  # noqa: SLF001
            raise

    return create_or_clear


def _delete_nested(physical_id: str, _properties: Any) -> None:  # noqa: ANN401 - as MiniStack's
    """Runs on a thread of its own, as MiniStack does with all that nested stacks need."""
    from ministack.services.cloudformation import _stacks, provisioners, stacks

    name = provisioners._nested_stack_lookup_name(physical_id)  # noqa: SLF001 - MiniStack has no public way
    nested = _stacks.get(name)
    if nested is None or nested["StackStatus"] == "DELETE_COMPLETE":
        return
    asyncio.run(stacks._delete_stack_async(name, nested["StackId"]))  # noqa: SLF001 - MiniStack has no public way
    if nested["StackStatus"] == "DELETE_FAILED":
        reason = nested["StackStatusReason"]
        raise DeletionFailed(f"Embedded stack {nested['StackId']} was not successfully deleted: {reason}")


def _demand_empty(bucket: str) -> None:
    from ministack.services import s3

    held = s3._buckets.get(bucket)  # noqa: SLF001 - MiniStack has no public way
    if held and (held["objects"] or s3._bucket_has_versions(bucket)):  # noqa: SLF001
        raise DeletionFailed(
            "The bucket you tried to delete is not empty (Service: S3, Status Code: 409, Error Code: BucketNotEmpty)"
        )
