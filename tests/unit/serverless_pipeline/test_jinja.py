from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from serverless_pipeline import jinja
from serverless_pipeline.errors import Misconfigured

if TYPE_CHECKING:
    from pathlib import Path

NAME = "shop.yml.j2"


def render(folder: Path, text: str, *, bounded: bool = False) -> str:
    """A template of that text in a folder of the project."""
    (folder / NAME).write_text(text)
    return jinja.render(jinja.environment([folder], bounded=bounded), NAME, {"stage": "Test"})


def test_a_template_sees_its_values_and_the_names_of_the_functions(tmp_path: Path) -> None:
    assert render(tmp_path, "{{ stage }} {{ functions.INSTALL }}") == "Test install"


def test_the_folders_are_searched_in_their_order_and_ours_after_them(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder, names in ((first, ["one"]), (second, ["one", "two"])):
        folder.mkdir()
        for name in names:
            (folder / name).write_text(f"{name} of {folder.name}")
    environment = jinja.environment([first, second])

    texts = [jinja.render(environment, name, {}) for name in ("one", "two")]

    assert texts == ["one of first", "two of second"]
    ours, prefixed = (environment.get_template(name) for name in ("macros.j2", "serverless_pipeline/macros.j2"))
    assert ours.filename == prefixed.filename


def test_our_macros_can_be_imported_by_a_template_of_the_project(tmp_path: Path) -> None:
    text = """{% import "serverless_pipeline/macros.j2" as macros %}
Resources:
{{ macros.log_group("ApiLog", "shop-api") }}
"""

    rendered = render(tmp_path, text)

    assert "  ApiLog:\n    Type: AWS::Logs::LogGroup\n" in rendered
    assert "LogGroupName: !Sub /aws/lambda/shop-api" in rendered


@pytest.mark.parametrize("bounded", [True, False])
def test_roles_are_bounded_if_the_settings_say_so(tmp_path: Path, bounded: bool) -> None:  # noqa: FBT001 - a parameter
    text = """{% import "serverless_pipeline/macros.j2" as macros %}
{% call macros.function_role("ApiRole", "shop-api", "Answers") %}{% endcall %}"""

    rendered = render(tmp_path, text, bounded=bounded)

    assert ("PermissionsBoundary: !Ref PermissionsBoundary" in rendered) is bounded


def test_a_dynamic_reference_and_a_quoted_text_are_written_as_cloudformation_reads_them(tmp_path: Path) -> None:
    rendered = render(tmp_path, """{{ resolve("ssm", "/shop/key") | quoted }} {{ 'a "b" ü' | quoted }}""")

    assert rendered == '"{{resolve:ssm:/shop/key}}" "a \\"b\\" ü"'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: 1\nb: {{ nothing }}\n", ":2: 'nothing' is undefined"),
        ("a: 1\n\n{% for %}\n", ":3: Expected an expression"),
        ("a: {{ 1 + 'b' }}\n", ":1: unsupported operand"),
        ("{{ 1 // 0 }}", ":1: integer division or modulo by zero"),
        ('{% extends "other.yml.j2" %}', ":1: there is no template other.yml.j2"),
        ('{% include "../outside.yml.j2" %}', ":1: there is no template ../outside.yml.j2"),
        (f'{{% include "{NAME}" %}}', ":1: it includes or calls itself without end"),
    ],
)
def test_a_mistake_is_told_with_its_file_and_line(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(Misconfigured, match=re.escape(f"{tmp_path / NAME}{words}")) as raised:
        render(tmp_path, text)

    assert raised.value.hint == "mend the template, then invoke pipeline.lint"


def test_a_file_below_the_working_directory_is_named_as_it_is_typed_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    with pytest.raises(Misconfigured) as raised:
        render(tmp_path, "{{ nothing }}")

    assert str(raised.value).startswith(f"{NAME}:1: 'nothing' is undefined")


def test_a_template_that_is_absent_is_named(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"^other\.j2: there is no template other\.j2"):
        jinja.render(jinja.environment([tmp_path]), "other.j2", {})


def test_a_template_in_another_encoding_is_named(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes("Straße".encode("latin-1"))

    with pytest.raises(Misconfigured, match=rf"^{NAME}: a template that it reads is not UTF-8"):
        jinja.render(jinja.environment([tmp_path]), NAME, {})
