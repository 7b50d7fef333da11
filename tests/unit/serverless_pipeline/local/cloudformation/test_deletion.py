from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.local import seams
from serverless_pipeline.local.cloudformation import deletion
from serverless_pipeline.local.cloudformation.deletion import DeletionFailed

if TYPE_CHECKING:
    from tests.support.cloudformation import CloudFormation

STACK, BUCKET = "AWS::CloudFormation::Stack", "AWS::S3::Bucket"


class Broken(Exception):
    pass


@pytest.fixture
def deleted() -> list[tuple[str, ...]]:
    """What MiniStack was asked to delete."""
    return []


@pytest.fixture
def installed(cloudformation: CloudFormation, deleted: list[tuple[str, ...]]) -> CloudFormation:
    """An empty bucket, one with an object and one with a version; a stack ends as `ends` of its record says."""
    seams.BUCKETS.replace({"empty": {"objects": {}}, "full": {"objects": {"key": 1}}, "versions": {"objects": {}}})
    seams.BUCKET_HAS_VERSIONS.replace(lambda name: name == "versions")
    seams.NESTED_STACK_LOOKUP_NAME.replace(lambda identity: identity.split("/")[1])

    async def delete_stack(name: str, identity: str) -> None:
        deleted.append((name, identity))
        cloudformation.stacks[name].update(cloudformation.stacks[name].get("ends", {"StackStatus": "DELETE_COMPLETE"}))

    seams.DELETE_STACK_ASYNC.replace(delete_stack)
    cloudformation.handlers[BUCKET]["delete"] = lambda name, _: deleted.append((name,))
    cloudformation.handlers[STACK]["create"] = create
    deletion.install()
    return cloudformation


def create(logical_id: str, properties: Any, parent: str) -> tuple[str, ...]:
    if properties == "broken":
        raise Broken
    return logical_id, properties, parent


def test_an_empty_bucket_is_deleted(installed: CloudFormation, deleted: list[tuple[str, ...]]) -> None:
    for name in ("empty", "gone"):
        installed.handlers[BUCKET]["delete"](name, {})

    assert deleted == [("empty",), ("gone",)]


@pytest.mark.parametrize("name", ["full", "versions"])
def test_a_bucket_that_holds_something_is_not(
    installed: CloudFormation, deleted: list[tuple[str, ...]], name: str
) -> None:
    words = r"The bucket you tried to delete is not empty \(Service: S3, Status Code: 409, Error Code: BucketNotEmpty\)"

    with pytest.raises(DeletionFailed, match=words):
        installed.handlers[BUCKET]["delete"](name, {})

    assert deleted == []


def test_a_nested_stack_is_deleted_as_a_root_is(installed: CloudFormation, deleted: list[tuple[str, ...]]) -> None:
    installed.add_stack("shop-Inner-1")

    installed.handlers[STACK]["delete"]("arn:stack/shop-Inner-1/1", {})

    assert deleted == [("shop-Inner-1", "arn:stack/shop-Inner-1/1")]


@pytest.mark.parametrize("status", ["", "DELETE_COMPLETE"])
def test_a_nested_stack_that_is_gone_is_left_alone(
    installed: CloudFormation, deleted: list[tuple[str, ...]], status: str
) -> None:
    if status:
        installed.add_stack("shop-Inner-1", status)

    installed.handlers[STACK]["delete"]("arn:stack/shop-Inner-1/1", {})

    assert deleted == []


def test_what_fails_in_a_nested_stack_fails_its_parent(installed: CloudFormation) -> None:
    installed.add_stack("shop-Inner-1", ends={"StackStatus": "DELETE_FAILED", "StackStatusReason": "a bucket is full"})

    words = r"Embedded stack arn:stack/shop-Inner-1/1 was not successfully deleted: a bucket is full"
    with pytest.raises(DeletionFailed, match=words):
        installed.handlers[STACK]["delete"]("arn:stack/shop-Inner-1/1", {})


def test_a_nested_stack_that_is_made_stays(installed: CloudFormation, deleted: list[tuple[str, ...]]) -> None:
    installed.add_stack("shop-Inner-1", "CREATE_FAILED")

    assert installed.handlers[STACK]["create"]("Inner", "fine", "shop") == ("Inner", "fine", "shop")
    assert deleted == []


def test_one_that_fails_to_be_made_leaves_nothing(installed: CloudFormation, deleted: list[tuple[str, ...]]) -> None:
    for name, status in (
        ("shop-Inner-1", "CREATE_COMPLETE"),
        ("shop-Inner-2", "CREATE_FAILED"),
        ("shop-Other-1", "CREATE_FAILED"),
        ("other-Inner-1", "CREATE_FAILED"),
    ):
        installed.add_stack(name, status)

    with pytest.raises(Broken):
        installed.handlers[STACK]["create"]("Inner", "broken", "shop")

    assert deleted == [("shop-Inner-2", "arn:stack/shop-Inner-2/1")]
