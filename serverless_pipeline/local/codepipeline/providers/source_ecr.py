"""Source/ECR: what is known of an image becomes the artifact, as `imageDetail.json` in a zip.

https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-ECR.html
A push starts nothing by itself, there as here: on AWS a rule of EventBridge starts the pipeline.
"""

from __future__ import annotations

import json
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from serverless_pipeline import aws
from serverless_pipeline.local.codepipeline.model.action_run import Revision
from serverless_pipeline.local.codepipeline.providers import artifacts
from serverless_pipeline.local.codepipeline.providers.work import Failed, Provider, Succeeded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from serverless_pipeline.local.codepipeline.providers.work import Outcome, Work

IMAGE_DIGEST = "IMAGE_DIGEST"
_LATEST = "latest"
_MISSING = ("RepositoryNotFoundException", "ImageNotFoundException")


def start(work: Work) -> Outcome:
    """Find the image, put what is known of it into the artifact store, and say which one it is."""
    from boto3.exceptions import S3UploadFailedError
    from botocore.exceptions import ClientError

    repository, image = work.run.resolved_configuration["RepositoryName"], _image(work)
    client = work.credentials.client("ecr", work.region)
    try:
        details = client.describe_images(repositoryName=repository, imageIds=[image])["imageDetails"]
        if not details:
            return _missing(repository, image)
        variables = _variables(work, details[0])
        _put(work, details[0], variables)
    except ClientError as error:
        if aws.code(error) in _MISSING:
            return _missing(repository, image)
        return _refused(work, repository, error)
    except S3UploadFailedError as error:
        return _refused(work, repository, error)
    digest = variables["ImageDigest"]
    return Succeeded(external_id=digest, variables=variables, revision=Revision(digest))


def _image(work: Work) -> dict[str, str]:
    if digest := work.override.get(IMAGE_DIGEST):
        return {"imageDigest": digest}
    return {"imageTag": work.run.resolved_configuration.get("ImageTag") or _LATEST}


def _variables(work: Work, detail: Mapping[str, Any]) -> dict[str, str]:
    account, repository, digest = detail["registryId"], detail["repositoryName"], detail["imageDigest"]
    return {
        "ImageDigest": digest,
        "ImageTag": work.run.resolved_configuration.get("ImageTag") or _LATEST,
        "ImageURI": f"{account}.dkr.ecr.{work.region}.amazonaws.com/{repository}@{digest}",
        "RegistryId": account,
        "RepositoryName": repository,
    }


def _put(work: Work, detail: Mapping[str, Any], variables: Mapping[str, str]) -> None:
    """Put the document into the artifact store, as AWS spells it."""
    document = {
        "ImageSizeInBytes": str(detail["imageSizeInBytes"]),
        "Version": "1.0",
        "ImagePushedAt": str(detail["imagePushedAt"]),
        "ImageTags": detail.get("imageTags", []),
        **{name: value for name, value in variables.items() if name != "ImageTag"},
    }
    with tempfile.TemporaryDirectory() as scratch:
        package = Path(scratch) / "image.zip"
        with zipfile.ZipFile(package, "w") as archive:
            archive.writestr("imageDetail.json", json.dumps(document))
        artifacts.put(work, work.run.outputs[0], package)


def _missing(repository: str, image: Mapping[str, str]) -> Failed:
    return Failed(
        "ConfigurationError",
        f"There is no image {next(iter(image.values()))} in the repository {repository}, or no such repository; push it"
        " there and release the change again",
    )


def _refused(work: Work, repository: str, error: Exception) -> Failed:
    return Failed(
        "PermissionError",
        f"The role {work.credentials.role} may not bring the image of {repository} into"
        f" s3://{work.run.outputs[0].bucket}: it needs ecr:DescribeImages there, s3:PutObject here ({error})",
    )


PROVIDER = Provider(
    category="Source",
    name="ECR",
    inputs=(0, 0),
    outputs=(1, 1),
    required=("RepositoryName",),
    optional=("ImageTag",),
    start=start,
    revisions=(IMAGE_DIGEST,),
)
