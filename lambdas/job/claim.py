"""A job is claimed before it is worked on: Lambda delivers an event at least once, perhaps to two processes.

The claim is an object in the artifact bucket, `claims/<ID of the job>`, which S3 lets only the first one write. Each
job of an action that goes on has its own. Where the first one dies, Lambda tells the function that answers lost jobs;
the second one changes nothing, and answers nothing. A lifecycle rule of the bucket removes claims.
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
"""

from __future__ import annotations

import uuid
from contextlib import closing
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from lambdas.artifacts.transfer import encryption
from lambdas.job import clients, refusal

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from lambdas.job.job import Job

PREFIX = "claims/"
_WRITTEN = {"PreconditionFailed", "ConditionalRequestConflict"}


class Taken(Exception):
    """Another process works on the job, or did."""


def take(job: Job) -> None:
    """Claim a job, with the session that it brought; one that has no artifact changes nothing, and is not claimed.

    Raises:
        Taken: somebody was first.
    """
    artifact = next(iter([*job.inputs.values(), *job.outputs.values()]), None)
    if not artifact:
        return
    store = clients.artifact_store(job.credentials)
    key, own = f"{PREFIX}{job.id}", uuid.uuid4().hex.encode()
    try:
        store.put_object(Bucket=artifact.bucket, Key=key, Body=own, IfNoneMatch="*", **encryption(job.key))
    except ClientError as error:
        if refusal.code(error) not in _WRITTEN:
            raise
        if _written(store, artifact.bucket, key) != own:  # else this request, sent again because its answer was lost
            raise Taken("is worked on elsewhere, or was; Lambda delivered it twice") from None


def _written(store: S3Client, bucket: str, key: str) -> bytes:
    with closing(store.get_object(Bucket=bucket, Key=key)["Body"]) as body:
        return body.read()
