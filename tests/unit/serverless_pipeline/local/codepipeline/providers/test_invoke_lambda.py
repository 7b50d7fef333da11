"""A function gets a job and answers it later."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.stub import Stubber

from serverless_pipeline.local.codepipeline.model.action_run import ActionRun
from serverless_pipeline.local.codepipeline.model.declaration import Action, ActionType
from serverless_pipeline.local.codepipeline.model.jobs import Job
from serverless_pipeline.local.codepipeline.providers import invoke_lambda
from serverless_pipeline.local.codepipeline.providers.work import Failed, Pending, Succeeded, Work, unchecked
from serverless_pipeline.local.iam.credentials import Credentials
from tests.support.engine import ACCOUNT, REGION, SCOPE, TIMING

if TYPE_CHECKING:
    from collections.abc import Iterator

RUN = ActionRun(
    "run",
    "e",
    "Commit",
    Action("Build", ActionType("Invoke", "AWS", "Lambda", "1"), region="us-east-1"),
    started=1000,
    updated=1000,
    updated_by="ada",
    resolved_configuration={"FunctionName": "build"},
)
JOB = Job("j", SCOPE, "p", "e", "run", {"actionTypeId": {}, "pipelineContext": {}, "inputArtifacts": []})
EVENT = {"CodePipeline.job": {"id": "j", "accountId": ACCOUNT, "data": {"inputArtifacts": []}}}
WORK = Work(SCOPE, "p", RUN, Credentials("pipeline-role", "u", REGION, "k", "s", "t"), TIMING, now=1000, job=JOB)
NO_ANSWER = Failed(
    "JobFailed",
    "The AWS Lambda function build failed to return a result. Check the function to verify that it has permission to"
    " call the PutJobSuccessResult action and that it made a call to PutJobSuccessResult.",
    external_id="build",
)


LOG = "https://console.aws.amazon.com/cloudwatch/home?region=us-east-1#logStream:group=/aws/lambda/build"


@pytest.fixture(scope="module")
def client() -> Any:
    return boto3.client("lambda", region_name=REGION, aws_access_key_id="k", aws_secret_access_key="s")


@pytest.fixture
def functions(client: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    """Lambda, as the role of the pipeline reaches it in the region of the action."""
    clients = {("lambda", "us-east-1"): client}
    monkeypatch.setattr(Credentials, "client", lambda _self, service, region: clients[service, region])
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def accept(functions: Stubber) -> None:
    request = {"FunctionName": "build", "InvocationType": "Event", "Payload": json.dumps(EVENT)}
    functions.add_response("invoke", {"StatusCode": 202}, request)


def test_the_function_is_invoked_asynchronously_with_its_job_and_has_so_long_to_answer(functions: Stubber) -> None:
    accept(functions)

    assert invoke_lambda.start(WORK) == Pending(TIMING.answer, NO_ANSWER, external_id="build", external_url=LOG)


def test_which_function_it_is_and_where_its_log_is_told_before_it_is_invoked(functions: Stubber) -> None:
    told: list[Succeeded] = []
    functions.add_client_error("invoke", "ServiceException")

    invoke_lambda.start(replace(WORK, report=told.append))

    assert told == [Succeeded(external_id="build", external_url=LOG)]


@pytest.mark.parametrize(("passed", "seconds"), [(540, 60), (541, 59), (600, 0), (700, -100)])
def test_no_answer_has_longer_than_is_left_of_the_action(functions: Stubber, passed: float, seconds: float) -> None:
    accept(functions)

    outcome = invoke_lambda.start(replace(WORK, now=1000 + passed))

    assert isinstance(outcome, Pending)
    assert outcome.seconds == seconds


def test_a_function_does_not_get_to_know_where_in_the_pipeline_it_stands() -> None:
    data = {"actionTypeId": {}, "pipelineContext": {}, "inputArtifacts": [], "continuationToken": "t"}

    event = invoke_lambda.event(replace(JOB, data=data))

    assert event == {
        "CodePipeline.job": {
            "id": "j",
            "accountId": ACCOUNT,
            "data": {"inputArtifacts": [], "continuationToken": "t"},
        }
    }


def test_a_function_that_does_not_exist_is_named(functions: Stubber) -> None:
    functions.add_client_error("invoke", "ResourceNotFoundException", http_status_code=404)

    outcome = invoke_lambda.start(WORK)

    assert outcome == Failed("ConfigurationError", "The AWS Lambda function build does not exist.")


@pytest.mark.parametrize(("code", "status"), [("AccessDeniedException", 403), ("ExpiredToken", 403), ("403", 400)])
def test_a_role_that_may_not_invoke_is_named_with_what_it_lacks(functions: Stubber, code: str, status: int) -> None:
    functions.add_client_error("invoke", code, "not you", http_status_code=status)

    outcome = invoke_lambda.start(WORK)

    assert outcome == Failed(
        "PermissionError",
        "The role pipeline-role may not invoke the AWS Lambda function build; allow it lambda:InvokeFunction (not you)",
    )


def test_an_error_of_lambda_is_told_as_it_is(functions: Stubber) -> None:
    functions.add_client_error("invoke", "TooManyRequestsException", "slow down", http_status_code=429)

    outcome = invoke_lambda.start(WORK)

    assert isinstance(outcome, Failed)
    assert outcome.code == "JobFailed"
    assert outcome.message.startswith("The AWS Lambda function build could not be invoked: ")
    assert "slow down" in outcome.message


def test_a_function_is_not_invoked_without_a_job(functions: Stubber) -> None:
    with pytest.raises(ValueError, match="an Invoke action needs a job"):
        invoke_lambda.start(replace(WORK, job=None))

    functions.assert_no_pending_responses()


def test_an_invocation_takes_and_makes_up_to_five_artifacts() -> None:
    assert vars(invoke_lambda.PROVIDER) == {
        "category": "Invoke",
        "name": "Lambda",
        "inputs": (0, 5),
        "outputs": (0, 5),
        "required": ("FunctionName",),
        "optional": ("UserParameters",),
        "timeout": 3600.0,
        "queryable": "",
        "check": unchecked,
        "start": invoke_lambda.start,
        "takes_jobs": True,
        "ignored": (),
        "refused": (),
        "detection": None,
        "revisions": (),
    }
