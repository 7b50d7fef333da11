"""Errors of services become AWS's codes, with the role and what it could not do."""

from __future__ import annotations

import pytest

from serverless_pipeline.local.codepipeline.providers import failures
from serverless_pipeline.local.codepipeline.providers.work import Failed
from tests.support.provider_work import refusal, work_of

WORK = work_of("Deploy", "S3", {})


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("AccessDenied", Failed("PermissionError", "The role the-role may not fly: why")),
        ("NoSuchBucket", Failed("ConfigurationError", "The action could not fly: why")),
        ("SlowDown", Failed("JobFailed", "The action could not fly: why (SlowDown)")),
    ],
)
def test_an_error_of_a_service_is_told_with_its_kind(code: str, expected: Failed) -> None:
    assert failures.of_client(refusal(code, "why"), WORK, "fly") == expected
