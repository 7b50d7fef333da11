from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from serverless_pipeline.errors import Misconfigured
from serverless_pipeline.project import plan as blueprint
from serverless_pipeline.project import templates
from serverless_pipeline.project.templates import Finding
from serverless_pipeline.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path


FINDING = Finding("roles", 12, "E3002", "error", "BucketNaem was unexpected", "      BucketNaem: shop")


def test_templates_without_a_finding_are_counted() -> None:
    assert blueprint.check(Settings()) == 5


def test_a_finding_is_told_with_its_place_and_the_rendered_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(templates, "lint", lambda _: [FINDING])

    with pytest.raises(Misconfigured) as caught:
        blueprint.check(Settings())

    assert str(caught.value.message).splitlines() == [
        "The templates have a mistake:",
        "  roles:12  E3002  BucketNaem was unexpected",
        "    | BucketNaem: shop",
        "  Next: mend cfn/, then invoke pipeline.lint",
    ]


def test_another_text_lies_under_another_key() -> None:
    keys = {blueprint.template_key("root", text) for text in ("one", "one", "two")}

    assert len(keys) == 2
