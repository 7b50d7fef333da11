"""What checkov says of each template: of pipelines, of what is delivered here, of the examples, of what `init` writes.

Why a check does not hold stands beside the resource, in a comment that checkov reads. What `init` writes is to be read
by who never heard of checkov, so the reasons for that stand here.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from serverless_pipeline.init import survey, template_file
from serverless_pipeline.project import templates
from serverless_pipeline.settings import S3, GitHub, Settings
from tests.support import ROOT, checkov, environments, sites
from tests.support.folder import HANDLER, SITE_PROJECT, fill

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.checkov import Report

CONNECTION = "arn:aws:codeconnections:eu-central-1:123456789012:connection/5d2c8e6e"
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012"
PLAIN = Settings(stack_name="shop")
PIPELINES = {
    "plain": PLAIN,
    "s3": replace(PLAIN, target="aws", source=S3()),
    "busy": replace(
        PLAIN,
        target="aws",
        source=GitHub("acme/shop", CONNECTION),
        environments=("Test", "Stage", "Prod"),
        approval=True,
        permissions_boundary="arn:aws:iam::123456789012:policy/bounds",
        package_secrets={"NPM": "secretsmanager:shop/npm:token"},
        tools=("arn:aws:lambda:eu-central-1:123456789012:layer:node:3", "tools/graphviz"),
    ),
}
SITES = {
    "private": 'private_site("Shop")',
    "named": f'private_site("Shop", domain="shop.example.com", certificate="{CERTIFICATE}")',
    "public": 'public_site("Shop")',
}
UNCHECKED = {f"pipeline-{shape}-pipeline" for shape in PIPELINES}
"""checkov has nothing to check in them: it does not know AWS::CodePipeline::Pipeline."""
INIT = {
    "AppFunction": {
        "CKV_AWS_115": "who begins shares the account's concurrency",
        "CKV_AWS_116": "it answers HTTP, so who asks waits for the answer",
        "CKV_AWS_117": "what it shall reach in a VPC, and in which, nobody knows",
    },
    "SiteBucket": {
        "CKV_AWS_18": "a public page needs no list of its readers",
        "CKV_AWS_21": "what lies there comes from an artifact, and pipeline.rollback brings an earlier one back",
        "CKV_AWS_54": "a website of S3 is read by anybody, so a policy may open it",
        "CKV_AWS_56": "a website of S3 is read by anybody",
    },
}
"""Why a check does not hold for what `init` writes."""


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Every template, by a name."""
    return {**of_pipelines(), **of_sites(tmp_path_factory.mktemp("sites")), **of_projects()}


@pytest.fixture(scope="module")
def report(texts: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Report:
    """What checkov says of them."""
    return checkov.look(texts, tmp_path_factory.mktemp("templates"))


def test_no_check_fails_without_a_reason_beside_the_resource(report: Report) -> None:
    assert report.failed == ()
    assert [finding for finding in report.excused if not finding.reason] == []


def test_every_template_is_checked(texts: dict[str, str], report: Report) -> None:
    assert texts.keys() - report.read == UNCHECKED


def test_no_reason_is_stale(texts: dict[str, str], report: Report, tmp_path: Path) -> None:
    bare = checkov.look({name: checkov.bare(text) for name, text in texts.items()}, tmp_path)

    assert [replace(finding, reason="") for finding in report.excused] == list(bare.failed)
    assert bare.excused == ()


def test_of_what_init_writes_no_check_fails_but_those_that_are_explained_here(tmp_path: Path) -> None:
    project = fill(tmp_path / "shop", {"app.py": HANDLER, **SITE_PROJECT})
    (tmp_path / "templates").mkdir()

    report = checkov.look({"init": template_file.text(survey.look(project))}, tmp_path / "templates")

    failed = {(finding.resource, finding.check) for finding in report.failed}
    assert failed == {(resource, check) for resource, reasons in INIT.items() for check in reasons}
    assert report.excused == ()


def of_pipelines() -> dict[str, str]:
    return {
        f"pipeline-{shape}-{name}": text
        for shape, settings in PIPELINES.items()
        for name, text in templates.render(settings, templates.ACCOUNT, ROOT / "cfn", environments.dromedary()).items()
    }


def of_sites(folder: Path) -> dict[str, str]:
    outputs = {name: f'{call.partition("_site")[0]}_site_outputs("Shop")' for name, call in SITES.items()}
    return {f"site-{name}": sites.render(folder, call, outputs[name]) for name, call in SITES.items()}


def of_projects() -> dict[str, str]:
    paths = [ROOT / "app" / "environment.yml", *(ROOT / "examples").rglob("template.yaml")]
    assert len(paths) > 1
    return {"-".join(path.relative_to(ROOT).with_suffix("").parts): path.read_text() for path in paths}
