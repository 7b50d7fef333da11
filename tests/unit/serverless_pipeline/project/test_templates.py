from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from serverless_pipeline.errors import Misconfigured
from serverless_pipeline.project import templates
from serverless_pipeline.project.templates import Environment, Finding
from serverless_pipeline.settings import S3, Settings
from tests.support import ROOT

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = Settings(stack_name="shop")


def locate(name: str, _: str) -> str:
    return f"https://shop.s3.amazonaws.com/{name}.yml"


def render(folder: Path, text: str, name: str = "pipeline.yml.j2") -> str:
    """The template `pipeline` of a project whose `cfn/` has this one file."""
    (folder / name).write_text(text)
    return templates.render_all(SETTINGS, locate, folder)["pipeline"]


def test_nested_templates_come_first_and_the_root_last(tmp_path: Path) -> None:
    rendered = templates.render_all(SETTINGS, locate, tmp_path)

    assert list(rendered) == ["roles", "actions", "pipeline", "environment", "root"]


def test_the_root_finds_each_nested_template_where_its_text_was_put(tmp_path: Path) -> None:
    put: dict[str, str] = {}

    def remember(name: str, text: str) -> str:
        put[f"https://shop.s3.amazonaws.com/{len(text)}/{name}.yml"] = text
        return list(put)[-1]

    rendered = templates.render_all(SETTINGS, remember, tmp_path)

    assert list(put.values()) == [rendered[name] for name in templates.NESTED]
    assert set(re.findall(r'TemplateURL: "(.+)"', rendered["root"])) == set(put)


def test_the_same_settings_give_the_same_text(tmp_path: Path) -> None:
    assert templates.render_all(SETTINGS, locate, tmp_path) == templates.render_all(SETTINGS, locate, tmp_path)


def test_a_template_of_the_project_goes_before_ours(tmp_path: Path) -> None:
    assert render(tmp_path, "Resources: {}\n") == "Resources: {}\n"


def test_a_project_adds_a_stage_by_inheritance(tmp_path: Path) -> None:
    text = """{% extends "serverless_pipeline/pipeline.yml.j2" %}
{% block stages_after_commit %}
      - Name: Security
        Actions:
{{ macros.function_action("Scan", "RunTaskFunction", "task=scan", run_order=1, inputs=["SourceOutput"]) }}
{%- endblock %}
"""

    rendered = render(tmp_path, text)

    stages = re.findall(r"^      - Name: (\w+)$", rendered, re.MULTILINE)
    assert stages == ["Source", "Commit", "Security", "Acceptance", "Production"]
    assert 'UserParameters: "task=scan"' in rendered
    assert templates.lint({"pipeline": rendered}) == []


def test_resolve_writes_a_dynamic_reference(tmp_path: Path) -> None:
    rendered = render(tmp_path, 'Key: "{{ resolve("secretsmanager", "shop/key", "SecretString", "id") }}"')

    assert rendered == 'Key: "{{resolve:secretsmanager:shop/key:SecretString:id}}"'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: 1\nb: {{ nothing }}\n", r"pipeline\.yml\.j2:2: 'nothing' is undefined"),
        ("a: 1\n\n{% for %}\n", r"pipeline\.yml\.j2:3: Expected an expression"),
        ("a: {{ 1 + 'b' }}\n", r"pipeline\.yml\.j2:1: unsupported operand"),
        ('{% extends "other.yml.j2" %}', r"pipeline\.yml\.j2:1: there is no template other\.yml\.j2"),
    ],
)
def test_a_template_that_does_not_render_is_named_with_the_line_and_the_reason(
    tmp_path: Path, text: str, words: str
) -> None:
    with pytest.raises(Misconfigured, match=words) as raised:
        render(tmp_path, text)

    assert raised.value.code == 2
    assert raised.value.hint == "mend the template, then invoke pipeline.lint"


def test_a_mistake_in_a_block_is_found_in_the_file_that_has_it(tmp_path: Path) -> None:
    text = '{% extends "serverless_pipeline/pipeline.yml.j2" %}\n{% block resources %}\n{{ nothing }}{% endblock %}'

    with pytest.raises(Misconfigured, match=re.escape(f"{tmp_path / 'pipeline.yml.j2'}:3: 'nothing' is undefined")):
        render(tmp_path, text)


@pytest.mark.parametrize(
    ("names", "stages"),
    [
        (("Prod",), ["Production"]),
        (("Test", "Prod"), ["Acceptance", "Production"]),
        (("Test", "Stage", "Prod"), ["Acceptance", "AcceptanceStage", "Production"]),
    ],
)
def test_the_last_environment_is_production_and_the_others_accept(names: tuple[str, ...], stages: list[str]) -> None:
    environments = templates.environments(Settings(environments=names))

    assert environments == [Environment(name, stage) for name, stage in zip(names, stages, strict=True)]


def test_the_source_lies_in_the_pipelines_own_bucket_unless_another_is_chosen() -> None:
    buckets = [
        templates.parameters(settings, bucket="ours", bundle_key="bundles/1.zip", endpoint="")["SourceBucket"]
        for settings in (SETTINGS, Settings(source=S3("theirs")))
    ]

    assert buckets == ["ours", "theirs"]


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("app/requirements.txt", "app/requirements.txt"),
        ("my tasks.txt", "my%20tasks.txt"),
        ("a&b=c+d%e", "a%26b%3Dc%2Bd%25e"),
        ("#{Package.Version}", "%23{Package.Version}"),
    ],
)
def test_a_value_is_written_as_it_stands_in_a_query_string(value: str, written: str) -> None:
    from urllib.parse import parse_qsl

    settings = Settings(requirements=value)

    given = templates.parameters(settings, bucket="ours", bundle_key="bundles/1.zip", endpoint="")["Requirements"]

    assert given == written
    assert parse_qsl(f"requirements={given}", strict_parsing=True) == [("requirements", value)]


def test_a_finding_carries_the_rendered_line() -> None:
    text = "Resources:\n  Thing:\n    Type: AWS::S3::Bucket\n    Properties:\n      BucketNam: shop\n"

    (finding,) = templates.lint({"environment": text})

    assert finding == Finding("environment", 5, "E3002", "error", finding.message, "      BucketNam: shop")
    assert "'BucketNam'" in finding.message


def test_a_warning_counts_like_an_error() -> None:
    text = "Parameters:\n  Unused:\n    Type: String\nResources:\n  Thing:\n    Type: AWS::S3::Bucket\n"

    (finding,) = templates.lint({"root": text})

    assert (finding.rule, finding.level, finding.text) == ("W2001", "warning", "  Unused:")


@pytest.mark.parametrize("text", ["Resources: [\n", "", "- a list\n"])
def test_what_is_no_template_at_all_is_a_finding(text: str) -> None:
    found = templates.lint({"root": text})

    assert [(finding.template, finding.level) for finding in found] == [("root", "error")]


def test_a_template_allows_itself_an_exception_in_its_metadata() -> None:
    text = "Metadata:\n  cfn-lint:\n    config:\n      ignore_checks: [W2001]\n"
    text += "Parameters:\n  Unused:\n    Type: String\nResources:\n  Thing:\n    Type: AWS::S3::Bucket\n"

    assert templates.lint({"root": text}) == []


def test_jinja_and_cfn_lint_are_loaded_only_when_they_are_needed() -> None:
    code = "import sys; import serverless_pipeline.project.templates; print({'jinja2', 'cfnlint'} & set(sys.modules))"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)

    assert done.stdout == "set()\n"
