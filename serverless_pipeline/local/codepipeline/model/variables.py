"""`#{namespace.key}` in the configuration of an action: found when a pipeline is declared, resolved before it runs.

https://docs.aws.amazon.com/codepipeline/latest/userguide/reference-variables.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PIPELINE = "variables"
EXECUTION = "codepipeline"
EXECUTION_ID = "PipelineExecutionId"

_REFERENCE = re.compile(r"#\{([^{}]*)\}")


@dataclass(frozen=True)
class Reference:
    """One `#{namespace.key}`; `namespace` and `key` are empty where the text is not of that form."""

    text: str
    namespace: str
    key: str


class UnresolvedError(Exception):
    """A configuration value refers to a variable that nobody has set."""


def references(value: str) -> Iterator[Reference]:
    """The variables that a configuration value refers to."""
    for match in _REFERENCE.finditer(value):
        namespace, dot, key = match[1].partition(".")
        yield Reference(match[0], namespace, key) if dot and key else Reference(match[0], "", "")


def resolve(configuration: Mapping[str, str], scopes: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """The configuration with every variable replaced by its value; `scopes` maps a namespace to its variables.

    Raises:
        UnresolvedError: names the variables that have no value, all together.
    """
    missing = [
        f"{reference.text} in {name}"
        for name, value in configuration.items()
        for reference in references(value)
        if reference.key not in scopes.get(reference.namespace, {})
    ]
    if missing:
        raise UnresolvedError(f"These variables have no value: {', '.join(missing)}")
    return {name: _substitute(value, scopes) for name, value in configuration.items()}


def _substitute(value: str, scopes: Mapping[str, Mapping[str, str]]) -> str:
    def value_of(match: re.Match[str]) -> str:
        namespace, _, key = match[1].partition(".")
        return scopes[namespace][key]

    return _REFERENCE.sub(value_of, value)
