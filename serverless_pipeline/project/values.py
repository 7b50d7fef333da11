"""The values of the root template's parameters: what the settings say, as CloudFormation and the actions read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from serverless_pipeline.project import tools
from serverless_pipeline.project.query import quoted
from serverless_pipeline.settings import S3, GitHub, WorkingTree

if TYPE_CHECKING:
    from serverless_pipeline.project.tools import Layer
    from serverless_pipeline.settings import Settings


def of(  # noqa: PLR0913 - what is known besides the settings
    settings: Settings, *, bucket: str, bundle_key: str, endpoint: str, shape: str, layers: tuple[Layer, ...] = ()
) -> dict[str, str]:
    """The values by parameter; `bucket` holds the bundle and, unless another is chosen, the source.

    `shape` is the digest of the shape of the environments' template, `layers` are the tools that lie in the project.
    """
    return (
        _source(settings, bucket)
        | {
            "Requirements": quoted(settings.requirements),
            "PackageTask": quoted(settings.package_task),
            "TestTask": quoted(settings.test_task),
            "Template": quoted(settings.template),
            "Shape": shape,
            "Runtime": settings.runtime,
            "Architecture": settings.architecture,
            "BundleBucket": bucket,
            "BundleKey": bundle_key,
            "Memory": str(settings.memory),
            "Endpoint": endpoint,
        }
        | tools.values(settings, layers)
        | _boundary(settings)
    )


def _source(settings: Settings, bucket: str) -> dict[str, str]:
    match settings.demand_source():
        case GitHub(repository, connection_arn, branch):
            return {"ConnectionArn": connection_arn, "Repository": repository, "Branch": branch}
        case S3(chosen, key):
            return {"SourceBucket": chosen or bucket, "SourceKey": key}
        case WorkingTree(key):
            return {"SourceBucket": bucket, "SourceKey": key}


def _boundary(settings: Settings) -> dict[str, str]:
    return {"PermissionsBoundary": settings.permissions_boundary} if settings.permissions_boundary else {}
