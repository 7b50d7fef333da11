from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import pytest

from serverless_pipeline.environment import notation
from serverless_pipeline.environment.document import Document
from serverless_pipeline.environment.shape import Shape
from serverless_pipeline.errors import Misconfigured
from serverless_pipeline.project import lint, templates
from serverless_pipeline.project.environment_template import EnvironmentTemplate
from serverless_pipeline.project.lint import Finding
from serverless_pipeline.project.templates import Templates

if TYPE_CHECKING:
    from collections.abc import Iterator

ODD = "Resources:\n  Thing:\n    Type: AWS::S3::Bucket\n    Properties:\n      BucketNam: shop\n"
WELL = "Resources:\n  Thing:\n    Type: AWS::S3::Bucket\n"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def drawn(root: str, roles: str = WELL, own: str = WELL) -> Templates:
    """Templates of ours, and `own` of the project's environments."""
    body = notation.read(own, "template.yaml")
    template = EnvironmentTemplate(Document(PurePosixPath("app/template.yaml"), body, text=own), Shape.of(body))
    return Templates("http://127.0.0.1:4566/home", {"roles": roles, "root": root}, template)


def test_templates_without_a_finding_are_counted_with_that_of_the_environments() -> None:
    assert lint.check(drawn(WELL)) == 3


def test_a_finding_refuses_them_with_its_place_and_the_rendered_line() -> None:
    with pytest.raises(Misconfigured, match=r"have a mistake:\n  root\.yml:5  E3002  ") as caught:
        lint.check(drawn(ODD))

    assert "\n    | BucketNam: shop\n  Next: mend them, then invoke pipeline.lint" in str(caught.value)


def test_several_findings_are_counted() -> None:
    with pytest.raises(Misconfigured, match="have 2 mistakes:"):
        lint.check(drawn(ODD, ODD))


def test_templates_without_a_finding_are_linted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    names: list[str] = []

    def note(name: str, _text: str) -> Iterator[Finding]:
        names.append(name)
        return iter(())

    monkeypatch.setattr(lint, "lint", note)

    lint.findings(drawn(WELL))
    lint.findings(drawn(WELL))
    once = list(names)
    Path(".cfnlintrc").write_text("ignore_checks: [W1001]\n")
    lint.findings(drawn(WELL))
    lint.findings(drawn(WELL, own=f"{WELL}# another\n"))

    assert once == ["roles.yml", "root.yml", "app/template.yaml"]
    assert names == once * 3


def test_an_error_in_the_template_of_the_environments_is_in_the_way() -> None:
    (finding,) = lint.findings(drawn(WELL, own=ODD))

    assert (finding.template, finding.line, finding.rule) == ("app/template.yaml", 5, "E3002")


def test_a_warning_there_is_told_by_the_one_who_looks_for_it_and_is_in_nobodys_way() -> None:
    unused = f"Parameters:\n  Unused:\n    Type: String\n{WELL}"

    assert lint.findings(drawn(WELL, own=unused)) == []
    with pytest.raises(Misconfigured, match=r"have a mistake:\n  app/template\.yaml:2  W2001  "):
        lint.check(drawn(WELL, own=unused))


def test_where_nothing_was_found_nobody_lints_again(monkeypatch: pytest.MonkeyPatch) -> None:
    lint.check(drawn(WELL))
    monkeypatch.setattr(lint, "lint", None)

    assert lint.check(drawn(WELL)) == len(drawn(WELL).texts) + 1


def test_a_warning_in_ours_is_in_the_way() -> None:
    (finding,) = lint.findings(drawn(f"Parameters:\n  Unused:\n    Type: String\n{WELL}"))

    assert (finding.template, finding.rule) == ("root.yml", "W2001")


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
