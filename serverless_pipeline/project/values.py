"""The values of the root template's parameters: what the settings say, as CloudFormation and the actions read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from serverless_pipeline.settings import S3, GitHub, WorkingTree

if TYPE_CHECKING:
    from serverless_pipeline.settings import Settings

_RESERVED = str.maketrans({sign: f"%{ord(sign):02X}" for sign in "&=+%# "})


def of(settings: Settings, *, bucket: str, bundle_key: str, endpoint: str) -> dict[str, str]:
    """The values by parameter; `bucket` holds the bundle and, unless another is chosen, the source."""
    return (
        _source(settings, bucket)
        | {
            "Requirements": quoted(settings.requirements),
            "PackageTask": quoted(settings.package_task),
            "SitePath": quoted(settings.site_path),
            "AppPath": quoted(settings.app_path),
            "ApiPath": quoted(settings.api_path),
            "TestTask": quoted(settings.test_task),
            "Runtime": settings.runtime,
            "Architecture": settings.architecture,
            "BundleBucket": bucket,
            "BundleKey": bundle_key,
            "Memory": str(settings.memory),
            "Endpoint": endpoint,
        }
        | _boundary(settings)
    )


def quoted(text: str) -> str:
    """A value as it stands in a query string; only what would end it or be read as something else is encoded."""
    return text.translate(_RESERVED)


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
