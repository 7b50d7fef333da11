"""CloudFormation creates, updates and deletes pipelines."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from serverless_pipeline.local.codepipeline import resource

if TYPE_CHECKING:
    from collections.abc import Callable

    Declare = Callable[..., dict[str, Any]]


def test_scalars_of_a_configuration_become_text_and_its_keys_stay() -> None:
    properties = {
        "RoleArn": "r",
        "Stages": [
            {
                "Name": "Source",
                "Actions": [
                    {
                        "Name": "Source",
                        "RunOrder": "2",
                        "ActionTypeId": {"Category": "Source", "Owner": "AWS", "Provider": "S3", "Version": 1},
                        "Configuration": {"PollForSourceChanges": False, "S3ObjectKey": "k", "Count": 3},
                    }
                ],
            }
        ],
        "Tags": [{"Key": "k", "Value": "v"}],
    }

    declared = resource.declaration("name", properties)

    assert declared == {
        "name": "name",
        "roleArn": "r",
        "stages": [
            {
                "name": "Source",
                "actions": [
                    {
                        "name": "Source",
                        "runOrder": 2,
                        "actionTypeId": {"category": "Source", "owner": "AWS", "provider": "S3", "version": "1"},
                        "configuration": {"PollForSourceChanges": "false", "S3ObjectKey": "k", "Count": "3"},
                    }
                ],
            }
        ],
    }


def test_the_list_of_stores_becomes_a_map_by_region() -> None:
    store = {"Type": "S3", "Location": "bucket"}

    declared = resource.declaration("name", {"ArtifactStores": [{"Region": "us-east-1", "ArtifactStore": store}]})

    assert declared["artifactStores"] == {"us-east-1": {"type": "S3", "location": "bucket"}}


def test_a_configuration_may_be_a_json_text() -> None:
    declared = resource.declaration("name", {"Configuration": json.dumps({"Deep": 1})})

    assert declared["configuration"] == {"Deep": "1"}
