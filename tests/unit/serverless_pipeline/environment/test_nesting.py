"""The templates that a template nests."""

from __future__ import annotations

from pathlib import Path

import pytest

from serverless_pipeline.environment import document, nesting
from serverless_pipeline.errors import Misconfigured

TABLE = "Resources: {Table: {Type: AWS::DynamoDB::Table}}\n"


def nest(*paths: str) -> str:
    stacks = "".join(
        f"  S{number}: {{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: {path!r}}}}}\n"
        for number, path in enumerate(paths)
    )
    return f"Resources:\n  Own: {{Type: AWS::SNS::Topic}}\n{stacks}"


def names(root: Path) -> list[str]:
    template = document.read(Path("template.yaml"), root)
    return [str(one.path) for one in nesting.nested(template, root.resolve())]


def write(root: Path, **texts: str) -> None:
    for name, text in texts.items():
        path = root / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_suffix(".yaml").write_text(text)


def test_those_it_nests_and_those_that_these_nest_are_found_from_their_own_folders(tmp_path: Path) -> None:
    write(tmp_path, template=nest("inner/a.yaml"), inner__a=nest("b.yaml"), inner__b=TABLE)

    assert names(tmp_path) == ["inner/a.yaml", "inner/b.yaml"]


def test_one_that_is_nested_twice_is_told_by_each_that_nests_it(tmp_path: Path) -> None:
    write(tmp_path, template=nest("a.yaml", "a.yaml"), a=TABLE)

    assert names(tmp_path) == ["a.yaml", "a.yaml"]


@pytest.mark.parametrize("path", ["https://s3.amazonaws.com/b/k", "s3://b/k", "nothing.yaml", "../out.yaml"])
def test_what_lies_elsewhere_or_nowhere_is_left_to_packaging(tmp_path: Path, path: str) -> None:
    write(tmp_path, template=nest(path))

    assert names(tmp_path) == []


def test_templates_that_nest_each_other_end(tmp_path: Path) -> None:
    write(tmp_path, template=nest("a.yaml"), a=nest("template.yaml"))

    assert names(tmp_path) == ["a.yaml", "template.yaml"]


def test_one_that_is_no_template_is_named(tmp_path: Path) -> None:
    write(tmp_path, template=nest("a.yaml"), a="[1, 2]")

    with pytest.raises(Misconfigured, match=r"a\.yaml"):
        names(tmp_path)
