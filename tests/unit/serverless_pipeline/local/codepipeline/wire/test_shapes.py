"""A request has to fit the service model."""

from __future__ import annotations

from typing import Any

import pytest

from serverless_pipeline.local.codepipeline.model.refusal import Refusal
from serverless_pipeline.local.codepipeline.wire import shapes

JOB = "00000000-0000-0000-0000-000000000000"
REVISION = {"revision": "7", "changeIdentifier": "c"}


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
            "CreatePipeline",
            pipeline(configuration={"k" * 51: "v"}),
            (
                f"{ACTION}.configuration' {FAILED}: Map key must satisfy constraint: [Member must have length less than"
                " or equal to 50, Member must have length greater than or equal to 1]"
            ),
        ),
        (
            "PutJobSuccessResult",
            {"jobId": JOB, "outputVariables": {"no blanks": "v"}},
            (
                f"Value at 'outputVariables' {FAILED}: Map key must satisfy constraint: [Member must satisfy regular"
                r" expression pattern: [A-Za-z0-9@\-_]+]"
            ),
        ),
        (
            "CreatePipeline",
            {"pipeline": {**pipeline()["pipeline"], "artifactStores": {"us-east-1": {"type": "S3"}}}},
            f"Value at 'pipeline.artifactStores.us-east-1.member.location' {FAILED}: Member must not be null",
        ),
        (
            "StartPipelineExecution",
            {"name": "n", "variables": []},
            f"Value at 'variables' {FAILED}: Member must have length greater than or equal to 1",
        ),
        (
            "StartPipelineExecution",
            {"name": "n", "variables": [{"name": "v", "value": "1"}] * 51},
            f"Value at 'variables' {FAILED}: Member must have length less than or equal to 50",
        ),
        (
            "StartPipelineExecution",
            {"name": "n", "variables": [{"name": "v", "value": "1"}, {"name": "w"}]},
            f"Value at 'variables.2.member.value' {FAILED}: Member must not be null",
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

    assert refused.value.message == (
        f"4 validation errors detected: Value at 'pipelineName' {FAILED}: Member must have length greater than or equal"
        f" to 1; Value at 'pipelineName' {FAILED}: {PATTERN}; Value at 'pipelineExecutionId' {FAILED}: Member must not"
        f" be null; Value at 'reason' {FAILED}: Member must have length less than or equal to 200"
    )


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        ("GetPipeline", {"name": "n" * 100, "version": None}),
        ("GetPipeline", {"name": "n", "version": 1}),
        ("CreatePipeline", pipeline(runOrder=999, configuration={"k" * 50: "v" * 1000})),
        ("StopPipelineExecution", {"pipelineName": "n", "pipelineExecutionId": JOB, "abandon": True}),
        ("PutJobSuccessResult", {"jobId": JOB, "currentRevision": {**REVISION, "created": 12}}),
        ("PutJobSuccessResult", {"jobId": JOB, "currentRevision": {**REVISION, "created": 12.5}}),
        ("PutJobSuccessResult", {"jobId": JOB, "currentRevision": {**REVISION, "created": "2026-01-02"}}),
        ("PutJobFailureResult", {"jobId": JOB, "failureDetails": {"type": "JobFailed", "message": "m"}}),
    ],
)
def test_a_request_at_its_limits_fits(operation: str, request_: dict[str, Any]) -> None:
    assert shapes.check(operation, request_) is request_


DEEP = "pipeline.stages.1.member.actions.1.member"


@pytest.mark.parametrize(
    ("operation", "request_", "message"),
    [
        ("CreatePipeline", {"pipeline": "p"}, "str can not be converted to structure at 'pipeline'"),
        (
            "CreatePipeline",
            {"pipeline": {**pipeline()["pipeline"], "stages": {}}},
            "dict can not be converted to list at 'pipeline.stages'",
        ),
        (
            "CreatePipeline",
            {"pipeline": {**pipeline()["pipeline"], "artifactStores": {"us-east-1": "S3"}}},
            "str can not be converted to structure at 'pipeline.artifactStores.us-east-1.member'",
        ),
        ("CreatePipeline", pipeline(configuration=[]), f"list can not be converted to map at '{DEEP}.configuration'"),
        (
            "CreatePipeline",
            pipeline(configuration={"Key": 7}),
            f"int can not be converted to string at '{DEEP}.configuration.Key'",
        ),
        (
            "StopPipelineExecution",
            {"pipelineName": "n", "pipelineExecutionId": JOB, "abandon": "true"},
            "str can not be converted to boolean at 'abandon'",
        ),
        (
            "PutJobSuccessResult",
            {"jobId": JOB, "currentRevision": {**REVISION, "created": []}},
            "list can not be converted to timestamp at 'currentRevision.created'",
        ),
        (
            "PutJobSuccessResult",
            {"jobId": JOB, "currentRevision": {**REVISION, "created": True}},
            "bool can not be converted to timestamp at 'currentRevision.created'",
        ),
    ],
)
def test_a_wrong_type_is_named_where_it_stands(operation: str, request_: dict[str, Any], message: str) -> None:
    with pytest.raises(Refusal) as refused:
        shapes.check(operation, request_)

    assert (refused.value.code, refused.value.message) == ("SerializationException", message)


def test_the_operations_are_those_of_the_service_model() -> None:
    operations = shapes.operations()

    assert (len(operations), "GetPipelineState" in operations) == (44, True)


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
