from __future__ import annotations

import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.errors import Misconfigured
from serverless_pipeline.project import bucket, environment_plan, environments, releases
from serverless_pipeline.settings import Settings
from tests.support import environments as templates

if TYPE_CHECKING:
    from pathlib import Path

CLIENTS: Any = SimpleNamespace(endpoint=None, account="123456789012", region="eu-west-1")
HOME = "shop-123456789012-eu-west-1"
ARTIFACTS = "shop-artifacts"
INNER = {"Resources": {"Jobs": {"Type": "AWS::SQS::Queue"}}}


class Buckets:
    """What was published, by bucket and key."""

    def __init__(self, patched: pytest.MonkeyPatch) -> None:
        self.objects: dict[tuple[str, str], bytes] = {}
        patched.setattr(releases, "bucket", lambda *_: ARTIFACTS)
        patched.setattr(bucket, "publish", self._publish)

    def _publish(self, _clients: object, name: str, key: str, content: bytes | Path) -> None:
        self.objects[name, key] = content if isinstance(content, bytes) else content.read_bytes()

    def template(self) -> dict[str, Any]:
        (body,) = (content for (name, _), content in self.objects.items() if name == HOME)
        return dict(json.loads(body))

    def assets(self) -> dict[str, bytes]:
        return {key: content for (name, key), content in self.objects.items() if name == ARTIFACTS}


@pytest.fixture
def buckets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Buckets:
    monkeypatch.chdir(tmp_path)
    return Buckets(monkeypatch)


def plan(project: Path, body: dict[str, Any], clients: Any = CLIENTS, **settings: Any) -> Any:
    """What production shall be, of a project with this template."""
    (project / "template.yaml").write_text(json.dumps(body))
    chosen = Settings(stack_name="shop", **settings)
    return environment_plan.publish(chosen, clients, environments.select(chosen, ""))


def test_the_packaged_template_is_published_and_what_the_stack_shall_be(buckets: Buckets, tmp_path: Path) -> None:
    desired = plan(tmp_path, {"Resources": {"Jobs": templates.QUEUE}}, tags={"Team": "shop"})

    ((home, key),) = buckets.objects
    assert home == HOME
    assert key.startswith("templates/")
    assert key.endswith("/environment.json")
    assert buckets.template() == {"Resources": {"Jobs": templates.QUEUE}}
    assert (desired.name, desired.url) == ("shop-prod", f"https://{HOME}.s3.eu-west-1.amazonaws.com/{key}")
    assert (desired.parameters, desired.tags, desired.role) == ({}, {"Application": "shop", "Team": "shop"}, "")


def test_what_it_nests_or_includes_is_published_and_code_is_not(buckets: Buckets, tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "app.py").write_text("pass")
    (tmp_path / "inner.yaml").write_text(json.dumps(INNER))
    (tmp_path / "more.yaml").write_text("Description: more")
    body = {
        "Transform": [{"Name": "AWS::Include", "Parameters": {"Location": "more.yaml"}}],
        "Resources": {
            "Worker": {"Type": "AWS::Lambda::Function", "Properties": {"Code": "src"}},
            "Inner": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "inner.yaml"}},
        },
    }

    plan(tmp_path, body)

    address = f"https://{ARTIFACTS}.s3.eu-west-1.amazonaws.com/"
    published = buckets.assets()
    assert sorted(published.values()) == sorted(
        [json.dumps(INNER, separators=(",", ":")).encode(), b"Description: more"]
    )
    resources = buckets.template()["Resources"]
    assert resources["Inner"]["Properties"]["TemplateURL"].removeprefix(address) in published
    assert resources["Worker"]["Properties"]["Code"]["S3Key"] not in published


def test_the_values_are_those_that_the_pipeline_would_hand_over(buckets: Buckets, tmp_path: Path) -> None:
    (tmp_path / "prod.json").write_text('{"Parameters": {"Size": "1", "Runtime": "x"}, "Tags": {"Cost": "42"}}')
    declared = {name: {"Type": "String"} for name in (*templates.KNOWN, "Size", "Colour")}
    local = SimpleNamespace(**{**vars(CLIENTS), "endpoint": SimpleNamespace(url="http://127.0.0.1:1")})

    desired = plan(
        tmp_path,
        {"Parameters": declared, "Resources": {"Jobs": templates.QUEUE}},
        clients=local,
        template_configuration="{environment}.json",
        parameters={"Colour": "red", "Prod.Architecture": "x86_64"},
    )

    assert buckets.template()["Parameters"] == declared
    assert desired.parameters == {
        "EnvironmentName": "prod",
        "Runtime": "python3.13",
        "Architecture": "x86_64",
        "PermissionsBoundary": "",
        "Endpoint": "http://127.0.0.1:1",
        "Size": "1",
        "Colour": "red",
    }
    assert desired.tags == {"Application": "shop", "Cost": "42"}


def test_a_file_of_values_that_is_not_there_is_told(buckets: Buckets, tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"^values/prod\.json: it cannot be read"):
        plan(tmp_path, {"Resources": {"Jobs": templates.QUEUE}}, template_configuration="values/{environment}.json")

    assert buckets.assets() == {}
