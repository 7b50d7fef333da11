"""The templates as CloudFormation reads them, for every shape that the settings can give them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from cfnlint.decode import decode_str

from serverless_pipeline.project import templates
from serverless_pipeline.settings import S3, GitHub, Settings
from tests.support import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

CONNECTION = "arn:aws:codeconnections:eu-central-1:123456789012:connection/5d2c8e6e"
LOCAL = Settings(stack_name="shop")
GITHUB = Settings(stack_name="shop", target="aws", source=GitHub("acme/shop", CONNECTION))
BUCKET = Settings(stack_name="shop", target="aws", source=S3())
BOUNDARY = "arn:aws:iam::123456789012:policy/bounds"
ENVIRONMENTS = (("Prod",), ("Test", "Prod"), ("Test", "Stage", "Prod"))
SHAPES = {
    f"{name}-{','.join(environments)}-{'approved' if approval else 'straight'}": replace(
        settings, environments=environments, approval=approval
    )
    for name, settings in {"local": LOCAL, "github": GITHUB, "s3": BUCKET}.items()
    for environments in ENVIRONMENTS
    for approval in (False, True)
} | {"bounded": replace(BUCKET, permissions_boundary=BOUNDARY)}


@dataclass(frozen=True)
class Rendered:
    """The templates of one shape: as text, and as CloudFormation's data (`!Sub` is `Fn::Sub`)."""

    settings: Settings
    texts: dict[str, str]
    documents: dict[str, dict[str, Any]]

    def statements(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Every statement of every role, with the role's logical ID."""
        for document in self.documents.values():
            for name, resource in document["Resources"].items():
                if resource["Type"] == "AWS::IAM::Role":
                    for policy in resource["Properties"]["Policies"]:
                        for statement in policy["PolicyDocument"]["Statement"]:
                            yield name, statement

    def stages(self) -> list[dict[str, Any]]:
        """The stages of the pipeline in order."""
        return list(self.documents["pipeline"]["Resources"]["Pipeline"]["Properties"]["Stages"])


@cache
def render(settings: Settings) -> Rendered:
    texts = templates.render(settings, templates.ACCOUNT, ROOT / "cfn")
    return Rendered(settings, texts, {name: decode(text) for name, text in texts.items()})


@cache
def decode(text: str) -> dict[str, Any]:
    """A template as data; shapes share templates, and nobody changes them."""
    document: dict[str, Any] = decode_str(text)[0]
    return document


@pytest.fixture(params=SHAPES.values(), ids=[*SHAPES])
def rendered(request: pytest.FixtureRequest) -> Rendered:
    """The templates of each shape, one after another."""
    return render(request.param)


@pytest.fixture
def local() -> Rendered:
    """The templates as a laptop gets them."""
    return render(LOCAL)


@pytest.fixture
def github() -> Rendered:
    """The templates of a pipeline that listens to GitHub."""
    return render(GITHUB)


@pytest.fixture
def s3() -> Rendered:
    """The templates of a pipeline on AWS that watches a bucket."""
    return render(BUCKET)
