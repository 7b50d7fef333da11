"""What AWS answers is answered: each member of an output is there, or stands here with the reason why not."""

from __future__ import annotations

import json
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.local.codepipeline.model.action_run import Revision
from serverless_pipeline.local.codepipeline.providers.work import Failed, Pending, Succeeded, Working
from serverless_pipeline.local.codepipeline.wire import api, shapes
from serverless_pipeline.local.codepipeline.wire.operations import OPERATIONS
from serverless_pipeline.local.iam import roles
from serverless_pipeline.local.protocol import models
from tests.support.engine import ARN, CALLER, LATE, InMemory, action, declaration, run_of
from tests.support.members import below

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.model import Shape

_RULE_STATES = [
    f"GetPipelineState.stageStates[].{name}ConditionState.conditionStates[].ruleStates[]"
    for name in ("beforeEntry", "onSuccess", "onFailure")
]
_SUMMARIES = [
    f"GetPipelineState.stageStates[].{name}ConditionState{of}.latestExecution.summary"
    for name in ("beforeEntry", "onSuccess", "onFailure")
    for of in ("", ".conditionStates[]")
]
NEVER = {
    **dict.fromkeys(_SUMMARIES, "the rules say it"),
    **{
        f"{rule}.{name}": "no rule finds a revision"
        for rule in _RULE_STATES
        for name in ("currentRevision", "revisionUrl")
    },
    **{f"{rule}.entityUrl": "a rule has no page" for rule in _RULE_STATES},
    **{f"{rule}.latestExecution.token": "no rule waits for a person" for rule in _RULE_STATES},
    "ListRuleTypes.ruleTypes[].ruleConfigurationProperties[].description": "AWS's user guide has it",
    "ListRuleTypes.ruleTypes[].settings": "no rule has pages of its own",
    "GetPipeline.metadata.pollingDisabledAt": "polling that found nothing for 30 days; no server runs that long",
    "GetActionType.actionType.executor.configuration.lambdaExecutorConfiguration": "it is refused",
    "GetActionType.actionType.executor.configuration.jobWorkerExecutorConfiguration.pollingServicePrincipals": (
        "they are refused"
    ),
    "ListActionTypes.nextToken": "there are fewer types than a page has",
    "PutWebhook.webhook.errorCode": "what is put has no mistakes",
    "PutWebhook.webhook.errorMessage": "likewise",
    "ListDeployActionExecutionTargets.targets[]": "what is here deploys to no instances",
    "ListDeployActionExecutionTargets.nextToken": "likewise",
    "GetJobDetails.jobDetails.data.pipelineContext": "the job of this test is about nothing; see test_job_data",
}
"""What is not answered, with all below it, and why."""
OF_A_DECLARATION = ("CreatePipeline.pipeline.", "GetPipeline.pipeline.", "UpdatePipeline.pipeline.")
"""A declaration is answered as it was sent: `boundary` has its members."""
OF_A_JOB = (
    "GetJobDetails.jobDetails.data.",
    "GetThirdPartyJobDetails.jobDetails.data.",
    "PollForJobs.jobs[].data.",
)
"""A job is told as the function gets it: `test_job_data` has its members."""

FOUND = Succeeded("a version", "v7", revision=Revision("v7", "etag", "a version", 900, "https://aws/v7"))
REFUSED = Failed("JobFailed", "no", "said no", "f", "https://aws/f", "arn:log")
Answers = dict[str, list[dict[str, Any]]]


class Client:
    """Calls operations as a client does, and keeps what they answer."""

    def __init__(self, in_memory: InMemory) -> None:
        self.in_memory = in_memory
        self.answers: Answers = {}

    def __call__(self, operation: str, **request: Any) -> dict[str, Any]:
        answer = api.perform(self.in_memory.engine, CALLER, operation, request)
        if answer is not None:
            self.answers.setdefault(operation, []).append(json.loads(json.dumps(answer)))
        self.in_memory.schedule.run()
        return answer or {}

    def state(self, name: str = "p") -> None:
        """All that can be read of a pipeline."""
        self("GetPipelineState", name=name)
        self("ListActionExecutions", pipelineName=name, maxResults=1)
        listed = self("ListPipelineExecutions", pipelineName=name, maxResults=1)
        execution = listed["pipelineExecutionSummaries"][0]["pipelineExecutionId"]
        self("GetPipelineExecution", pipelineName=name, pipelineExecutionId=execution)


def document(name: str = "p") -> dict[str, Any]:
    """A pipeline with all that an answer can tell of one."""
    source = action(
        "Source",
        "Source",
        "S3",
        configuration={"S3Bucket": "b", "S3ObjectKey": "k"},
        outputArtifacts=[{"name": "Code"}],
        namespace="Found",
    )
    role = f"arn:aws:iam::{CALLER.scope.account}:role/action"
    build = action(
        "Build", configuration={"FunctionName": "f"}, inputArtifacts=[{"name": "Code"}], roleArn=role, namespace="Built"
    )
    gate = action("Gate", "Approval", "Manual", runOrder=2, configuration={"ExternalEntityLink": "https://aws/look"})
    return declaration(
        ("Source", [source]), ("Commit", [build, gate]), name=name, variables=[{"name": "Who", "defaultValue": "Ada"}]
    )


@pytest.fixture
def answers(in_memory: InMemory, monkeypatch: pytest.MonkeyPatch) -> Answers:
    """What the operations answer in the life of a pipeline: a failure, a retry, an approval, a stop."""
    for name in ("check", "check_action"):
        monkeypatch.setattr(roles, name, lambda *_: None)
    call = Client(in_memory)
    in_memory.outcomes = {
        "Source": FOUND,
        "Build": REFUSED,
    }
    tags = [{"key": "team", "value": "shop"}, {"key": "tier", "value": "gold"}]
    call("CreatePipeline", pipeline=document(), tags=tags)
    call("CreatePipeline", pipeline=document("q"))
    record = in_memory.store.pipeline(CALLER.scope, "p")
    (first,) = record.executions.values()
    call.state()
    _guard(call)
    _retry_and_approve(call, first.id)
    _stop_and_wait(call)
    _work_and_hook(call)
    call("GetPipeline", name="p")
    call("ListPipelines", maxResults=1)
    call("ListTagsForResource", resourceArn=ARN, maxResults=1)
    call("TagResource", resourceArn=ARN, tags=tags)
    call("UntagResource", resourceArn=ARN, tagKeys=["team"])
    call("StartPipelineExecution", name="p")
    call("UpdatePipeline", pipeline=document())
    call.state()
    return call.answers


def _retry_and_approve(call: Client, execution_id: str) -> None:
    engine = call.in_memory
    record = engine.store.pipeline(CALLER.scope, "p")
    engine.outcomes["Build"] = Working("look", Succeeded("half", percent=50))
    stage = {"pipelineName": "p", "stageName": "Commit"}
    call("RetryStageExecution", **stage, pipelineExecutionId=execution_id, retryMode="FAILED_ACTIONS")
    call.state()
    run = run_of(record.executions[execution_id], "Build")
    engine.job(run, "00000000-0000-0000-0000-000000000000")
    call("GetJobDetails", jobId="00000000-0000-0000-0000-000000000000")
    engine.outcomes["Gate"] = Pending(60, LATE)
    engine.engine.end(record, run, Succeeded("built", variables={"Version": "1"}))
    engine.schedule.run()
    call.state()
    token = run_of(record.executions[execution_id], "Gate").token
    call("PutApprovalResult", **stage, actionName="Gate", token=token, result={"status": "Approved", "summary": "seen"})


def _guard(call: Client) -> None:
    """A pipeline whose stage is examined before and after, rolled back, and retried by itself."""
    engine = call.in_memory
    document_ = document("g")
    document_["stages"][1] |= {
        "beforeEntry": gate("Entry", "FAIL"),
        "onSuccess": gate("Success", "ROLLBACK"),
        "onFailure": gate("Failure", "ROLLBACK"),
    }
    document_["stages"].append(
        {
            "name": "Again",
            "actions": [action("Wrong", configuration={"FunctionName": "f"})],
            "onFailure": {"result": "RETRY"},
        }
    )
    engine.outcomes |= {"Entry": REFUSED, "Success": REFUSED, "Failure": REFUSED, "Gate": Succeeded(), "Wrong": REFUSED}
    call("CreatePipeline", pipeline=document_)
    record = engine.store.pipeline(CALLER.scope, "g")
    (first,) = record.executions.values()
    call.state("g")
    stage = {"pipelineName": "g", "stageName": "Commit"}
    call("OverrideStageCondition", **stage, pipelineExecutionId=first.id, conditionType="BEFORE_ENTRY")
    call.state("g")
    engine.outcomes |= {"Entry": Succeeded(), "Build": Succeeded()}
    call("RetryStageExecution", **stage, pipelineExecutionId=first.id, retryMode="ALL_ACTIONS")
    call.state("g")
    engine.outcomes |= {"Success": Succeeded()}
    call("RetryStageExecution", **stage, pipelineExecutionId=first.id, retryMode="FAILED_ACTIONS")
    call.state("g")
    call("RollbackStage", **stage, targetPipelineExecutionId=first.id)
    call.state("g")
    call("ListRuleExecutions", pipelineName="g", maxResults=1)
    call("ListRuleExecutions", pipelineName="g")
    call("ListRuleTypes")
    engine.outcomes |= {"Build": REFUSED}


def _work_and_hook(call: Client) -> None:
    """A type of an account's own and one of a third party, with their jobs; a webhook; a deployment."""
    counts = {"minimumCount": 0, "maximumCount": 1}
    details = {"inputArtifactDetails": counts, "outputArtifactDetails": counts}
    templates = {f"{name}UrlTemplate": "https://mill/{Config:Project}" for name in ("entity", "execution", "revision")}
    property_ = {"name": "Project", "required": True, "key": True, "secret": False, "queryable": True}
    kind = {"category": "Build", "provider": "Mill", "version": "1"}
    call(
        "CreateCustomActionType",
        **kind,
        **details,
        settings={"thirdPartyConfigurationUrl": "https://mill/new", **templates},
        configurationProperties=[{**property_, "description": "what to build", "type": "String"}],
        tags=[{"key": "team", "value": "shop"}],
    )
    call("ListActionTypes")
    party = {**kind, "owner": "ThirdParty"}
    call(
        "UpdateActionType",
        actionType={
            "id": party,
            "description": "a mill",
            "executor": {
                "type": "JobWorker",
                "configuration": {"jobWorkerExecutorConfiguration": {"pollingAccounts": [CALLER.scope.account]}},
                "jobTimeout": 60,
                "policyStatementsTemplate": "{}",
            },
            **details,
            "permissions": {"allowedAccounts": ["*"]},
            "properties": [
                {
                    "name": "ClientToken",
                    "optional": False,
                    "key": True,
                    "noEcho": True,
                    "queryable": False,
                    "description": "t",
                }
            ],
            "urls": {"configurationUrl": "https://mill", **templates},
        },
    )
    call("GetActionType", **party)
    for owner, poll in (("Custom", "PollForJobs"), ("ThirdParty", "PollForThirdPartyJobs")):
        _poll(call, {**kind, "owner": owner}, poll)
    hooks = {
        "hook": {"authentication": "GITHUB_HMAC", "authenticationConfiguration": {"SecretToken": "s"}},
        "other": {"authentication": "IP", "authenticationConfiguration": {"AllowedIPRange": "10.0.0.0/8"}},
    }
    filters = [{"jsonPath": "$.ref", "matchEquals": "refs/heads/{Branch}"}]
    target = {"targetPipeline": "p", "targetAction": "Source", "filters": filters}
    for name, hook in hooks.items():
        call("PutWebhook", webhook={"name": name, **target, **hook}, tags=[{"key": "team", "value": "shop"}])
    for put in call.in_memory.store.webhooks.values():
        put.triggered, put.error = 1000.0, ("PipelineNotFoundException", "gone")
    call("PutWebhook", webhook={"name": "hook", **target, **hooks["hook"]})
    call("RegisterWebhookWithThirdParty", webhookName="hook")
    call("ListWebhooks", MaxResults=1)
    call("ListWebhooks")
    source = {"pipelineName": "p", "stageName": "Source", "actionName": "Source"}
    call("PutActionRevision", **source, actionRevision={"revisionId": "r", "revisionChangeId": "c", "created": 1})
    _deploy(call)
    call("DeregisterWebhookWithThirdParty", webhookName="hook")
    call("DeleteWebhook", name="other")


def _deploy(call: Client) -> None:
    """A deployment of which the targets are asked for."""
    ship = action("Ship", "Deploy", "S3")
    record = call.in_memory.record(declaration(("Ship", [ship]), ("Commit", [action("Build")]), name="d"))
    run = run_of(call.in_memory.start(record), "Ship")
    call("ListDeployActionExecutionTargets", actionExecutionId=run.id)


def _poll(call: Client, kind: dict[str, str], poll: str) -> None:
    """A job of a type is told, acknowledged and looked at."""
    engine = call.in_memory
    run = next(run for run in engine.store.pipeline(CALLER.scope, "p").latest_runs.values() if run.action.is_source)
    job = engine.job(run, str(uuid.uuid4()))
    data = {
        "actionTypeId": kind,
        "actionConfiguration": {"configuration": {"Project": "p", "ClientToken": "sesame"}},
        "pipelineContext": {"pipelineArn": ARN, "action": {"name": "Source"}},
    }
    engine.store.jobs[job.id] = replace(job, data=data)
    token = {"clientToken": "sesame"} if kind["owner"] == "ThirdParty" else {}
    (told,) = call(poll, actionTypeId=kind)["jobs"]
    if token:
        call("GetThirdPartyJobDetails", jobId=job.id, **token)
    call(f"Acknowledge{'ThirdParty' if token else ''}Job", jobId=job.id, nonce=engine.store.jobs[job.id].nonce, **token)
    assert job.id in told.values()


def gate(name: str, result: str) -> dict[str, Any]:
    """A condition of one rule."""
    kind = {"category": "Rule", "owner": "AWS", "provider": "LambdaInvoke", "version": "1"}
    role = f"arn:aws:iam::{CALLER.scope.account}:role/rule"
    rule = {
        "name": name,
        "ruleTypeId": kind,
        "configuration": {"FunctionName": "f"},
        "inputArtifacts": [{"name": "Code"}],
        "roleArn": role,
    }
    return {"conditions": [{"result": result, "rules": [rule]}]}


def _stop_and_wait(call: Client) -> None:
    call("DisableStageTransition", pipelineName="p", stageName="Commit", transitionType="Inbound", reason="not now")
    started = call("StartPipelineExecution", name="p")
    call.state()
    call("StopPipelineExecution", pipelineName="p", **started, reason="lunch")
    call.state()


def answered(shape: Shape, value: Any, path: str) -> Iterator[str]:
    """The members that an answer has; those that the shape lacks too."""
    match value:
        case dict() if shape.type_name == "structure":
            for name, member in value.items():
                yield f"{path}.{name}"
                inner = shape.members.get(name)  # type: ignore[attr-defined]
                yield from answered(inner, member, f"{path}.{name}") if inner else ()
        case list():
            for item in value:
                yield from answered(shape.member, item, f"{path}[]")  # type: ignore[attr-defined]


def output(operation: str) -> Shape | None:
    shape: Shape | None = models.model("codepipeline").operation_model(operation).output_shape
    return shape


def is_excepted(path: str) -> bool:
    never = any(path == one or path.startswith((f"{one}.", f"{one}[")) for one in NEVER)
    return never or path.startswith((*OF_A_DECLARATION, *OF_A_JOB))


def test_every_operation_with_an_answer_is_called(answers: Answers) -> None:
    assert set(answers) == {operation for operation in OPERATIONS if output(operation)}


def test_each_member_of_an_answer_is_there_or_has_a_reason(answers: Answers) -> None:
    missing = []
    for operation, documents in answers.items():
        shape = output(operation)
        assert shape
        there = {path for document in documents for path in answered(shape, document, operation)}
        missing += [path for path in below(shape, operation) if path not in there and not is_excepted(path)]

    assert missing == []


def test_no_answer_has_what_aws_does_not_know(answers: Answers) -> None:
    unknown = set()
    for operation, documents in answers.items():
        shape = output(operation)
        assert shape
        known = set(below(shape, operation))
        unknown |= {path for document in documents for path in answered(shape, document, operation)} - known

    assert unknown == set()


def test_each_answer_fits_the_shape_of_its_operation(answers: Answers) -> None:
    for operation, documents in answers.items():
        for document_ in documents:
            shape = output(operation)
            assert shape
            assert list(shapes._mistakes(shape, document_, operation)) == []


def test_what_has_a_reason_is_not_answered_after_all(answers: Answers) -> None:
    there: set[str] = set()
    for operation, documents in answers.items():
        shape = output(operation)
        assert shape
        there |= {path for document in documents for path in answered(shape, document, operation)}

    assert there & set(NEVER) == set()
