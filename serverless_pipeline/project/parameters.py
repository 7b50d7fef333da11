"""The values of the parameters of the environments' template: those the pipeline knows, and those of the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from serverless_pipeline.environment.delivery import ENVIRONMENT

if TYPE_CHECKING:
    from serverless_pipeline.project.environments import Environment
    from serverless_pipeline.settings import Settings

BOUNDARY = "PermissionsBoundary"
HANDED_ON = ("Runtime", "Architecture")
"""Those that the pipeline's own template has for the environments alone."""


def of_settings(settings: Settings, environment: Environment) -> dict[str, str]:
    """The values of the setting `parameters`: those of all environments, then those of this one alone."""
    prefix = f"{environment.name}."
    of_all = {name: value for name, value in settings.parameters.items() if "." not in name}
    of_one = {
        name.removeprefix(prefix): value for name, value in settings.parameters.items() if name.startswith(prefix)
    }
    return of_all | of_one


def decided(settings: Settings, environment: Environment) -> dict[str, str]:
    """The values that are known before there is a pipeline; those of the others are parameters of its own template."""
    return {BOUNDARY: settings.permissions_boundary, ENVIRONMENT: environment.lower}


def known(settings: Settings, environment: Environment, endpoint: str) -> dict[str, str]:
    """All values that the pipeline knows, whether the template declares the parameters or not."""
    return {
        "Runtime": settings.runtime,
        "Architecture": settings.architecture,
        "Endpoint": endpoint,
        **decided(settings, environment),
    }
