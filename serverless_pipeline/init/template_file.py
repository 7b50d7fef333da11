"""`template.yaml`: an environment of a project that has no template yet, of its functions and its site."""

from __future__ import annotations

from typing import TYPE_CHECKING

from serverless_pipeline.init import texts

if TYPE_CHECKING:
    from serverless_pipeline.init.survey import Survey


def text(survey: Survey) -> str:
    """The whole file."""
    values = {
        "name": survey.place.stack_name,
        "functions": survey.functions,
        "site": survey.site,
        "has_api": any(one.answers_http for one in survey.functions),
    }
    return texts.render("template.yaml.j2", values).rstrip("\n") + "\n"
