"""Source/S3: the current version of an object of a versioned bucket becomes the output artifact, as it is.

https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-S3.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from serverless_pipeline import aws
from serverless_pipeline.local.codepipeline.model.action_run import Revision
from serverless_pipeline.local.codepipeline.providers import artifacts, console
from serverless_pipeline.local.codepipeline.providers.work import Detection, Failed, Provider, Sighting, Succeeded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botocore.exceptions import ClientError

    from serverless_pipeline.local.codepipeline.providers.work import Outcome, Work
    from serverless_pipeline.local.iam.credentials import Credentials

SUMMARY_METADATA = "codepipeline-artifact-revision-summary"


def start(work: Work) -> Outcome:
    """Find the version, copy it into the artifact store, and say which one it is."""
    from botocore.exceptions import ClientError

    bucket, key = _location(work)
    client = work.credentials.client("s3", work.region)
    try:
        if client.get_bucket_versioning(Bucket=bucket).get("Status") != "Enabled":
            return Failed(
                "ConfigurationError",
                f"The bucket {bucket} is not versioned; enable versioning, an S3 source needs it",
            )
        head = client.head_object(Bucket=bucket, Key=key, **_version(work))
        _copy(client, work, bucket, key, head["VersionId"])
    except ClientError as error:
        return _failure(error, work, bucket, key)
    return _outcome(head, console.object_version(work.region, bucket, key, head["VersionId"]), bucket, key)


def look(configuration: Mapping[str, str], credentials: Credentials, region: str) -> Sighting:
    """The current version of the object; none while it is not there.

    Raises:
        ClientError: the role may not look.
    """
    from botocore.exceptions import ClientError

    bucket, key = configuration["S3Bucket"], configuration["S3ObjectKey"]
    place = f"s3://{bucket}/{key}"
    try:
        head = credentials.client("s3", region).head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if aws.is_absent(error):
            return Sighting(place, {place: ""})
        raise
    return Sighting(place, {place: head.get("VersionId", "")})


def _location(work: Work) -> tuple[str, str]:
    configuration = work.run.resolved_configuration
    return configuration["S3Bucket"], work.override.get("S3_OBJECT_KEY", configuration["S3ObjectKey"])


def _version(work: Work) -> dict[str, str]:
    version = work.override.get("S3_OBJECT_VERSION_ID")
    return {"VersionId": version} if version else {}


def _copy(client: Any, work: Work, bucket: str, key: str, version: str) -> None:  # noqa: ANN401 - a boto3 client
    artifact = work.run.outputs[0]
    client.copy_object(
        Bucket=artifact.bucket,
        Key=artifact.key,
        CopySource={"Bucket": bucket, "Key": key, "VersionId": version},
        **artifacts.encryption(work),
    )


def _outcome(head: dict[str, Any], url: str, bucket: str, key: str) -> Succeeded:
    version, etag = head["VersionId"], head["ETag"].strip('"')
    summary = head["Metadata"].get(SUMMARY_METADATA) or f"Amazon S3 version id: {version}"
    return Succeeded(
        summary=summary,
        external_id=version,
        variables={"BucketName": bucket, "ObjectKey": key, "VersionId": version, "ETag": etag},
        revision=Revision(version, etag, summary, head["LastModified"].timestamp(), url),
        external_url=url,
    )


def _failure(error: ClientError, work: Work, bucket: str, key: str) -> Failed:
    """Why the object could not be had; S3 does not say which of the calls a role lacks, so all are named."""
    if aws.is_absent(error) or aws.code(error) == "NoSuchVersion":
        return Failed(
            "ConfigurationError",
            f"There is no object {key} in the bucket {bucket}, or no such bucket; put the source there and release"
            " the change again",
        )
    if aws.is_refused(error):
        return Failed(
            "PermissionError",
            f"The role {work.credentials.role} may not copy s3://{bucket}/{key} into"
            f" s3://{work.run.outputs[0].bucket}: it needs s3:GetBucketVersioning, s3:GetObject and"
            f" s3:GetObjectVersion there, s3:PutObject here ({error})",
        )
    return Failed("JobFailed", f"s3://{bucket}/{key} could not be copied: {error}")


PROVIDER = Provider(
    category="Source",
    name="S3",
    inputs=(0, 0),
    outputs=(1, 1),
    required=("S3Bucket", "S3ObjectKey"),
    optional=("PollForSourceChanges", "AllowOverrideForS3ObjectKey"),
    start=start,
    detection=Detection("PollForSourceChanges", "PollForSourceChanges", look),
    revisions=("S3_OBJECT_VERSION_ID", "S3_OBJECT_KEY"),
)
