"""What holds for all templates, whatever their shape."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.project import lint, templates

from .conftest import SECRETIVE, SHAPES, render

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .conftest import Rendered

HOLDS_SECRETS = "AWS::SecretsManager::Secret"
"""A type of resources that hold data; the function that delivers is told them."""
SECTIONS = ("AWSTemplateFormatVersion", "Description", "Metadata", "Parameters", "Conditions", "Resources", "Outputs")
KINDS = (*("Bucket", "Policy", "Role", "LogGroup", "Function", "Config", "Pipeline", "Roles", "Actions", "Layer"),)


@pytest.mark.parametrize("name", [*templates.NESTED, templates.ROOT])
def test_cfn_lint_finds_nothing_in_any_shape(name: str) -> None:
    """Shapes share templates; each text is linted once, which takes most of a second."""
    shapes = {render(*chosen).texts[name]: shape for shape, chosen in {**SHAPES, "secretive": SECRETIVE}.items()}

    findings = [(shape, str(finding)) for text, shape in shapes.items() for finding in lint.lint(name, text)]

    assert findings == []


def test_sections_stand_in_the_order_of_aws(rendered: Rendered) -> None:
    for document in rendered.documents.values():
        sections = list(document)

        assert sections == [section for section in SECTIONS if section in sections]


def test_every_parameter_and_output_is_described(rendered: Rendered) -> None:
    for name, document in rendered.documents.items():
        undescribed = [
            key
            for section in ("Parameters", "Outputs")
            for key, value in document[section].items()
            if not value.get("Description")
        ]

        assert (name, undescribed) == (name, [])


def test_a_logical_id_is_in_pascal_case_with_the_kind_last(rendered: Rendered) -> None:
    ids = [name for document in rendered.documents.values() for name in document["Resources"]]

    assert [name for name in ids if not re.fullmatch(r"[A-Z][A-Za-z0-9]*", name) or not name.endswith(KINDS)] == []


def test_no_template_holds_or_asks_for_a_secret(rendered: Rendered) -> None:
    matches = [
        match
        for text in rendered.texts.values()
        for match in re.findall(r"(?i)o?auth_?token|secret|password|AKIA", text.replace(HOLDS_SECRETS, ""))
    ]

    assert matches == []


def test_what_holds_data_says_what_becomes_of_it(rendered: Rendered) -> None:
    kinds = {"AWS::S3::Bucket", "AWS::Logs::LogGroup"}
    policies = [
        (resource.get("DeletionPolicy"), resource.get("UpdateReplacePolicy"))
        for _, resource in resources(rendered)
        if resource["Type"] in kinds
    ]

    assert set(policies) == {("Delete", "Delete")}


def test_every_bucket_is_encrypted(rendered: Rendered) -> None:
    buckets = [resource for _, resource in resources(rendered) if resource["Type"] == "AWS::S3::Bucket"]

    algorithms = [
        rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"]
        for bucket in buckets
        for rule in bucket["Properties"]["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    ]
    assert algorithms == ["AES256"] * len(buckets)


def test_every_function_has_its_log_group_before_it_and_for_a_fortnight(rendered: Rendered) -> None:
    for document in rendered.documents.values():
        for name, function in document["Resources"].items():
            if function["Type"] == "AWS::Lambda::Function":
                group = document["Resources"][function["DependsOn"]]["Properties"]
                named = function["Properties"]["FunctionName"]["Fn::Sub"]

                assert (name, group["LogGroupName"]["Fn::Sub"]) == (name, f"/aws/lambda/{named}")
                assert group["RetentionInDays"] == 14


def resources(rendered: Rendered) -> Iterator[tuple[str, dict[str, Any]]]:
    for document in rendered.documents.values():
        yield from document["Resources"].items()
