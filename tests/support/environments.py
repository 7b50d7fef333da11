"""Templates of environments as data, and what the library makes of them."""

from __future__ import annotations

from functools import cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from serverless_pipeline.environment import document
from serverless_pipeline.environment.document import Document
from serverless_pipeline.environment.shape import Shape
from serverless_pipeline.project import templates
from serverless_pipeline.project.environment_template import EnvironmentTemplate
from serverless_pipeline.settings import Settings
from tests.support import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping

QUEUE = {"Type": "AWS::SQS::Queue"}
ROLE = "arn:aws:iam::123456789012:role/worker"
KNOWN = ("EnvironmentName", "Runtime", "Architecture", "PermissionsBoundary", "Endpoint")
"""The parameters whose values the pipeline knows."""


def template(
    resources: Mapping[str, Any], parameters: tuple[str, ...] = (), outputs: tuple[str, ...] = ()
) -> EnvironmentTemplate:
    """A template of an environment, read; its parameters are texts, its outputs are there."""
    body = {
        "Parameters": {name: {"Type": "String"} for name in parameters},
        "Resources": dict(resources),
        "Outputs": {name: {"Value": "x"} for name in outputs},
    }
    return EnvironmentTemplate(Document(PurePosixPath("template.yaml"), body), Shape.of(body))


@cache
def dromedary() -> EnvironmentTemplate:
    """The template of this repository's own application."""
    read = document.read(Path("app/environment.yml"), ROOT)
    return EnvironmentTemplate(read, Shape.of(read.body))


def function(path: str = "dist/app.zip", **delivery: Any) -> dict[str, Any]:
    """A function that the pipeline delivers."""
    return _delivered("AWS::Lambda::Function", {"Path": path, "Alias": "live", **delivery}, Role=ROLE)


def api(path: str = "dist/openapi.json", **delivery: Any) -> dict[str, Any]:
    """A REST API that the pipeline delivers."""
    return _delivered("AWS::ApiGateway::RestApi", {"Path": path, "Stage": "live", **delivery})


def site(path: str = "dist/site", **delivery: Any) -> dict[str, Any]:
    """A bucket that the pipeline fills."""
    return _delivered("AWS::S3::Bucket", {"Path": path, **delivery})


def _delivered(kind: str, delivery: Mapping[str, Any], **properties: Any) -> dict[str, Any]:
    return {"Type": kind, "Metadata": {"Delivery": dict(delivery)}, "Properties": properties}


def rendered(stack_name: str) -> dict[str, str]:
    """The templates of a pipeline for this repository's application, as for an account."""
    settings = Settings(stack_name=stack_name, template="app/environment.yml")
    return templates.render(settings, templates.ACCOUNT, ROOT / "cfn", dromedary())
