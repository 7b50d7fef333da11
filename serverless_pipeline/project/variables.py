"""What the actions that run tasks are asked beside the task: variables, secrets, the folder of the project."""

from __future__ import annotations

from typing import TYPE_CHECKING

from serverless_pipeline.project.query import asked_literally
from serverless_pipeline.settings.variables import SERVICES, Secret

if TYPE_CHECKING:
    from collections.abc import Mapping

    from serverless_pipeline.settings import Settings


def of_package(settings: Settings) -> str:
    """What the package task finds in its environment."""
    return _variables(settings.package_env, settings.package_secrets)


def of_tests(settings: Settings) -> str:
    """What the tasks find that run beside an environment."""
    return _variables(settings.test_env, settings.test_secrets)


def folder(settings: Settings) -> str:
    """The folder of the project, where it is one of several."""
    return asked_literally({"folder": settings.folder} if settings.folder else {})


def secrets(settings: Settings) -> dict[str, list[str]]:
    """The names of the secrets that tasks may have, by service."""
    places = [*settings.package_secrets.values(), *settings.test_secrets.values()]
    chosen = {Secret.read(place) for place in places}
    return {service: sorted({one.name for one in chosen if one.service == service}) for service in SERVICES}


def _variables(env: Mapping[str, str], own: Mapping[str, str]) -> str:
    plain = {f"Env.{name}": value for name, value in env.items()}
    return asked_literally(plain | {f"Secret.{name}": where for name, where in own.items()})
