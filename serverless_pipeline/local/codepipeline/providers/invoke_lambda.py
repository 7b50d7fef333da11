"""Invoke/Lambda: the function gets the job as its event and answers it later.

https://docs.aws.amazon.com/codepipeline/latest/userguide/actions-invoke-lambda-function.html
The invocation is asynchronous: what the function returns or raises is of no matter, only its answer to the job is.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from serverless_pipeline import aws
from serverless_pipeline.local.codepipeline.providers import console
from serverless_pipeline.local.codepipeline.providers.work import Failed, Pending, Provider, Succeeded

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

    from serverless_pipeline.local.codepipeline.model.jobs import Job
    from serverless_pipeline.local.codepipeline.providers.work import Outcome, Work

_FORBIDDEN = 403
_DETAILS_ONLY = ("actionTypeId", "pipelineContext")


def start(work: Work) -> Outcome:
    """Invoke the function; the action ends with the answer to its job."""
    from botocore.exceptions import ClientError

    if work.job is None:
        raise ValueError("an Invoke action needs a job")
    function = work.run.resolved_configuration["FunctionName"]
    client = work.credentials.client("lambda", work.region)
    log = console.log_group(work.region, function)
    work.report(Succeeded(external_id=function, external_url=log))
    try:
        client.invoke(FunctionName=function, InvocationType="Event", Payload=json.dumps(event(work.job)))
    except ClientError as error:
        return _failure(error, work, function)
    seconds = min(work.timing.answer, work.run.started + work.timing.action - work.now)
    return Pending(seconds, _no_answer(function), external_id=function, external_url=log)


def event(job: Job) -> dict[str, Any]:
    """What the function gets: the details of its job, without where in the pipeline it stands."""
    data = {name: value for name, value in job.data.items() if name not in _DETAILS_ONLY}
    return {"CodePipeline.job": {"id": job.id, "accountId": job.account, "data": data}}


def _failure(error: ClientError, work: Work, function: str) -> Failed:
    if aws.code(error) == "ResourceNotFoundException":
        return Failed("ConfigurationError", f"The AWS Lambda function {function} does not exist.")
    if error.response["ResponseMetadata"]["HTTPStatusCode"] == _FORBIDDEN or aws.is_refused(error):
        return Failed(
            "PermissionError",
            f"The role {work.credentials.role} may not invoke the AWS Lambda function {function}; allow it"
            f" lambda:InvokeFunction ({error.response['Error'].get('Message', aws.code(error))})",
        )
    return Failed("JobFailed", f"The AWS Lambda function {function} could not be invoked: {error}")


def _no_answer(function: str) -> Failed:
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
