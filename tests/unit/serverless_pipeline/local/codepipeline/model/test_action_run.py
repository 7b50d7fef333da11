"""One time that an action ran."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from serverless_pipeline.local.codepipeline.model.action_run import (
    SERVICE,
    ActionRun,
    ActionStatus,
    Artifact,
    ErrorDetails,
    Revision,
    reserve,
)
from serverless_pipeline.local.codepipeline.model.declaration import Action, ActionType, Pipeline
from tests.support.engine import words_of
from tests.support.frozen import changeable

KIND = ActionType("Invoke", "AWS", "Lambda", "1")
BUILD = Action("Build", KIND)
RUN = ActionRun("run", "execution", "Commit", BUILD, started=1, updated=2, updated_by="ada")


def test_the_statuses_are_those_of_aws() -> None:
    assert sorted(ActionStatus) == words_of("ActionExecutionStatus")


def test_the_service_has_a_name() -> None:
    assert SERVICE == "codepipeline.amazonaws.com"


def test_a_new_run_is_in_progress_and_nothing_is_known_of_it() -> None:
    assert vars(RUN) == {
        "id": "run",
        "execution_id": "execution",
        "stage": "Commit",
        "action": BUILD,
        "started": 1,
        "updated": 2,
        "updated_by": "ada",
        "status": ActionStatus.IN_PROGRESS,
        "resolved_configuration": {},
        "inputs": (),
        "outputs": (),
        "summary": "",
        "external_id": "",
        "external_url": "",
        "log_stream": "",
        "percent": None,
        "error": None,
        "variables": {},
        "revision": None,
        "token": "",
        "version": 1,
        "condition": "",
    }


@pytest.mark.parametrize(
    ("status", "running", "retryable"),
    [
        (ActionStatus.IN_PROGRESS, True, False),
        (ActionStatus.SUCCEEDED, False, False),
        (ActionStatus.FAILED, False, True),
        (ActionStatus.ABANDONED, False, True),
    ],
)
def test_what_failed_or_was_abandoned_is_run_again_by_a_retry(
    status: ActionStatus, *, running: bool, retryable: bool
) -> None:
    run = replace(RUN, status=status)

    assert (run.is_running, run.is_retryable) == (running, retryable)


def test_what_is_not_known_of_a_revision_or_an_artifact_is_empty() -> None:
    assert vars(Revision("7")) == {"id": "7", "change_id": "", "summary": "", "created": None, "url": ""}
    assert vars(Artifact("Built", "store", "key")) == {
        "name": "Built",
        "bucket": "store",
        "key": "key",
        "revision": None,
    }
    assert vars(ErrorDetails("JobFailed", "no")) == {"code": "JobFailed", "message": "no"}


def pipeline(name: str = "p") -> Pipeline:
    stores = {
        "us-east-1": {"type": "S3", "location": "here"},
        "eu-west-1": {"type": "S3", "location": "there"},
    }
    document = {"name": name, "roleArn": "r", "artifactStores": stores, "stages": []}
    return Pipeline.from_document(document, "us-east-1")


def test_each_output_artifact_gets_a_place_as_aws_lays_them_out() -> None:
    action = Action("Build", KIND, outputs=("DistributionOutput", "Site"))

    first, second = reserve(pipeline("a-pipeline-with-a-long-name"), action)

    assert (first.name, first.bucket, second.name, second.bucket) == ("DistributionOutput", "here", "Site", "here")
    assert re.fullmatch(r"a-pipeline-with-a-lo/Distributi/[A-Za-z0-9]{7}", first.key)
    assert re.fullmatch(r"a-pipeline-with-a-lo/Site/[A-Za-z0-9]{7}", second.key)


def test_artifacts_lie_in_the_region_of_their_action() -> None:
    action = Action("Build", KIND, outputs=("Built",), region="eu-west-1")

    assert [artifact.bucket for artifact in reserve(pipeline(), action)] == ["there"]


def test_no_place_is_reserved_twice() -> None:
    action = Action("Build", KIND, outputs=("Built",))

    assert len({reserve(pipeline(), action)[0].key for _ in range(20)}) == 20


def test_a_run_and_what_belongs_to_it_cannot_be_changed() -> None:
    assert changeable(RUN, Revision("7"), Artifact("Built", "store", "key"), ErrorDetails("JobFailed", "no")) == []
