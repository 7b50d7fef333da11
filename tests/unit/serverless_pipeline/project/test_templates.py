from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from serverless_pipeline import assets, jinja
from serverless_pipeline.errors import Misconfigured
from serverless_pipeline.project import environments, lint, rights, templates
from serverless_pipeline.settings import Settings
from tests.support import ROOT

SETTINGS = Settings(stack_name="shop")
BASE = "https://shop.s3.amazonaws.com"


@pytest.fixture(autouse=True)
def elsewhere(project: Path) -> Path:
    """A project, where what was drawn is kept."""
    return project


def render(folder: Path, text: str, name: str = "pipeline.yml.j2") -> str:
    """The template `pipeline` of a project whose `cfn/` has this one file."""
    (folder / name).write_text(text)
    return templates.draw(SETTINGS, BASE, folder).texts["pipeline"]


def test_nested_templates_come_first_and_the_root_last(tmp_path: Path) -> None:
    drawn = templates.draw(SETTINGS, BASE, tmp_path)

    assert list(drawn.texts) == ["roles", "actions", "pipeline", "root"]
    assert drawn.root == drawn.texts["root"]


def test_the_root_finds_each_nested_template_by_its_content(tmp_path: Path) -> None:
    drawn = templates.draw(SETTINGS, BASE, tmp_path)

    addresses = {f"{BASE}/{templates.key(name, drawn.texts[name])}" for name in templates.NESTED}
    assert set(re.findall(r'TemplateURL: "(.+)"', drawn.root)) == addresses
    assert drawn.url == f"{BASE}/{templates.key('root', drawn.root)}"
    assert drawn.objects == {templates.key(name, text): text.encode() for name, text in drawn.texts.items()}


def test_another_text_lies_under_another_key() -> None:
    keys = [templates.key("root", text) for text in ("one", "one", "two")]

    assert keys[0] == keys[1] != keys[2]
    assert re.fullmatch(r"templates/[0-9a-f]{64}/root\.yml", keys[0])


def test_at_another_address_only_the_root_differs(tmp_path: Path) -> None:
    here, there = (templates.draw(SETTINGS, base, tmp_path) for base in (BASE, "http://127.0.0.1:4566/shop"))

    assert there.at(BASE) == here
    assert {name for name in here.texts if here.texts[name] != there.texts[name]} == {"root"}


def test_what_was_drawn_is_read_again_until_something_changes(
    tmp_path: Path, elsewhere: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    first = templates.draw(SETTINGS, BASE, tmp_path)
    monkeypatch.setattr(templates, "render", lambda *_: {"root": "rendered anew"})

    again = templates.draw(SETTINGS, BASE, tmp_path)
    changed = [
        templates.draw(replace(SETTINGS, approval=True), BASE, tmp_path),
        templates.draw(SETTINGS, "https://other.s3.amazonaws.com", tmp_path),
    ]
    (tmp_path / "root.yml.j2").write_text("Resources: {}\n")
    changed.append(templates.draw(SETTINGS, BASE, tmp_path))
    monkeypatch.setattr(jinja, "CODE", ())
    changed.append(templates.draw(SETTINGS, BASE, tmp_path))
    functions = tmp_path_factory.mktemp("functions")
    (functions / "lost_job.py").write_text("")
    monkeypatch.setattr(assets, "functions", lambda: functions)
    changed.append(templates.draw(SETTINGS, BASE, tmp_path))

    assert again == first
    assert [one.root for one in changed] == ["rendered anew"] * 5
    assert [path.name for path in (elsewhere / ".local" / "drawn").iterdir()] == ["shop.json"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"key": 1}', "null"])
def test_what_was_drawn_and_is_not_whole_is_drawn_again(tmp_path: Path, elsewhere: Path, text: str) -> None:
    first = templates.draw(SETTINGS, BASE, tmp_path)
    (elsewhere / ".local" / "drawn" / "shop.json").write_text(text)

    assert templates.draw(SETTINGS, BASE, tmp_path) == first


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
    assert list(lint.lint("pipeline", rendered)) == []


def test_a_mistake_in_a_block_is_found_in_the_file_that_has_it(tmp_path: Path) -> None:
    text = '{% extends "serverless_pipeline/pipeline.yml.j2" %}\n{% block resources %}\n{{ nothing }}{% endblock %}'

    with pytest.raises(Misconfigured, match=re.escape(f"{tmp_path / 'pipeline.yml.j2'}:3: 'nothing' is undefined")):
        render(tmp_path, text)


def stages(text: str) -> list[str]:
    return re.findall(r"^      - Name: (\w+)$", text, re.MULTILINE)


@pytest.mark.parametrize(
    ("block", "left"),
    [
        ("commit", ["Source", "Acceptance", "Production"]),
        ("environment_stages", ["Source", "Commit"]),
        ("source", ["Commit", "Acceptance", "Production"]),
    ],
)
def test_a_project_leaves_stages_out_by_an_empty_block(tmp_path: Path, block: str, left: list[str]) -> None:
    text = f'{{% extends "serverless_pipeline/pipeline.yml.j2" %}}\n{{% block {block} %}}{{% endblock %}}'

    assert stages(render(tmp_path, text)) == left


def test_a_project_adds_an_action_to_a_stage_and_replaces_others_without_a_finding(tmp_path: Path) -> None:
    text = """{% extends "serverless_pipeline/pipeline.yml.j2" %}
{% block commit %}
{{ super() }}
{{ macros.function_action("Scan", "RunTaskFunction", "task=scan", run_order=3, inputs=["SourceOutput"]) }}
{%- endblock %}
{% block environment_stages %}
      - Name: Release
        Actions:
{{ macros.function_action("Release", "RunTaskFunction", "task=release", run_order=1, inputs=["PackageOutput"]) }}
{%- endblock %}
"""

    rendered = render(tmp_path, text)

    assert stages(rendered) == ["Source", "Commit", "Release"]
    assert re.findall(r"^        - Name: (\w+)$", rendered, re.MULTILINE)[1:] == [
        "Dependencies",
        "TestAndPackage",
        "Scan",
        "Release",
    ]
    assert list(lint.lint("pipeline", rendered)) == []


def test_a_project_leaves_the_environments_out_without_a_finding(tmp_path: Path) -> None:
    text = '{% extends "serverless_pipeline/pipeline.yml.j2" %}\n{% block environment_stages %}{% endblock %}'

    assert list(lint.lint("pipeline", render(tmp_path, text))) == []


def test_a_project_adds_stages_parameters_resources_outputs_and_rights_without_a_finding(tmp_path: Path) -> None:
    blocks = {
        "root": ("parameters", "resources", "outputs"),
        "actions": ("parameters", "resources", "outputs"),
        "pipeline": ("parameters", "resources", "outputs", "stages_after_commit", "stages_at_the_end"),
        "roles": ("parameters", "resources", "outputs", "pipeline_statements"),
    }
    approval = "Category: Approval, Owner: AWS, Provider: Manual, Version: '1'"
    content = {
        "parameters": "  Colour: {Description: Of the topic, Type: String, Default: red}\n",
        "resources": "  Topic: {Type: 'AWS::SNS::Topic', Properties: {DisplayName: !Ref Colour}}\n",
        "outputs": "  TopicArn: {Description: Of the topic, Value: !Ref Topic}\n",
        "stages_after_commit": (
            f"      - Name: Review\n        Actions:\n        - Name: Review\n          ActionTypeId: {{{approval}}}\n"
        ),
        "stages_at_the_end": (
            f"      - Name: End\n        Actions:\n        - Name: End\n          ActionTypeId: {{{approval}}}\n"
        ),
        "pipeline_statements": (
            "              - {Effect: Allow, Action: 'sns:Publish', Resource: !Sub 'arn:aws:sns:*:*:${StackName}-*'}\n"
        ),
    }
    for name, names in blocks.items():
        own = "".join(f"{{% block {block} %}}\n{content[block]}{{% endblock %}}\n" for block in names)
        (tmp_path / f"{name}.yml.j2").write_text(f'{{% extends "serverless_pipeline/{name}.yml.j2" %}}\n{own}')

    drawn = templates.draw(SETTINGS, templates.ACCOUNT, tmp_path)

    assert stages(drawn.texts["pipeline"]) == ["Source", "Commit", "Review", "Acceptance", "Production", "End"]
    assert [str(finding) for name, text in drawn.texts.items() for finding in lint.lint(name, text)] == []


def test_a_template_in_the_project_is_what_they_are_made_for(elsewhere: Path) -> None:
    first = templates.draw(SETTINGS, BASE)

    (elsewhere / "template.yaml").write_text("Resources: {Jobs: {Type: 'AWS::SQS::Queue'}}")
    second = templates.draw(SETTINGS, BASE)

    assert "DeployTestWorker" in first.texts["pipeline"]
    assert "DeployTestWorker" not in second.texts["pipeline"]
    assert second.environment.shape.needs == ("AWS::SQS::Queue",)


def test_what_its_author_should_know_is_told_whether_it_is_drawn_or_read_again(elsewhere: Path) -> None:
    (elsewhere / "template.yaml").write_text("Resources: {Machine: {Type: 'AWS::EC2::Instance'}}")

    drawn, again = (templates.draw(SETTINGS, BASE) for _ in range(2))

    assert drawn.advice == again.advice == tuple(rights.advice(SETTINGS, drawn.environment)) != ()


def test_another_policy_of_the_project_and_another_version_of_this_code_draw_them_anew(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = replace(SETTINGS, environment_policy="policy.yaml")
    (elsewhere / "policy.yaml").write_text("Statement: []")
    keys = [key(settings)]
    (elsewhere / "policy.yaml").write_text("Statement: [{Effect: Allow, Action: 'x:Do', Resource: '*'}]")
    keys.append(key(settings))
    for rooms in ((), ("cloudformation",), ("environment",)):
        monkeypatch.setattr(templates, "_DECIDING", rooms)
        keys.append(key(settings))

    assert len(set(keys)) == 5


def key(settings: Settings) -> str:
    """What decides whether what was drawn is read again."""
    templates.draw(settings, BASE)
    document = json.loads((Path(".local") / "drawn" / "shop.json").read_text())
    return str(document["key"])


def test_names_that_would_be_there_twice_are_refused(elsewhere: Path) -> None:
    assert (elsewhere / "template.yaml").is_file()

    with pytest.raises(Misconfigured, match="two actions FunctionalTest in the stage Acceptance"):
        templates.draw(replace(SETTINGS, tasks_before_delivery=("functional-test",)), BASE)


def test_the_file_of_values_is_named_for_its_environment() -> None:
    settings = Settings(template_configuration="{environment}/values-{environment}.json")

    names = [templates.configuration(settings, one) for one in environments.of(settings)]

    assert names == ["test/values-test.json", "prod/values-prod.json"]


def test_jinja_and_cfn_lint_are_loaded_only_when_they_are_needed() -> None:
    code = "import sys; import serverless_pipeline.project.templates; print({'jinja2', 'cfnlint'} & set(sys.modules))"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)

    assert done.stdout == "set()\n"
