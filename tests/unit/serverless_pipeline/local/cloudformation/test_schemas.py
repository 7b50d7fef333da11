from __future__ import annotations

import pytest
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from serverless_pipeline.local.cloudformation import schemas
from serverless_pipeline.settings import LOCAL_REGION


@pytest.mark.parametrize("kind", ["AWS::S3::Bucket", "AWS::CodePipeline::Pipeline", "AWS::CodeBuild::Project"])
def test_a_schema_is_the_one_that_cfn_lint_itself_reads(kind: str) -> None:
    expected = PROVIDER_SCHEMA_MANAGER.get_resource_schema(LOCAL_REGION, kind).schema

    assert schemas.of(kind) == expected


@pytest.mark.parametrize("kind", ["Custom::Thing", "AWS::Nothing::There", ""])
def test_what_is_not_aws_has_none(kind: str) -> None:
    assert schemas.of(kind) is None
