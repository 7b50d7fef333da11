"""An image of the embedded ECR is a source."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.codepipeline import World


def test_an_image_goes_through_a_pipeline(world: World, approval: Callable[[str], dict[str, Any]]) -> None:
    ecr = world.client("ecr")
    ecr.create_repository(repositoryName=world.prefix)
    image = ecr.put_image(repositoryName=world.prefix, imageManifest="{}", imageTag="v1")["image"]
    source = {
        "name": "Source",
        "actionTypeId": {"category": "Source", "owner": "AWS", "provider": "ECR", "version": "1"},
        "configuration": {"RepositoryName": world.prefix, "ImageTag": "v1"},
        "outputArtifacts": [{"name": "Image"}],
    }
    role = world.role("ecr", "codepipeline.amazonaws.com", "ecr:DescribeImages", "s3:PutObject")

    name, execution = world.create(("Source", [source]), ("Approve", [approval("Approve")]), role=role)
    world.decide(name, "Approve", "Approve")

    assert world.until(name, execution) == "Succeeded"
    output = world.actions(name, execution)["Source"]["output"]
    digest = image["imageId"]["imageDigest"]
    assert output["outputVariables"]["ImageDigest"] == digest
    where = output["outputArtifacts"][0]["s3location"]
    body = world.s3.get_object(Bucket=where["bucket"], Key=where["key"])["Body"].read()
    with zipfile.ZipFile(io.BytesIO(body)) as package:
        assert json.loads(package.read("imageDetail.json"))["ImageURI"].endswith(f"/{world.prefix}@{digest}")
