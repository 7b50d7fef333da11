"""The environments: each is a stack of the project's own template, which a stage of the pipeline delivers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from serverless_pipeline.cloudformation import stack
from serverless_pipeline.errors import Misconfigured

if TYPE_CHECKING:
    from collections.abc import Iterable

    from serverless_pipeline.aws import Clients
    from serverless_pipeline.cloudformation.stack import Stack
    from serverless_pipeline.settings import Settings

ADDRESSES = ("TargetUrl", "SiteUrl", "ApiUrl", "Url")
"""Outputs that say where an environment answers; the first that is there counts."""


@dataclass(frozen=True)
class Environment:
    """An environment; `stage` is the pipeline's stage that delivers to it, `stack` the name of its stack."""

    name: str
    stage: str
    stack: str

    @property
    def lower(self) -> str:
        """Its name in lower case: the end of its stack's name, and what its template gets as `EnvironmentName`."""
        return self.name.lower()


def of(settings: Settings) -> list[Environment]:
    """The environments in order; the last one is production, those before it accept."""
    *accepting, producing = settings.environments
    stages = {name: f"Acceptance{name if position else ''}" for position, name in enumerate(accepting)}
    return [
        Environment(name, stages.get(name, "Production"), stack_name(settings, name))
        for name in (*accepting, producing)
    ]


def stack_name(settings: Settings, name: str) -> str:
    """The name of the stack of an environment."""
    return f"{settings.stack_name}-{name.lower()}"


def select(settings: Settings, name: str) -> Environment:
    """The environment of that name, whatever its case; the last one if none is named.

    Raises:
        Misconfigured: there is none; names those that there are.
    """
    there = of(settings)
    if not name:
        return there[-1]
    for one in there:
        if one.lower == name.lower():
            return one
    raise Misconfigured(f"--environment: {name!r} must be one of {', '.join(settings.environments)}")


def stacks(settings: Settings, clients: Clients) -> dict[str, Stack]:
    """The stacks that are there, by the name of their environment, in the order of the stages."""
    everyone = of(settings)
    with ThreadPoolExecutor(len(everyone)) as pool:
        answers = pool.map(partial(stack.find, clients), [one.stack for one in everyone])
        return {one.name: answer for one, answer in zip(everyone, answers, strict=True) if answer}


def forgotten(settings: Settings, clients: Clients, names: Iterable[str]) -> dict[str, Stack]:
    """The stacks that are there of those named environments which the settings name no more."""
    answers = {
        name: stack.find(clients, stack_name(settings, name)) for name in names if name not in settings.environments
    }
    return {name: answer for name, answer in answers.items() if answer}


def demand_stack(settings: Settings, clients: Clients, name: str) -> Stack:
    """The stack that is meant: that of an environment, or the pipeline's own if none is named.

    Raises:
        Misconfigured: there is no such environment.
        Error: there is no such stack.
    """
    if not name:
        return stack.demand(clients, settings.stack_name)
    return stack.demand(clients, select(settings, name).stack, hint="invoke pipeline.run")


def address(outputs: Iterable[str]) -> str:
    """Which of the outputs says where the environment answers; empty if none does."""
    there = set(outputs)
    return next((name for name in ADDRESSES if name in there), "")


def addresses(settings: Settings, clients: Clients) -> dict[str, str]:
    """Where each environment answers that says so, by its name."""
    outputs = {name: one.outputs for name, one in stacks(settings, clients).items()}
    return {name: own[address(own)] for name, own in outputs.items() if address(own)}
