"""Invoke/Lambda: the function gets the job as its event and answers it later.

https://docs.aws.amazon.com/codepipeline/latest/userguide/actions-invoke-lambda-function.html
The invocation is asynchronous: what the function returns or raises is of no matter, only its answer to the job is.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from serverless_pipeline.local.codepipeline.providers.work import Failed, Pending, Provider

if TYPE_CHECKING:
    from collections.abc import Iterable

    from botocore.exceptions import ClientError

    from serverless_pipeline.local.codepipeline.model.execution import Artifact
    from serverless_pipeline.local.codepipeline.model.jobs import Job
    from serverless_pipeline.local.codepipeline.providers.work import Outcome, Work

_FORBIDDEN = 403
_DETAILS_ONLY = ("actionTypeId", "pipelineContext")


def start(work: Work) -> Outcome:
    """Invoke the function; the action ends with the answer to its job."""
    from botocore.exceptions import ClientError

    if work.job is None:
        raise ValueError("an Invoke action needs a job")
    function = work.run.resolved["FunctionName"]
    client = work.credentials.client("lambda", work.region)
    try:
        client.invoke(FunctionName=function, InvocationType="Event", Payload=json.dumps(event(work.job)))
    except ClientError as error:
        return _failure(error, work, function)
    left = work.run.started + work.timing.action - time.time()
    return Pending(min(work.timing.answer, left), _silent(function), external_id=function)


def event(job: Job) -> dict[str, Any]:
    """What the function gets: the details of its job, without where in the pipeline it stands."""
    data = {name: value for name, value in job.data.items() if name not in _DETAILS_ONLY}
    return {"CodePipeline.job": {"id": job.id, "accountId": job.account, "data": data}}


def job_data(work: Work) -> dict[str, Any]:
    """The data of a job, as GetJobDetails gives them; what does not apply is left out, not null."""
    run, kind, secrets = work.run, work.run.action.type, work.credentials
    data: dict[str, Any] = {
        "actionTypeId": vars(kind),
        "actionConfiguration": {"configuration": dict(run.resolved)},
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
            "accessKeyId": secrets.access_key_id,
            "secretAccessKey": secrets.secret_access_key,
            "sessionToken": secrets.session_token,
            "expirationTime": int(secrets.expiration * 1000),
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


def _failure(error: ClientError, work: Work, function: str) -> Failed:
    code = error.response["Error"]["Code"]
    if code == "ResourceNotFoundException":
        return Failed("ConfigurationError", f"The AWS Lambda function {function} does not exist.")
    if error.response["ResponseMetadata"]["HTTPStatusCode"] == _FORBIDDEN or "AccessDenied" in code:
        return Failed(
            "PermissionError",
            f"The role {work.credentials.role} may not invoke the AWS Lambda function {function}; allow it"
            f" lambda:InvokeFunction ({error.response['Error'].get('Message', code)})",
        )
    return Failed("JobFailed", f"The AWS Lambda function {function} could not be invoked: {error}")


def _silent(function: str) -> Failed:
    return Failed(
        "JobFailed",
        f"The AWS Lambda function {function} failed to return a result. Check the function to verify that it has"
        " permission to call the PutJobSuccessResult action and that it made a call to PutJobSuccessResult.",
        external_id=function,
    )


PROVIDER = Provider(
    category="Invoke",
    name="Lambda",
    inputs=(0, 5),
    outputs=(0, 5),
    required=("FunctionName",),
    optional=("UserParameters",),
    start=start,
    takes_jobs=True,
)
