"""Which resource a request is about."""

from __future__ import annotations

import json

import pytest

from serverless_pipeline.local.codepipeline.model.scope import Scope
from serverless_pipeline.local.codepipeline.wire import authorization
from tests.support.frozen import changeable

PIPELINE = "arn:aws:codepipeline:us-east-1:000000000000:p"
HOOK = "arn:aws:codepipeline:us-east-1:000000000000:webhook:hook"
MILL = "arn:aws:codepipeline:us-east-1:000000000000:actiontype:Custom/Build/Mill/1"
KIND = {"category": "Build", "provider": "Mill", "version": "1"}
STAGE = {"pipelineName": "p", "stageName": "s"}


@pytest.mark.parametrize(
    ("operation", "request_", "arn"),
    [
        ("GetPipeline", {"name": "p"}, PIPELINE),
        ("CreatePipeline", {"pipeline": {"name": "p"}}, PIPELINE),
        ("GetPipelineExecution", {"pipelineName": "p", "pipelineExecutionId": "e"}, PIPELINE),
        ("RetryStageExecution", STAGE, f"{PIPELINE}/s"),
        ("DisableStageTransition", STAGE, f"{PIPELINE}/s"),
        ("PutApprovalResult", {**STAGE, "actionName": "a"}, f"{PIPELINE}/s/a"),
        ("TagResource", {"resourceArn": PIPELINE, "tags": []}, PIPELINE),
        ("PutJobSuccessResult", {"jobId": "j"}, "*"),
        ("PutJobFailureResult", {"jobId": "j"}, "*"),
        ("GetJobDetails", {"jobId": "j"}, "*"),
        ("CreateCustomActionType", {"category": "Build", "provider": "Mill", "version": "1"}, MILL),
        ("DeleteCustomActionType", {"category": "Build", "provider": "Mill", "version": "1"}, MILL),
        ("PollForJobs", {"actionTypeId": {"owner": "Custom", **KIND}}, MILL),
        ("PollForJobs", {"actionTypeId": {"owner": "ThirdParty", **KIND}}, MILL.replace("Custom", "ThirdParty")),
        ("GetActionType", {"owner": "ThirdParty", **KIND}, MILL.replace("Custom", "ThirdParty")),
        (
            "UpdateActionType",
            {"actionType": {"id": {"owner": "ThirdParty", **KIND}}},
            MILL.replace("Custom", "ThirdParty"),
        ),
        ("PollForThirdPartyJobs", {"actionTypeId": {"owner": "ThirdParty", **KIND}}, "*"),
        ("AcknowledgeJob", {"jobId": "j", "nonce": "1"}, "*"),
        ("ListActionTypes", {}, "*"),
        ("PutActionRevision", {**STAGE, "actionName": "a"}, f"{PIPELINE}/s/a"),
        ("PutWebhook", {"webhook": {"name": "hook", "targetPipeline": "p"}}, HOOK),
        ("DeleteWebhook", {"name": "hook"}, HOOK),
        ("RegisterWebhookWithThirdParty", {"webhookName": "hook"}, HOOK),
        ("DeregisterWebhookWithThirdParty", {"webhookName": "hook"}, HOOK),
        ("ListWebhooks", {}, HOOK.replace("hook:hook", "hook:*")),
        ("ListPipelines", {}, "*"),
        ("CreatePipeline", {"pipeline": "p"}, "*"),
        ("GetPipeline", [], "*"),
    ],
)
def test_a_request_is_authorised_on_what_it_is_about(operation: str, request_: object, arn: str) -> None:
    scope = Scope("000000000000", "us-east-1")

    assert authorization.resource(scope, operation, json.dumps(request_).encode()) == arn


def test_a_request_that_is_no_json_is_about_everything() -> None:
    assert authorization.resource(Scope("000000000000", "us-east-1"), "GetPipeline", b"{") == "*"


def test_a_caller_cannot_be_changed() -> None:
    assert changeable(authorization.Caller(Scope("000000000000", "us-east-1"), "arn")) == []
