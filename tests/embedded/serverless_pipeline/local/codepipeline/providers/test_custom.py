"""A worker of somebody's polls for the jobs of a custom action, takes them and answers them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.support.waiting import until

if TYPE_CHECKING:
    from tests.support.codepipeline import World

COUNTS = {"minimumCount": 0, "maximumCount": 1}


def make_known(world: World) -> dict[str, str]:
    """A type of build action with a queryable and a secret key."""
    names = {"category": "Build", "provider": world.prefix, "version": "1"}
    world.codepipeline.create_custom_action_type(
        **names,
        configurationProperties=[
            {"name": "Project", "required": True, "key": True, "secret": False, "queryable": True},
            {"name": "Password", "required": True, "key": False, "secret": True},
        ],
        inputArtifactDetails=COUNTS,
        outputArtifactDetails=COUNTS,
    )
    return {**names, "owner": "Custom"}


def build(kind: dict[str, str], **more: Any) -> dict[str, Any]:
    return {
        "name": "Build",
        "actionTypeId": kind,
        "configuration": {"Project": "shop", "Password": "open-sesame"},
        "inputArtifacts": [{"name": "SourceOutput"}],
        "outputArtifacts": [{"name": "BuildOutput"}],
        "namespace": "Built",
        **more,
    }


def poll(world: World, kind: dict[str, str], **more: Any) -> dict[str, Any]:
    """The first job, once there is one."""

    def look() -> dict[str, Any] | None:
        jobs = world.codepipeline.poll_for_jobs(actionTypeId=kind, **more)["jobs"]
        return jobs[0] if jobs else None

    return until(look, "a job")


def test_a_custom_build_is_polled_for_taken_and_answered_and_the_pipeline_goes_on(world: World) -> None:
    kind = make_known(world)
    name, execution = world.create(("Source", [world.source()]), ("Build", [build(kind)]))

    job = poll(world, kind, queryParam={"Project": "shop"}, maxBatchSize=1)
    nobody = world.codepipeline.poll_for_jobs(actionTypeId=kind, queryParam={"Project": "other"})["jobs"]
    with pytest.raises(ClientError, match="InvalidNonceException"):
        world.codepipeline.acknowledge_job(jobId=job["id"], nonce="0")
    taken = world.codepipeline.acknowledge_job(jobId=job["id"], nonce=job["nonce"])["status"]
    gone = world.codepipeline.poll_for_jobs(actionTypeId=kind)["jobs"]
    details = world.codepipeline.get_job_details(jobId=job["id"])["jobDetails"]
    world.codepipeline.put_job_success_result(
        jobId=job["id"],
        outputVariables={"Tag": "7"},
        executionDetails={"summary": "built", "externalExecutionId": "42"},
    )

    assert (nobody, taken, gone, details["data"]) == ([], "InProgress", [], job["data"])
    assert job["data"]["actionConfiguration"]["configuration"] == {"Project": "shop", "Password": "open-sesame"}
    assert world.until(name, execution) == "Succeeded"
    ran = world.actions(name, execution)["Build"]
    assert ran["input"]["resolvedConfiguration"] == {"Project": "shop", "Password": "****"}
    assert (ran["output"]["outputVariables"], ran["output"]["executionResult"]["externalExecutionId"]) == (
        {"Tag": "7"},
        "42",
    )


def test_a_custom_build_goes_on_in_another_job_and_fails_for_a_reason(world: World) -> None:
    kind = make_known(world)
    name, execution = world.create(("Source", [world.source()]), ("Build", [build(kind)]))
    first = poll(world, kind)
    world.codepipeline.put_job_success_result(jobId=first["id"], continuationToken="half")
    second = poll(world, kind)

    world.codepipeline.put_job_failure_result(
        jobId=second["id"], failureDetails={"type": "JobFailed", "message": "it does not compile"}
    )

    assert (second["id"] == first["id"], second["data"]["continuationToken"]) == (False, "half")
    assert world.until(name, execution) == "Failed"
    details = world.actions(name, execution)["Build"]["output"]["executionResult"]["errorDetails"]
    assert details == {"code": "JobFailed", "message": "it does not compile"}


def test_a_secret_is_not_shown_and_its_mask_keeps_it(world: World) -> None:
    kind = make_known(world)
    name, _ = world.create(("Source", [world.source()]), ("Build", [build(kind)]))

    shown = world.codepipeline.get_pipeline(name=name)["pipeline"]
    world.codepipeline.update_pipeline(pipeline=shown)
    execution = world.start(name)

    assert shown["stages"][1]["actions"][0]["configuration"] == {"Project": "shop", "Password": "****"}
    job = poll(world, kind)
    assert job["data"]["pipelineContext"]["pipelineExecutionId"] == execution
    assert job["data"]["actionConfiguration"]["configuration"]["Password"] == "open-sesame"


def test_a_type_that_is_deleted_is_polled_for_and_made_known_no_more(world: World) -> None:
    kind = make_known(world)
    listed = world.codepipeline.list_action_types(actionOwnerFilter="Custom")["actionTypes"]

    world.codepipeline.delete_custom_action_type(category="Build", provider=world.prefix, version="1")

    assert [one["id"] for one in listed if one["id"] == kind] == [kind]
    with pytest.raises(ClientError, match="ActionTypeNotFoundException"):
        world.codepipeline.poll_for_jobs(actionTypeId=kind)
    with pytest.raises(ClientError, match="has been deleted"):
        make_known(world)


def test_a_new_revision_starts_an_execution_once(world: World, invoke: Any) -> None:
    names = {"category": "Source", "provider": world.prefix, "version": "1"}
    one = {"minimumCount": 1, "maximumCount": 1}
    world.codepipeline.create_custom_action_type(
        **names, inputArtifactDetails={"minimumCount": 0, "maximumCount": 0}, outputArtifactDetails=one
    )
    source = {
        "name": "Source",
        "actionTypeId": {**names, "owner": "Custom"},
        "outputArtifacts": [{"name": "SourceOutput"}],
    }
    name, _ = world.create(("Source", [source]), ("Commit", [invoke("Build", world.function())]))
    put = {"pipelineName": name, "stageName": "Source", "actionName": "Source"}
    revision = {"revisionId": "r1", "revisionChangeId": "c1", "created": 1_700_000_000}

    first = world.codepipeline.put_action_revision(**put, actionRevision=revision)
    again = world.codepipeline.put_action_revision(**put, actionRevision=revision)

    assert (first["newRevision"], again["newRevision"]) == (True, False)
    assert first["pipelineExecutionId"] == again["pipelineExecutionId"] == world.newest(name)
    trigger = world.codepipeline.list_pipeline_executions(pipelineName=name)["pipelineExecutionSummaries"][0]["trigger"]
    assert trigger["triggerType"] == "PutActionRevision"


def test_a_third_partys_job_is_seen_taken_and_answered_with_its_client_token(world: World) -> None:
    kind = {"category": "Build", "owner": "ThirdParty", "provider": world.prefix, "version": "1"}
    world.codepipeline.update_action_type(
        actionType={
            "id": kind,
            "executor": {
                "type": "JobWorker",
                "configuration": {"jobWorkerExecutorConfiguration": {"pollingAccounts": ["000000000000"]}},
            },
            "inputArtifactDetails": COUNTS,
            "outputArtifactDetails": COUNTS,
            "properties": [{"name": "ClientToken", "optional": False, "key": False, "noEcho": True}],
        }
    )
    action = build(kind, configuration={"ClientToken": "sesame"})
    name, execution = world.create(("Source", [world.source()]), ("Build", [action]))

    def look() -> str | None:
        jobs = world.codepipeline.poll_for_third_party_jobs(actionTypeId=kind)["jobs"]
        return str(jobs[0]["jobId"]) if jobs else None

    job_id = until(look, "a job of a third party")
    with pytest.raises(ClientError, match="InvalidClientTokenException"):
        world.codepipeline.get_third_party_job_details(jobId=job_id, clientToken="other")
    details = world.codepipeline.get_third_party_job_details(jobId=job_id, clientToken="sesame")["jobDetails"]
    taken = world.codepipeline.acknowledge_third_party_job(jobId=job_id, clientToken="sesame", nonce=details["nonce"])
    world.codepipeline.put_third_party_job_success_result(jobId=job_id, clientToken="sesame")

    assert (taken["status"], world.until(name, execution)) == ("InProgress", "Succeeded")
