"""What a job is about: the data that GetJobDetails answers, and that a function gets in part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from serverless_pipeline.local.codepipeline.model.action_run import Artifact
    from serverless_pipeline.local.codepipeline.providers.work import Work


def describe(work: Work) -> dict[str, Any]:
    """The data of the job of an action; what does not apply is left out, not null.

    https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_JobData.html
    """
    run, credentials = work.run, work.credentials
    data: dict[str, Any] = {
        "actionTypeId": vars(run.action.type),
        "actionConfiguration": {"configuration": dict(run.resolved_configuration)},
        "pipelineContext": {
            "pipelineName": work.pipeline,
            "stage": {"name": run.stage},
            "action": {"name": run.action.name, "actionExecutionId": run.id},
            "pipelineArn": work.scope.arn(work.pipeline),
            "pipelineExecutionId": run.execution_id,
        },
        "inputArtifacts": _artifacts(run.inputs),
        "outputArtifacts": _artifacts(run.outputs),
        "artifactCredentials": {
            "accessKeyId": credentials.access_key_id,
            "secretAccessKey": credentials.secret_access_key,
            "sessionToken": credentials.session_token,
            "expirationTime": int(credentials.expiration * 1000),
        },
    }
    if work.continuation:
        data["continuationToken"] = work.continuation
    if work.key_id:
        data["encryptionKey"] = {"id": work.key_id, "type": "KMS"}
    return data


def _artifacts(artifacts: Iterable[Artifact]) -> list[dict[str, Any]]:
    return [
        {
            "name": artifact.name,
            "revision": artifact.revision.id if artifact.revision else None,
            "location": {"type": "S3", "s3Location": {"bucketName": artifact.bucket, "objectKey": artifact.key}},
        }
        for artifact in artifacts
    ]
