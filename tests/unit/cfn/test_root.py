from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from serverless_pipeline.project import values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .conftest import Rendered


def nested(rendered: Rendered) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Logical ID, template and parameters of each nested stack."""
    for name, resource in rendered.documents["root"]["Resources"].items():
        if resource["Type"] == "AWS::CloudFormation::Stack":
            properties = resource["Properties"]
            template = properties["TemplateURL"].removesuffix(".yml").rpartition("/")[2]
            yield name, template, properties["Parameters"]


def fetched(value: Any) -> Iterator[list[str]]:
    """Every `!GetAtt` in a part of a template."""
    if isinstance(value, dict):
        for key, item in value.items():
            if key == "Fn::GetAtt":
                yield item
            else:
                yield from fetched(item)
    elif isinstance(value, list):
        for item in value:
            yield from fetched(item)


def test_there_is_a_stack_for_roles_actions_and_pipeline_and_nothing_of_an_environment(rendered: Rendered) -> None:
    kinds = {name: one["Type"] for name, one in rendered.documents["root"]["Resources"].items()}

    assert [name for name, _, _ in nested(rendered)] == ["Roles", "Actions", "Pipeline"]
    assert kinds == dict.fromkeys(("Roles", "Actions", "Pipeline"), "AWS::CloudFormation::Stack") | {
        "ArtifactBucket": "AWS::S3::Bucket",
        "ArtifactBucketPolicy": "AWS::S3::BucketPolicy",
    }


def test_each_nested_stack_gets_exactly_the_parameters_it_declares(rendered: Rendered) -> None:
    for name, template, parameters in nested(rendered):
        assert (name, set(parameters)) == (name, set(rendered.documents[template]["Parameters"]))


def test_what_is_fetched_from_a_nested_stack_is_an_output_of_it(rendered: Rendered) -> None:
    kinds = {name: template for name, template, _ in nested(rendered)}
    wanted = [(name, output) for name, output in fetched(rendered.documents["root"]) if name in kinds]

    missing = [
        (name, output)
        for name, output in wanted
        if output.removeprefix("Outputs.") not in rendered.documents[kinds[name]]["Outputs"]
    ]
    assert wanted
    assert missing == []


def test_the_roots_outputs_are_what_other_programs_read(rendered: Rendered) -> None:
    assert set(rendered.documents["root"]["Outputs"]) == {"PipelineName", "PipelineUrl", "ArtifactBucketName"}


def test_the_root_remembers_the_shape_of_the_template_for_which_it_was_made(rendered: Rendered) -> None:
    assert rendered.documents["root"]["Metadata"]["Shape"] == list(rendered.template.shape.lines())


def test_the_parameters_of_the_settings_are_the_ones_the_root_declares(rendered: Rendered) -> None:
    parameters = values.of(
        rendered.settings, bucket="shop-1", bundle_key="bundles/1.zip", endpoint="", shape="0123456789abcdef"
    )

    assert set(parameters) == set(rendered.documents["root"]["Parameters"])


def test_every_parameter_stands_in_a_group_of_the_console(rendered: Rendered) -> None:
    root = rendered.documents["root"]
    groups = root["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]

    assert sorted(name for group in groups for name in group["Parameters"]) == sorted(root["Parameters"])


def test_the_artifact_bucket_is_private_and_refuses_requests_without_tls_on_aws(local: Rendered) -> None:
    resources = local.documents["root"]["Resources"]

    blocked = resources["ArtifactBucket"]["Properties"]["PublicAccessBlockConfiguration"]
    policy = resources["ArtifactBucketPolicy"]

    assert list(blocked.values()) == [True] * 4
    assert policy["Condition"] == "IsAws"
    (statement,) = policy["Properties"]["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


def test_the_artifact_bucket_forgets_uploads_that_never_ended(rendered: Rendered) -> None:
    bucket = rendered.documents["root"]["Resources"]["ArtifactBucket"]["Properties"]

    rules = {rule.pop("Id"): rule for rule in copy.deepcopy(bucket["LifecycleConfiguration"]["Rules"])}

    assert rules["IncompleteUploads"] == {
        "Status": "Enabled",
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
    }


def test_the_artifact_bucket_forgets_dependencies_after_a_month_and_claims_after_a_day(
    rendered: Rendered,
) -> None:
    bucket = rendered.documents["root"]["Resources"]["ArtifactBucket"]["Properties"]

    rules = bucket["LifecycleConfiguration"]["Rules"]
    expiring = {rule["Prefix"]: rule["ExpirationInDays"] for rule in rules if "ExpirationInDays" in rule}

    assert expiring == {"cache/dependencies/": 30, "claims/": 1}


def test_the_artifact_bucket_keeps_versions_for_a_month(rendered: Rendered) -> None:
    bucket = rendered.documents["root"]["Resources"]["ArtifactBucket"]["Properties"]

    rules = {rule.pop("Id"): rule for rule in copy.deepcopy(bucket["LifecycleConfiguration"]["Rules"])}

    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert rules["OldVersions"] == {
        "Status": "Enabled",
        "ExpiredObjectDeleteMarker": True,
        "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
    }


def test_every_nested_stack_carries_the_tag_that_reaches_what_lies_in_it(rendered: Rendered) -> None:
    resources = rendered.documents["root"]["Resources"]

    tags = [resources[name]["Properties"]["Tags"] for name, _, _ in nested(rendered)]

    assert tags == [[{"Key": "Application", "Value": {"Ref": "AWS::StackName"}}]] * len(tags)
