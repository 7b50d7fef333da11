"""A request has to fit the service model."""

from __future__ import annotations

from typing import Any

import pytest

from serverless_pipeline.local.codepipeline.model.refusal import Refusal
from serverless_pipeline.local.codepipeline.wire import shapes

JOB = "00000000-0000-0000-0000-000000000000"


def pipeline(**action: Any) -> dict[str, Any]:
    kind = {"category": "Invoke", "owner": "AWS", "provider": "Lambda", "version": "1"}
    stages = [{"name": "S", "actions": [{"name": "A", "actionTypeId": kind, **action}]}]
    return {"pipeline": {"name": "p", "roleArn": "arn:aws:iam::000000000000:role/r", "stages": stages}}


def test_a_request_that_fits_is_answered_as_it_is() -> None:
    request = pipeline(runOrder=1, configuration={"FunctionName": "f"})

    assert shapes.check("CreatePipeline", request) == request


ACTION = "Value at 'pipeline.stages.1.member.actions.1.member"
FAILED = "failed to satisfy constraint"
PATTERN = r"Member must satisfy regular expression pattern: [A-Za-z0-9.@\-_]+"
LENGTHS = "Member must have length less than or equal to 1000, Member must have length greater than or equal to 1"
TYPES = "JobFailed, ConfigurationError, PermissionError, RevisionOutOfSync, RevisionUnavailable, SystemUnavailable"


@pytest.mark.parametrize(
    ("operation", "request_", "mistake"),
    [
        ("GetPipeline", {}, f"Value at 'name' {FAILED}: Member must not be null"),
        (
            "GetPipeline",
            {"name": "n" * 101},
            f"Value at 'name' {FAILED}: Member must have length less than or equal to 100",
        ),
        ("GetPipeline", {"name": "no blanks"}, f"Value at 'name' {FAILED}: {PATTERN}"),
        ("GetPipeline", {"name": "n\n"}, f"Value at 'name' {FAILED}: {PATTERN}"),
        (
            "CreatePipeline",
            pipeline(runOrder=1000),
            f"{ACTION}.runOrder' {FAILED}: Member must have value less than or equal to 999",
        ),
        (
            "CreatePipeline",
            pipeline(runOrder=0),
            f"{ACTION}.runOrder' {FAILED}: Member must have value greater than or equal to 1",
        ),
        (
            "CreatePipeline",
            pipeline(configuration={"UserParameters": "u" * 1001}),
            f"{ACTION}.configuration' {FAILED}: Map value must satisfy constraint: [{LENGTHS}]",
        ),
        (
            "PutJobFailureResult",
            {"jobId": JOB, "failureDetails": {"type": "Bad", "message": "m"}},
            f"Value at 'failureDetails.type' {FAILED}: Member must satisfy enum value set: [{TYPES}]",
        ),
        (
            "PutJobSuccessResult",
            {"jobId": JOB, "continuationToken": "t" * 2049},
            f"Value at 'continuationToken' {FAILED}: Member must have length less than or equal to 2048",
        ),
    ],
)
def test_a_request_that_does_not_fit_is_refused_in_aws_s_words(
    operation: str, request_: dict[str, Any], mistake: str
) -> None:
    with pytest.raises(Refusal) as refused:
        shapes.check(operation, request_)

    assert (refused.value.code, refused.value.message) == (
        "ValidationException",
        f"1 validation error detected: {mistake}",
    )


def test_all_mistakes_are_told_together() -> None:
    with pytest.raises(Refusal) as refused:
        shapes.check("StopPipelineExecution", {"pipelineName": "", "reason": "r" * 201})

    assert refused.value.message.startswith("4 validation errors detected: ")


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({"name": 7}, "int can not be converted to string at 'name'"),
        ({"name": "n", "version": "1"}, "str can not be converted to integer at 'version'"),
        ({"name": "n", "version": True}, "bool can not be converted to integer at 'version'"),
        ([], "The request must be a JSON object"),
    ],
)
def test_a_wrong_type_is_named(request_: object, message: str) -> None:
    with pytest.raises(Refusal) as refused:
        shapes.check("GetPipeline", request_)

    assert (refused.value.code, refused.value.message) == ("SerializationException", message)
