"""`pipeline.lint`: render the templates as for an account, and say what cfn-lint finds in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from serverless_pipeline import console
from serverless_pipeline.project import lint, templates

if TYPE_CHECKING:
    from serverless_pipeline.settings import Settings


def check(settings: Settings) -> int:
    """How many templates there are, if cfn-lint finds nothing in them.

    Raises:
        Misconfigured: a template does not render, or cfn-lint finds something; names each with its line.
    """
    return lint.check(templates.draw(settings, templates.ACCOUNT))


def show(count: int) -> None:
    """Say that all is well."""
    console.say("Linted", f"{count} templates, no finding")
