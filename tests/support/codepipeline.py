"""A real MiniStack with CodePipeline, real functions, real roles; and what it takes to make a pipeline of them."""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from tests.support import ROOT
from tests.support.lambdas import zipped
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ACCOUNT = "000000000000"
REGION = "us-east-1"

Stage = tuple[str, list[dict[str, Any]]]

FUNCTION = """
import json
import os
import boto3

codepipeline = boto3.client("codepipeline")


def handler(event, context):
    job = event["CodePipeline.job"]
    data = job["data"]
    wish = data["actionConfiguration"]["configuration"].get("UserParameters", "{}")
    wish = json.loads(wish) if wish.startswith("{") else {}
    if wish.get("silent"):
        return
    if wish.get("fail"):
        codepipeline.put_job_failure_result(
            jobId=job["id"], failureDetails={"type": "JobFailed", "message": wish["fail"]})
        return
    if wish.get("parts") and "continuationToken" not in data:
        codepipeline.put_job_success_result(
            jobId=job["id"], continuationToken="second", executionDetails={"summary": "half", "percentComplete": 50})
        return
    keys = data["artifactCredentials"]
    s3 = boto3.client("s3", aws_access_key_id=keys["accessKeyId"], aws_secret_access_key=keys["secretAccessKey"],
                      aws_session_token=keys["sessionToken"])
    def place(artifact):
        where = artifact["location"]["s3Location"]
        return {"Bucket": where["bucketName"], "Key": where["objectKey"]}
    read = [s3.get_object(**place(artifact))["Body"].read().decode() for artifact in data["inputArtifacts"]]
    del keys["secretAccessKey"], keys["sessionToken"]
    for artifact in data["outputArtifacts"]:
        s3.put_object(**place(artifact), Body=json.dumps({"event": event, "read": read}))
    codepipeline.put_job_success_result(
        jobId=job["id"], outputVariables=wish.get("variables", {}), executionDetails={"summary": "done"})
"""


@dataclass(frozen=True)
class World:
    """The embedded AWS that the tests share, and one prefix per test, so that they do not meet."""

    url: str
    secret: str
    access_key: str
    prefix: str = field(default_factory=lambda: f"t{secrets.token_hex(4)}")

    def client(self, service: str) -> Any:
        return boto3.client(  # type: ignore[call-overload]
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret,
        )

    @cached_property
    def codepipeline(self) -> Any:
        return self.client("codepipeline")

    @cached_property
    def iam(self) -> Any:
        return self.client("iam")

    @cached_property
    def s3(self) -> Any:
        return self.client("s3")

    def role(self, name: str, service: str, *actions: str, resource: str = "*") -> str:
        """A role that a service may assume, allowed these actions."""
        full = f"{self.prefix}-{name}"
        statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
        trust = {"Version": "2012-10-17", "Statement": [statement]}
        arn = self.iam.create_role(RoleName=full, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
        if actions:
            allowed = {"Effect": "Allow", "Action": list(actions), "Resource": resource}
            policy = {"Version": "2012-10-17", "Statement": [allowed]}
            self.iam.put_role_policy(RoleName=full, PolicyName="allowed", PolicyDocument=json.dumps(policy))
        return str(arn)

    def function(self, *, answers: bool = True) -> str:
        """A function that does what its UserParameters wish; `answers` says whether its role may answer jobs."""
        name = f"{self.prefix}-{'answering' if answers else 'mute'}"
        allowed = ["codepipeline:PutJobSuccessResult", "codepipeline:PutJobFailureResult"] if answers else []
        self.client("lambda").create_function(
            FunctionName=name,
            Role=self.role(f"fn-{answers}", "lambda.amazonaws.com", *allowed),
            Runtime="python3.11",
            Handler="index.handler",
            Code={"ZipFile": zipped({"index.py": FUNCTION})},
            Timeout=60,
        )
        self.client("lambda").put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=0)
        return name

    def bucket(self, name: str, *, versioned: bool = True) -> str:
        full = f"{self.prefix}-{name}"
        self.s3.create_bucket(Bucket=full)
        if versioned:
            self.s3.put_bucket_versioning(Bucket=full, VersioningConfiguration={"Status": "Enabled"})
        return full

    def pipeline_role(self, name: str = "pipeline", *, without: str = "") -> str:
        """The role of a pipeline: what an S3 source and functions need, less one action."""
        actions = {
            "s3:GetBucketVersioning",
            "s3:GetObject",
            "s3:GetObjectVersion",
            "s3:PutObject",
            "lambda:InvokeFunction",
            "lambda:ListFunctions",
        }
        return self.role(name, "codepipeline.amazonaws.com", *sorted(actions - {without}))

    def source(self, body: str = "the source", **metadata: str) -> dict[str, Any]:
        """A source action, and its object."""
        bucket = self.bucket("source")
        self.s3.put_object(Bucket=bucket, Key="source.zip", Body=body.encode(), Metadata=metadata)
        return source_of(bucket)

    def declare(self, *stages: Stage, role: str = "", **more: Any) -> dict[str, Any]:
        """A declaration of stages."""
        return {
            "name": f"{self.prefix}-pipeline",
            "roleArn": role or self.pipeline_role(),
            "artifactStore": {"type": "S3", "location": self.bucket("artifacts", versioned=False)},
            "pipelineType": "V2",
            "stages": [{"name": name, "actions": actions} for name, actions in stages],
            **more,
        }

    def create(self, *stages: Stage, role: str = "", **more: Any) -> tuple[str, str]:
        """A pipeline, and the execution that its creation starts."""
        pipeline = self.declare(*stages, role=role, **more)
        self.codepipeline.create_pipeline(pipeline=pipeline)
        return pipeline["name"], self.newest(pipeline["name"])

    def start(self, name: str, **more: Any) -> str:
        return str(self.codepipeline.start_pipeline_execution(name=name, **more)["pipelineExecutionId"])

    def newest(self, name: str) -> str:
        listed = self.codepipeline.list_pipeline_executions(pipelineName=name)
        return str(listed["pipelineExecutionSummaries"][0]["pipelineExecutionId"])

    def token(self, name: str, stage: str, action: str) -> str:
        """The token of an approval, once the action waits for it."""

        def look() -> str | None:
            states = {state["actionName"]: state for state in self.stages(name)[stage]["actionStates"]}
            latest: dict[str, str] = states[action].get("latestExecution", {})
            return latest.get("token")

        return until(look, f"the approval {action}")

    def decide(self, name: str, stage: str, action: str, status: str = "Approved") -> None:
        """Approve or reject, once it is asked for."""
        self.codepipeline.put_approval_result(
            pipelineName=name,
            stageName=stage,
            actionName=action,
            token=self.token(name, stage, action),
            result={"status": status, "summary": "seen"},
        )

    def approves(self, name: str, execution_id: str, stage: str, action: str) -> None:
        """Approve in one of several executions that go side by side, by the token that ListActionExecutions has."""

        def look() -> str | None:
            result = self.actions(name, execution_id).get(action, {}).get("output", {}).get("executionResult", {})
            token: str | None = result.get("externalExecutionId")
            return token

        self.codepipeline.put_approval_result(
            pipelineName=name,
            stageName=stage,
            actionName=action,
            token=until(look, f"the approval {action}"),
            result={"status": "Approved", "summary": "seen"},
        )

    def until(self, name: str, execution_id: str, *statuses: str) -> str:
        """The status of an execution, once it is one of these, or any but InProgress."""

        def look() -> str | None:
            answer = self.codepipeline.get_pipeline_execution(pipelineName=name, pipelineExecutionId=execution_id)
            status = str(answer["pipelineExecution"]["status"])
            over = status in statuses if statuses else status not in ("InProgress", "Stopping")
            return status if over else None

        return until(look, f"the execution {execution_id} of {name}")

    def waits(self, name: str, stage: str, execution_id: str) -> None:
        """Look on until an execution waits before a stage."""
        until(
            lambda: (
                self.stages(name)[stage].get("inboundExecution", {}).get("pipelineExecutionId") == execution_id or None
            ),
            f"the execution {execution_id} before {stage}",
        )

    def actions(self, name: str, execution_id: str) -> dict[str, dict[str, Any]]:
        """The last run of each action of an execution, by its name."""
        latest = {"latestInPipelineExecution": {"pipelineExecutionId": execution_id, "startTimeRange": "Latest"}}
        listed = self.codepipeline.list_action_executions(pipelineName=name, filter=latest)
        return {item["actionName"]: item for item in listed["actionExecutionDetails"]}

    def stages(self, name: str) -> dict[str, dict[str, Any]]:
        state = self.codepipeline.get_pipeline_state(name=name)
        return {stage["stageName"]: stage for stage in state["stageStates"]}


def source_of(bucket: str) -> dict[str, Any]:
    return {
        "name": "Source",
        "actionTypeId": {"category": "Source", "owner": "AWS", "provider": "S3", "version": "1"},
        "configuration": {"S3Bucket": bucket, "S3ObjectKey": "source.zip", "PollForSourceChanges": "false"},
        "outputArtifacts": [{"name": "SourceOutput"}],
        "namespace": "SourceVariables",
    }


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with serving(tmp_path_factory.mktemp("aws")) as world:
        yield world


@contextmanager
def serving(folder: Path, **modes: str) -> Iterator[World]:
    """A MiniStack of its own, told such variables."""
    port = _free_port()
    key, secret = f"AKIA{secrets.token_hex(8).upper()}", secrets.token_hex(20)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("served.py")), str(port)],
            env=_environment(port, key, secret, folder) | modes,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        until(lambda: _is_up(process, url, folder / "log"), "MiniStack")
        yield World(url, secret, key)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.fixture
def world(served: World) -> World:
    return World(served.url, served.secret, served.access_key)


@pytest.fixture
def invoke() -> Callable[..., dict[str, Any]]:
    """Declares an action that invokes a function with a wish."""

    def declare(name: str, function: str, wish: dict[str, Any] | str | None = None, **more: Any) -> dict[str, Any]:
        parameters = {} if wish is None else {"UserParameters": wish if isinstance(wish, str) else json.dumps(wish)}
        return {
            "name": name,
            "actionTypeId": {"category": "Invoke", "owner": "AWS", "provider": "Lambda", "version": "1"},
            "configuration": {"FunctionName": function, **parameters},
            **more,
        }

    return declare


@pytest.fixture
def approval() -> Callable[[str], dict[str, Any]]:
    """Declares an action that waits for a person."""
    kind = {"category": "Approval", "owner": "AWS", "provider": "Manual", "version": "1"}
    return lambda name: {"name": name, "actionTypeId": kind}


def _environment(port: int, key: str, secret: str, folder: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "PYTHONPATH": str(ROOT),
        "AUTH": "true",
        "GATEWAY_PORT": str(port),
        "MINISTACK_HOST": "127.0.0.1",
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "LOG_LEVEL": "INFO",
        "AWS_ACCESS_KEY_ID": key,
        "AWS_SECRET_ACCESS_KEY": secret,
        "S3_DATA_DIR": str(folder / "s3"),
    }


def _is_up(process: subprocess.Popen[bytes], url: str, log: Path) -> bool | None:
    if process.poll() is not None:
        pytest.fail(log.read_text())
    try:
        with urllib.request.urlopen(f"{url}/_ministack/health", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
