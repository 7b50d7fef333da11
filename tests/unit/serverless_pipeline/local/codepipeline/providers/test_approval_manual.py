"""An approval waits for somebody's yes or no."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.stub import Stubber

from serverless_pipeline.local.codepipeline.model.action_run import ActionRun
from serverless_pipeline.local.codepipeline.model.declaration import Action, ActionType
from serverless_pipeline.local.codepipeline.providers import approval_manual
from serverless_pipeline.local.codepipeline.providers.work import Failed, Outcome, Pending, Work, unchecked
from serverless_pipeline.local.iam.credentials import Credentials
from tests.support.engine import REGION, SCOPE, TIMING

if TYPE_CHECKING:
    from collections.abc import Iterator

EXPIRED = Failed("JobFailed", "Nobody approved or rejected the action in time; retry the stage to ask again")
TOPIC = "arn:aws:sns:eu-west-1:111122223333:approvals"
SUBJECT = "APPROVAL NEEDED: AWS CodePipeline p for action Gate"
VIEW = "https://console.aws.amazon.com/codepipeline/home?region=eu-west-1#/view/p"


def start(timeout_minutes: int | None = None, pipeline: str = "p", **configuration: str) -> Outcome:
    action = Action("Gate", ActionType("Approval", "AWS", "Manual", "1"), timeout_minutes=timeout_minutes)
    run = ActionRun("run", "e", "Commit", action, 1, 1, "ada", resolved_configuration=configuration, token="the-token")
    return approval_manual.start(
        Work(SCOPE, pipeline, run, Credentials("the-role", "u", REGION, "k", "s", "t"), TIMING, now=10)
    )


@pytest.fixture
def sns(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    """SNS, as the role of the action reaches it in the region of the pipeline."""
    client = boto3.client("sns", region_name=REGION, aws_access_key_id="k", aws_secret_access_key="s")
    clients = {("sns", REGION): client}
    monkeypatch.setattr(Credentials, "client", lambda _self, service, region: clients[service, region])
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def expect(sns: Stubber, subject: str = SUBJECT, **approval: Any) -> None:
    """One message that tells this of the approval."""
    message = {
        "region": REGION,
        "consoleLink": VIEW,
        "approval": {
            "pipelineName": "p",
            "stageName": "Commit",
            "actionName": "Gate",
            "token": "the-token",
            "expires": "1970-01-01T01:40Z",
            "externalEntityLink": None,
            "approvalReviewLink": f"{VIEW}/Commit/Gate/approve/the-token",
            "customData": None,
            **approval,
        },
    }
    request = {"TopicArn": TOPIC, "Subject": subject, "Message": json.dumps(message)}
    sns.add_response("publish", {"MessageId": "m"}, request)


def test_an_approval_waits_as_long_as_the_service_does_and_fails_then() -> None:
    assert start() == Pending(TIMING.approval, EXPIRED, external_id="the-token", token="the-token")


def test_an_approval_waits_as_many_minutes_as_it_declares() -> None:
    outcome = start(5)

    assert isinstance(outcome, Pending)
    assert outcome.seconds == 300


def test_a_topic_is_told_what_waits_and_where_to_answer(sns: Stubber) -> None:
    expect(sns)

    assert start(NotificationArn=TOPIC) == start()


def test_a_topic_is_told_when_the_time_is_over_and_what_the_action_says(sns: Stubber) -> None:
    expect(sns, expires="1970-01-01T00:05Z", externalEntityLink="http://example.com", customData="look")

    start(5, NotificationArn=TOPIC, CustomData="look", ExternalEntityLink="http://example.com")


def test_a_subject_is_as_long_as_sns_takes_it(sns: Stubber) -> None:
    sns.add_response("publish", {"MessageId": "m"})
    subjects: list[str] = []
    sns.client.meta.events.register(
        "provide-client-params.sns.Publish", lambda params, **_: subjects.append(params["Subject"])
    )

    start(pipeline="p" * 100, NotificationArn=TOPIC)

    assert [len(subject) for subject in subjects] == [99]


@pytest.mark.parametrize(
    ("code", "failure", "words"),
    [
        ("AuthorizationError", "PermissionError", "The role the-role may not tell the topic"),
        ("AccessDenied", "PermissionError", "allow it sns:Publish"),
        ("NotFoundException", "ConfigurationError", f"The topic {TOPIC} could not be told of the approval"),
    ],
)
def test_a_topic_that_cannot_be_told_fails_the_action(sns: Stubber, code: str, failure: str, words: str) -> None:
    sns.add_client_error("publish", code, http_status_code=403 if failure == "PermissionError" else 404)

    outcome = start(NotificationArn=TOPIC)

    assert isinstance(outcome, Failed)
    assert outcome.code == failure
    assert words in outcome.message


def test_an_approval_takes_no_artifacts_and_the_configuration_that_aws_documents() -> None:
    assert vars(approval_manual.PROVIDER) == {
        "category": "Approval",
        "name": "Manual",
        "inputs": (0, 0),
        "outputs": (0, 0),
        "required": (),
        "optional": ("CustomData", "ExternalEntityLink", "NotificationArn"),
        "timeout": 3600.0,
        "queryable": "",
        "check": unchecked,
        "start": approval_manual.start,
        "takes_jobs": False,
        "ignored": (),
        "refused": (),
        "detection": None,
        "revisions": (),
    }


def test_a_token_is_told_as_the_external_id_too() -> None:
    outcome = start()

    assert isinstance(outcome, Pending)
    assert replace(outcome, token="") == Pending(TIMING.approval, EXPIRED, external_id=outcome.token)
