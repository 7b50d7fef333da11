from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

import pytest

from serverless_pipeline.environment import document
from serverless_pipeline.environment.document import Document
from serverless_pipeline.errors import Misconfigured

MINIMAL = "Resources: {Topic: {Type: 'AWS::SNS::Topic'}}\n"
BODY = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}


def write(root: Path, name: str, text: str) -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return Path(name)


@pytest.mark.parametrize("name", ["template.yml", "infra/my template.yaml", "infra/t.template", "t"])
def test_a_template_is_read_where_it_lies_below_the_root(tmp_path: Path, name: str) -> None:
    path = write(tmp_path, name, MINIMAL)

    expected = Document(PurePosixPath(name), BODY, text=MINIMAL)
    assert document.read(path, tmp_path) == document.read(tmp_path / path, tmp_path) == expected


def test_a_template_of_json_is_read_too(tmp_path: Path) -> None:
    path = write(tmp_path, "t.json", '{"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}')

    assert document.read(path, tmp_path).body == BODY


def test_the_root_may_be_where_one_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, "t.yml", MINIMAL)
    monkeypatch.chdir(tmp_path)

    assert document.read(path, Path()) == Document(PurePosixPath("t.yml"), BODY, text=MINIMAL)


def test_a_linked_template_keeps_the_folder_of_its_link(tmp_path: Path) -> None:
    write(tmp_path, "shared/t.yml", MINIMAL)
    (tmp_path / "infra").mkdir()
    (tmp_path / "infra" / "t.yml").symlink_to("../shared/t.yml")

    assert document.read(Path("infra/t.yml"), tmp_path).path == PurePosixPath("infra/t.yml")


@pytest.mark.parametrize("name", ["infra/t.yml.j2", "infra/t.json.j2", "infra/t.j2"])
def test_a_template_of_jinja_is_rendered(tmp_path: Path, name: str) -> None:
    path = write(tmp_path, name, '{"Resources": {{ \'{"Topic": {"Type": "AWS::SNS::Topic"}}\' }}}')

    read = document.read(path, tmp_path)

    assert read == Document(PurePosixPath(name), BODY, text='{"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}')


def test_the_root_is_searched_first_then_the_templates_own_folder(tmp_path: Path) -> None:
    write(tmp_path, "one.j2", "Type: one")
    write(tmp_path, "infra/one.j2", "Type: never read")
    write(tmp_path, "infra/two.j2", "Type: two")
    text = "Resources:\n  One: {{ '{' }}{% include 'one.j2' %}}\n  Two: {{ '{' }}{% include 'two.j2' %}}\n"
    path = write(tmp_path, "infra/t.yml.j2", text)

    assert document.read(path, tmp_path).body == {"Resources": {"One": {"Type": "one"}, "Two": {"Type": "two"}}}


@pytest.mark.parametrize("bounded", [True, False])
def test_our_macros_are_there_and_know_whether_roles_are_bounded(tmp_path: Path, bounded: bool) -> None:  # noqa: FBT001
    text = """{% import "serverless_pipeline/macros.j2" as macros %}
Resources:
{% call macros.function_role("ApiRole", functions.DEPLOY, "Answers") %}{% endcall %}"""
    path = write(tmp_path, "t.yml.j2", text)

    read = document.read(path, tmp_path, bounded=bounded)

    assert read.bounded is bounded
    assert ("PermissionsBoundary" in read.body["Resources"]["ApiRole"]["Properties"]) is bounded


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("t.yml", "", "t.yml: it is empty; a template has Resources"),
        ("t.yml", "# later\n", "t.yml: it is empty; a template has Resources"),
        ("t.yml", "just words", "t.yml: it is no template, which is a mapping with Resources"),
        ("t.yml", "[]", "t.yml: it is no template, which is a mapping with Resources"),
        ("t.yml", "Outputs: {}", "t.yml: it has no Resources"),
        ("t.yml", "Resources:", "t.yml: it has no Resources"),
        ("t.yml", "Resources: {}", "t.yml: it has no Resources"),
        ("t.yml", "Resources: [a]", "t.yml: it has no Resources"),
        ("infra/t.yml", "a: 1\na: 2", "infra/t.yml:2:1: the key a stands twice in one mapping"),
        ("t.json", "{", "t.json:1:2: Expecting property name enclosed in double quotes"),
        ("t.yml.j2", "{{ nothing }}", "t.yml.j2:1: 'nothing' is undefined"),
        ("t.yml.j2", "{{ '#' * 1000001 }}", "t.yml.j2, rendered: it has 1000001 bytes, and CloudFormation takes"),
        ("t.yml", "#" * 1_000_001, "t.yml: it has 1000001 bytes, and CloudFormation takes 1000000"),
    ],
)
def test_what_is_no_template_is_refused_with_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str, words: str
) -> None:
    path = write(tmp_path, name, text)
    monkeypatch.chdir(tmp_path)

    with pytest.raises(Misconfigured, match=f"^{re.escape(words)}"):
        document.read(path, tmp_path)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("absent.yml", "template: there is no absent.yml; it is a path from the folder of tasks.py"),
        ("../t.yml", "template: ../t.yml leads out of the project; it is a path from the folder of tasks.py"),
        ("infra", "template: infra is a folder; a template is a file"),
        ("", "template: . is a folder; a template is a file"),
    ],
)
def test_where_there_is_no_template_the_setting_is_named(tmp_path: Path, path: str, words: str) -> None:
    write(tmp_path, "t.yml", MINIMAL)
    root = tmp_path / "project"
    (root / "infra").mkdir(parents=True)

    with pytest.raises(Misconfigured, match=f"^{re.escape(words)}\n") as raised:
        document.read(Path(path), root)

    assert raised.value.code == 2
