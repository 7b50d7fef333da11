from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from serverless_pipeline.errors import Misconfigured
from serverless_pipeline.project import lint, templates
from serverless_pipeline.project.templates import Environment
from serverless_pipeline.settings import Settings
from tests.support import ROOT

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = Settings(stack_name="shop")
BASE = "https://shop.s3.amazonaws.com"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory of the test's own, where what was drawn is kept."""
    folder = tmp_path_factory.mktemp("project")
    monkeypatch.chdir(folder)
    return folder


def render(folder: Path, text: str, name: str = "pipeline.yml.j2") -> str:
    """The template `pipeline` of a project whose `cfn/` has this one file."""
    (folder / name).write_text(text)
    return templates.draw(SETTINGS, BASE, folder).texts["pipeline"]


def test_nested_templates_come_first_and_the_root_last(tmp_path: Path) -> None:
    drawn = templates.draw(SETTINGS, BASE, tmp_path)

    assert list(drawn.texts) == ["roles", "actions", "pipeline", "environment", "root"]
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
    tmp_path: Path, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
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

    assert again == first
    assert [one.root for one in changed] == ["rendered anew"] * 3
    assert [path.name for path in (elsewhere / ".local" / "drawn").iterdir()] == ["shop.json"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"key": 1}', "null"])
def test_what_was_drawn_and_is_not_whole_is_drawn_again(tmp_path: Path, elsewhere: Path, text: str) -> None:
    first = templates.draw(SETTINGS, BASE, tmp_path)
    (elsewhere / ".local" / "drawn" / "shop.json").write_text(text)

    assert templates.draw(SETTINGS, BASE, tmp_path) == first


def test_the_names_of_the_functions_are_read_where_they_stand(tmp_path: Path) -> None:
    text = "{{ functions.INSTALL }} {{ functions.LOST_JOB }}"

    assert render(tmp_path, text) == "install report-lost-job"


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


def test_jinja_and_cfn_lint_are_loaded_only_when_they_are_needed() -> None:
    code = "import sys; import serverless_pipeline.project.templates; print({'jinja2', 'cfnlint'} & set(sys.modules))"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)

    assert done.stdout == "set()\n"
