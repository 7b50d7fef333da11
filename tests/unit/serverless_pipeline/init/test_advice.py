from __future__ import annotations

from typing import TYPE_CHECKING

from serverless_pipeline.init import advice, survey
from tests.support.folder import SAM, SITE_PROJECT, TEST, fill

if TYPE_CHECKING:
    from pathlib import Path

DELIVERED = """\
Parameters: {Size: {Type: Number}, Colour: {Type: String}}
Resources:
  Worker: {Type: 'AWS::Lambda::Function', Metadata: {Delivery: {Path: dist/worker.zip, Alias: live}}}
  Site: {Type: 'AWS::S3::Bucket', Metadata: {Delivery: {Path: public}}}
Outputs: {SiteUrl: {Value: x}}
"""


def lines(folder: Path, files: dict[str, str]) -> list[str]:
    return list(advice.lines(survey.look(fill(folder, files))))


def test_a_project_that_says_everything_needs_none(tmp_path: Path) -> None:
    assert lines(tmp_path / "site", SITE_PROJECT) == []
    assert lines(tmp_path / "sam", {"template.yaml": SAM}) == []


def test_values_and_what_is_delivered_have_to_come_from_somewhere(tmp_path: Path) -> None:
    assert lines(tmp_path, {**SITE_PROJECT, "template.yaml": DELIVERED}) == [
        "values of parameters of template.yaml that have no default; in invoke.yaml: parameters: Size=…,Colour=…",
        "dist/worker.zip, which template.yaml delivers as Worker: the task package has to leave it",
    ]


def test_a_site_that_the_template_does_not_deliver_is_named(tmp_path: Path) -> None:
    [line] = lines(tmp_path, {**SITE_PROJECT, "template.yaml": SAM})

    assert line.startswith("a bucket with Metadata: Delivery: {Path: public} in template.yaml, if the site")


def test_without_an_address_nothing_is_tested(tmp_path: Path) -> None:
    assert lines(tmp_path, {"template.yaml": "Resources: {A: {Type: 'AWS::SNS::Topic'}}"}) == [
        "an output of template.yaml that says where it answers, such as ApiUrl; without one nothing tests it"
    ]


def test_what_no_file_names_has_to_be_named(tmp_path: Path) -> None:
    files = {"template.yaml": SAM, "pyproject.toml": "[project]\n", "uv.lock": "", "test_a.py": TEST}

    assert lines(tmp_path, files) == [
        "pytest in uv.lock, for the task package: uv add --dev pytest, or name it there by hand"
    ]
