from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from serverless_pipeline.errors import Misconfigured
from serverless_pipeline.project import lint, templates
from serverless_pipeline.project.lint import Finding
from serverless_pipeline.project.templates import Templates

if TYPE_CHECKING:
    from collections.abc import Iterator

ODD = "Resources:\n  Thing:\n    Type: AWS::S3::Bucket\n    Properties:\n      BucketNam: shop\n"
WELL = "Resources:\n  Thing:\n    Type: AWS::S3::Bucket\n"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def drawn(root: str) -> Templates:
    return Templates("http://127.0.0.1:4566/home", {"roles": WELL, "root": root})


def test_templates_without_a_finding_are_counted() -> None:
    assert lint.check(drawn(WELL)) == 2


def test_a_finding_refuses_them_with_its_place_and_the_rendered_line() -> None:
    with pytest.raises(Misconfigured, match="have a mistake:\n  root:5  E3002  ") as caught:
        lint.check(drawn(ODD))

    assert "\n    | BucketNam: shop\n  Next: mend cfn/, then invoke pipeline.lint" in str(caught.value)


def test_several_findings_are_counted() -> None:
    with pytest.raises(Misconfigured, match="have 2 mistakes:"):
        lint.check(Templates("https://a", {"roles": ODD, "root": ODD}))


def test_templates_without_a_finding_are_linted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    names: list[str] = []

    def note(name: str, _text: str) -> Iterator[Finding]:
        names.append(name)
        return iter(())

    monkeypatch.setattr(lint, "lint", note)

    lint.check(drawn(WELL))
    lint.check(drawn(WELL))
    once = list(names)
    Path(".cfnlintrc").write_text("ignore_checks: [W1001]\n")
    lint.check(drawn(WELL))

    assert once == ["roles", "root"]
    assert names == once * 2


def test_templates_with_a_finding_are_linted_again() -> None:
    assert [len(lint.findings(drawn(ODD))) for _ in range(2)] == [1, 1]


def test_they_are_read_as_for_an_account(monkeypatch: pytest.MonkeyPatch) -> None:
    texts: list[str] = []

    def note(_name: str, text: str) -> Iterator[Finding]:
        texts.append(text)
        return iter(())

    monkeypatch.setattr(lint, "lint", note)

    lint.findings(drawn('Url: "http://127.0.0.1:4566/home/templates/1/roles.yml"'))

    assert texts[1] == f'Url: "{templates.ACCOUNT}/templates/1/roles.yml"'


def test_a_finding_carries_the_rendered_line() -> None:
    text = "Resources:\n  Thing:\n    Type: AWS::S3::Bucket\n    Properties:\n      BucketNam: shop\n"

    (finding,) = lint.lint("environment", text)

    assert finding == Finding("environment", 5, "E3002", "error", finding.message, "      BucketNam: shop")
    assert "'BucketNam'" in finding.message


def test_a_warning_counts_like_an_error() -> None:
    text = "Parameters:\n  Unused:\n    Type: String\nResources:\n  Thing:\n    Type: AWS::S3::Bucket\n"

    (finding,) = lint.lint("root", text)

    assert (finding.rule, finding.level, finding.text) == ("W2001", "warning", "  Unused:")


@pytest.mark.parametrize("text", ["Resources: [\n", "", "- a list\n"])
def test_what_is_no_template_at_all_is_a_finding(text: str) -> None:
    findings = list(lint.lint("root", text))

    assert [(finding.template, finding.level) for finding in findings] == [("root", "error")]


def test_a_template_allows_itself_an_exception_in_its_metadata() -> None:
    text = "Metadata:\n  cfn-lint:\n    config:\n      ignore_checks: [W2001]\n"
    text += "Parameters:\n  Unused:\n    Type: String\nResources:\n  Thing:\n    Type: AWS::S3::Bucket\n"

    assert list(lint.lint("root", text)) == []
