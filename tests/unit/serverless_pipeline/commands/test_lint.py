from __future__ import annotations

from typing import TYPE_CHECKING, Any

from serverless_pipeline.commands import lint as word
from serverless_pipeline.project import lint, templates
from serverless_pipeline.settings import Settings

if TYPE_CHECKING:
    import pytest

    from serverless_pipeline.project.templates import Templates


def test_the_templates_are_read_as_for_an_account(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(stack_name="shop")

    def count(drawn: Templates) -> int:
        return len(drawn.texts)

    nothing: Any = None
    monkeypatch.setattr(
        templates, "draw", lambda chosen, base: templates.Templates(base, {chosen.stack_name: "", base: ""}, nothing)
    )
    monkeypatch.setattr(
        lint, "check", lambda drawn: count(drawn) if set(drawn.texts) == {"shop", templates.ACCOUNT} else 0
    )

    assert word.check(settings) == 2


def test_that_all_is_well_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    word.show(5)

    assert capsys.readouterr().err == "Linted     5 templates, no finding\n"
