from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.local import seams
from serverless_pipeline.local.cloudformation import taken_names
from serverless_pipeline.local.cloudformation.taken_names import AlreadyExists

if TYPE_CHECKING:
    from tests.support.cloudformation import CloudFormation


@pytest.fixture
def create(cloudformation: CloudFormation) -> Any:
    """The creation of a log group where `/shop` is there."""
    seams.LOG_GROUPS.replace({"/shop": {}})
    cloudformation.handlers["AWS::Logs::LogGroup"]["create"] = lambda *arguments: arguments
    taken_names.install()
    return cloudformation.handlers["AWS::Logs::LogGroup"]["create"]


def test_a_log_group_whose_name_is_taken_is_refused(create: Any) -> None:
    words = r"Resource of type 'AWS::Logs::LogGroup' with identifier '/shop' already exists\."

    with pytest.raises(AlreadyExists, match=words):
        create("Group", {"LogGroupName": "/shop"}, "stack")


@pytest.mark.parametrize("properties", [{"LogGroupName": "/other"}, {}])
def test_any_other_is_made(create: Any, properties: dict[str, str]) -> None:
    assert create("Group", properties, "stack") == ("Group", properties, "stack")
