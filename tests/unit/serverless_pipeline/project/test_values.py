from __future__ import annotations

import pytest

from serverless_pipeline.project import values
from serverless_pipeline.settings import S3, GitHub, Settings


def of(settings: Settings) -> dict[str, str]:
    return values.of(
        settings, bucket="ours", bundle_key="bundles/1.zip", endpoint="http://127.0.0.1:1", shape="0123456789abcdef"
    )


def test_every_parameter_has_its_value() -> None:
    settings = Settings(stack_name="shop", runtime="python3.12", architecture="x86_64", memory=1024)

    assert of(settings) == {
        "SourceBucket": "ours",
        "SourceKey": "source/source.zip",
        "Requirements": "requirements.txt",
        "PackageTask": "package",
        "TestTask": "test-functional",
        "Template": "template.yaml",
        "Shape": "0123456789abcdef",
        "Runtime": "python3.12",
        "Architecture": "x86_64",
        "BundleBucket": "ours",
        "BundleKey": "bundles/1.zip",
        "Memory": "1024",
        "Endpoint": "http://127.0.0.1:1",
    }


def test_a_boundary_is_a_value_where_one_is_chosen() -> None:
    boundary = "arn:aws:iam::123456789012:policy/bounds"

    assert of(Settings(permissions_boundary=boundary))["PermissionsBoundary"] == boundary


def test_github_is_described_by_its_connection() -> None:
    arn = "arn:aws:codeconnections:eu-west-1:123456789012:connection/x"
    settings = Settings(target="aws", source=GitHub("owner/name", arn, "next"))

    github = {name: value for name, value in of(settings).items() if name in ("ConnectionArn", "Repository", "Branch")}

    assert github == {"ConnectionArn": arn, "Repository": "owner/name", "Branch": "next"}
    assert "SourceBucket" not in of(settings)


def test_the_source_lies_in_the_pipelines_own_bucket_unless_another_is_chosen() -> None:
    buckets = [
        of(settings)["SourceBucket"] for settings in (Settings(stack_name="shop"), Settings(source=S3("theirs")))
    ]

    assert buckets == ["ours", "theirs"]


@pytest.mark.parametrize(
    ("setting", "parameter"),
    [
        ("requirements", "Requirements"),
        ("package_task", "PackageTask"),
        ("test_task", "TestTask"),
        ("template", "Template"),
    ],
)
def test_a_value_is_written_as_it_stands_in_a_query_string(setting: str, parameter: str) -> None:
    settings = Settings(**{setting: "a&b #{c}"})  # type: ignore[arg-type]

    assert of(settings)[parameter] == "a%26b%20%23{c}"
