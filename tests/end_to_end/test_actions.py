"""What the functions of a pipeline promise its user, in a small project whose own stage tries them out.

The tests share one run of the pipeline; the last one starts another.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from tests.support import blackboard, waiting
from tests.support.project import TASKS, Project, make

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

FUNCTION = "small-run-task"
BEGAN = r"(?:lambdas\.)?run_task began"

ELSEWHERE = "is worked on elsewhere, or was; Lambda delivered it twice"

STAGE = """\
{% extends "serverless_pipeline/pipeline.yml.j2" %}
{% import "serverless_pipeline/macros.j2" as macros %}
{% block stages_after_commit %}
      - Name: Own
        Actions:
{% for asks in ["task=flaky&retries=3", "task=bare", "task=identity&credentials=true", "task=once", "task=meet"] %}
{{ macros.function_action(asks.split("&")[0].removeprefix("task="), "RunTaskFunction", run_order=loop.index,
    inputs=["SourceOutput", "DependenciesOutput"], asks=asks) }}
{% endfor %}
{% endblock %}
"""

OWN_TASKS = """


def count(name):
    return next(number for number in range(1, 100) if write(f"{name}-{number}"))


@task
def flaky(c):
    number = count("flaky")
    assert number > 2, f"number {number} is too early"


@task
def bare(c):
    write("environment", json.dumps(dict(os.environ)))


@task
def identity(c):
    import boto3
    write("identity", boto3.client("sts").get_caller_identity()["Arn"])


@task
def once(c):
    assert count("once") == 1, "it runs again"


@task
def meet(c):
    import time
    if not is_written("meeting"):
        return
    number, deadline = count("meet"), time.monotonic() + 600
    while not is_written("parting"):
        assert time.monotonic() < deadline, "nobody parts"
        time.sleep(0.02)
    assert number == 1, "it came second"
"""


@dataclass(frozen=True)
class Pipeline:
    """The project's pipeline, as AWS shows it; `state` is where its tasks leave what must outlive them."""

    project: Project
    state: Path

    @cached_property
    def session(self) -> dict[str, str]:
        return dict(re.findall(r"export (\w+)=(\S+)", self.project.invoke("local.env")))

    def client(self, service: str) -> Any:
        connect: Callable[..., Any] = boto3.client
        return connect(
            service,
            endpoint_url=self.session["AWS_ENDPOINT_URL"],
            region_name=self.session["AWS_REGION"],
            aws_access_key_id=self.session["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.session["AWS_SECRET_ACCESS_KEY"],
        )

    def action(self, name: str) -> dict[str, Any]:
        """The newest run of an action, with its result."""
        runs = self.client("codepipeline").list_action_executions(pipelineName="small")["actionExecutionDetails"]
        return dict(next(run for run in runs if run["actionName"] == name))

    def times(self, task: str) -> int:
        """How often a task has counted."""
        return len(list(self.state.glob(f"{task}-*")))

    def log(self) -> list[dict[str, Any]]:
        """The events of the log of the function that runs tasks."""
        pages = self.client("logs").get_paginator("filter_log_events").paginate(logGroupName=f"/aws/lambda/{FUNCTION}")
        return [event for page in pages for event in page["events"]]

    def jobs(self, words: str) -> list[str]:
        """The IDs of the jobs of which the log says these words."""
        matches = (re.match(rf"Job (\S+): {words}", event["message"]) for event in self.log())
        return [match[1] for match in matches if match]

    def event(self, job_id: str) -> dict[str, Any]:
        """The event that Lambda delivered for a job."""
        job = self.client("codepipeline").get_job_details(jobId=job_id)["jobDetails"]
        return {"CodePipeline.job": json.loads(json.dumps({"id": job["id"], "data": job["data"]}, default=str))}

    def renew(self) -> None:
        """Let Lambda start the next invocation in an environment that has answered nothing."""
        self.client("lambda").update_function_configuration(FunctionName=FUNCTION, Timeout=600)

    def deliver(self, event: dict[str, Any], kind: str = "RequestResponse") -> dict[str, Any]:
        functions = self.client("lambda")
        return dict(functions.invoke(FunctionName=FUNCTION, InvocationType=kind, Payload=json.dumps(event)))


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    state = tmp_path_factory.mktemp("state")
    with blackboard.serve(state) as board:
        project = make(tmp_path_factory.mktemp("small"), TASKS + board + OWN_TASKS)
        (project.folder / "cfn").mkdir()
        (project.folder / "cfn" / "pipeline.yml.j2").write_text(STAGE)
        try:
            project.invoke("pipeline.up")
            project.invoke("pipeline.watch")
            yield Pipeline(project, state)
        finally:
            project.invoke("local.down")


def test_a_task_that_fails_twice_succeeds_at_its_third_attempt_each_in_a_job_of_its_own(pipeline: Pipeline) -> None:
    flaky = pipeline.action("flaky")

    result = flaky["output"]["executionResult"]
    failed = pipeline.jobs(r"goes on: attempt \d of 3: The task flaky ended with exit code 1")
    succeeded = pipeline.jobs(r"succeeded: attempt 3 of 3: flaky took ")
    assert flaky["status"] == "Succeeded"
    assert result["externalExecutionSummary"].startswith("attempt 3 of 3: flaky took ")
    assert len(failed) == 2
    assert len({*failed, *succeeded}) == 3


def test_a_task_sees_nothing_of_aws(pipeline: Pipeline) -> None:
    seen = json.loads((pipeline.state / "environment").read_text())

    assert [name for name in seen if re.search("AWS|ECS|METADATA|LAMBDA|AMZN|HANDLER", name)] == []


def test_a_task_whose_action_lends_it_the_credentials_acts_as_the_functions_role(pipeline: Pipeline) -> None:
    role = pipeline.client("lambda").get_function_configuration(FunctionName=FUNCTION)["Role"].rpartition("/")[2]

    identity = (pipeline.state / "identity").read_text()

    assert identity.endswith(f":assumed-role/{role}/{FUNCTION}")


def test_an_event_that_comes_again_elsewhere_changes_nothing(pipeline: Pipeline) -> None:
    [job_id] = pipeline.jobs("succeeded: once took ")
    before, times = pipeline.action("once"), pipeline.times("once")
    pipeline.renew()

    invoked = pipeline.deliver(pipeline.event(job_id))

    assert "FunctionError" not in invoked
    assert pipeline.times("once") == times
    assert waiting.until(lambda: pipeline.jobs(ELSEWHERE), "the second event") == [job_id]
    assert pipeline.action("once") == before


def test_an_event_that_comes_again_in_the_same_environment_is_let_go(pipeline: Pipeline) -> None:
    [job_id] = pipeline.jobs("succeeded: once took ")
    before, times = pipeline.action("once"), pipeline.times("once")
    earlier = len(pipeline.jobs(ELSEWHERE))

    invoked = [pipeline.deliver(pipeline.event(job_id)) for _ in range(2)]

    assert not any("FunctionError" in one for one in invoked)
    assert pipeline.times("once") == times
    assert waiting.until(lambda: pipeline.jobs(ELSEWHERE)[earlier:], "both events") == [job_id] * 2
    assert pipeline.action("once") == before


def test_an_event_that_comes_twice_at_once_has_one_effect(pipeline: Pipeline) -> None:
    before = set(pipeline.jobs(BEGAN))
    (pipeline.state / "meeting").touch()
    (pipeline.state / "once-1").unlink()
    pipeline.client("codepipeline").start_pipeline_execution(name="small")
    job_id = waiting.until(lambda: _meets(pipeline, before), "the task meet")

    invoked = pipeline.deliver(pipeline.event(job_id))

    assert "FunctionError" not in invoked
    waiting.until(lambda: job_id in pipeline.jobs(ELSEWHERE), "the second event")
    waiting.until(lambda: pipeline.times("meet"), "the task meet")
    assert pipeline.action("meet")["status"] == "InProgress"
    (pipeline.state / "parting").touch()
    waiting.until(lambda: pipeline.action("meet")["status"] != "InProgress", "the end of the action meet")
    assert pipeline.action("meet")["status"] == "Succeeded"
    assert pipeline.times("meet") == 1


def _meets(pipeline: Pipeline, before: set[str]) -> str | None:
    """The job of the task that waits for another, once it has begun."""
    begun = (job_id for job_id in pipeline.jobs(BEGAN) if job_id not in before)
    asks = "task=meet"
    return next((job_id for job_id in begun if asks in json.dumps(pipeline.event(job_id))), None)
