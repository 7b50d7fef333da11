"""Tags of pipelines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.local.codepipeline.model.refusal import Refusal
from serverless_pipeline.local.codepipeline.wire.operations import tags
from tests.support.engine import ACCOUNT, ARN, CALLER, InMemory

if TYPE_CHECKING:
    from serverless_pipeline.local.codepipeline.model.store import PipelineRecord


@pytest.fixture
def record(in_memory: InMemory) -> PipelineRecord:
    """A pipeline with a tag of its own and one of CloudFormation's."""
    record = in_memory.record()
    record.tags = {"team": "red", "aws:cloudformation:stack-name": "shop"}
    return record


def tag_list(count: int) -> list[dict[str, str]]:
    return [{"key": f"k{number}", "value": "v"} for number in range(count)]


def refusal(call: Any, *arguments: Any) -> tuple[str, str]:
    with pytest.raises(Refusal) as refused:
        call(*arguments)
    return refused.value.code, refused.value.message


def test_tags_are_set_and_others_stay(in_memory: InMemory, record: PipelineRecord) -> None:
    values = [{"key": "team", "value": "blue"}, {"key": "cost", "value": "42"}]

    answer = tags.tag(in_memory.engine, CALLER, {"resourceArn": ARN, "tags": values})

    assert answer == {}
    assert record.tags == {"team": "blue", "aws:cloudformation:stack-name": "shop", "cost": "42"}


def test_tags_are_taken_away_and_others_stay(in_memory: InMemory, record: PipelineRecord) -> None:
    answer = tags.untag(in_memory.engine, CALLER, {"resourceArn": ARN, "tagKeys": ["team", "never"]})

    assert answer == {}
    assert record.tags == {"aws:cloudformation:stack-name": "shop"}


@pytest.mark.usefixtures("record")
def test_tags_are_listed_in_pages(in_memory: InMemory) -> None:
    first = tags.list_(in_memory.engine, CALLER, {"resourceArn": ARN, "maxResults": 1})
    second = tags.list_(in_memory.engine, CALLER, {"resourceArn": ARN, "nextToken": first["nextToken"]})

    assert first["tags"] == [{"key": "aws:cloudformation:stack-name", "value": "shop"}]
    assert second == {"tags": [{"key": "team", "value": "red"}]}


def test_a_pipeline_has_fifty_tags_at_most() -> None:
    assert len(tags.read(tag_list(50))) == 50
    assert refusal(tags.read, tag_list(51)) == (
        "TooManyTagsException",
        "A pipeline can have 50 tags at most, not 51",
    )


def test_the_tags_that_a_pipeline_has_count(in_memory: InMemory, record: PipelineRecord) -> None:
    request = {"resourceArn": ARN, "tags": tag_list(49)}

    assert refusal(tags.tag, in_memory.engine, CALLER, request)[0] == "TooManyTagsException"
    assert len(record.tags) == 2


@pytest.mark.parametrize("key", ["aws:x", "AWS:x"])
def test_the_prefix_of_aws_is_reserved(key: str) -> None:
    assert refusal(tags.read, [{"key": key, "value": "1"}]) == (
        "InvalidTagsException",
        f"The tag '{key}' starts with aws:, which is reserved",
    )


def test_aws_may_use_its_prefix() -> None:
    assert tags.read([{"key": "aws:x", "value": "1"}], own=True) == {"aws:x": "1"}


@pytest.mark.parametrize(
    "arn",
    [
        f"arn:aws:codepipeline:us-east-1:{ACCOUNT}:p",
        "arn:aws:codepipeline:eu-west-1:444455556666:p",
    ],
)
@pytest.mark.usefixtures("record")
def test_a_resource_of_another_region_or_account_is_refused(in_memory: InMemory, arn: str) -> None:
    assert refusal(tags.list_, in_memory.engine, CALLER, {"resourceArn": arn}) == (
        "InvalidArnException",
        f"{arn} is not a resource of this account and region",
    )


def test_a_pipeline_that_is_missing_is_named(in_memory: InMemory) -> None:
    for operation, more in ((tags.list_, {}), (tags.untag, {"tagKeys": ["a"]}), (tags.tag, {"tags": []})):
        assert refusal(operation, in_memory.engine, CALLER, {"resourceArn": ARN, **more}) == (
            "ResourceNotFoundException",
            f"There is no resource {ARN}",
        )
