"""Rule/VariableCheck: a variable of the pipeline or of an earlier action is what it should be.

https://docs.aws.amazon.com/codepipeline/latest/userguide/rule-reference-VariableCheck.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from serverless_pipeline.local.codepipeline.providers.work import Failed, Provider, Succeeded

if TYPE_CHECKING:
    from collections.abc import Callable

    from serverless_pipeline.local.codepipeline.providers.work import Outcome, Work

_OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "EQ": lambda variable, value: variable == value,
    "NE": lambda variable, value: variable != value,
    "CONTAINS": lambda variable, value: value in variable,
    "MATCHES": lambda variable, value: re.fullmatch(value, variable) is not None,
}


def start(work: Work) -> Outcome:
    """Compare the variable, which was resolved before, with the value."""
    configuration = work.run.resolved_configuration
    variable, value, operator = configuration["Variable"], configuration["Value"], configuration["Operator"]
    holds = _OPERATORS.get(operator)
    if holds is None:
        return Failed(
            "ConfigurationError", f"The operator {operator} is none; it must be one of {', '.join(_OPERATORS)}"
        )
    try:
        if holds(variable, value):
            return Succeeded(f"'{variable}' {operator} '{value}'")
    except re.error as error:
        return Failed("ConfigurationError", f"'{value}' is no regular expression: {error}")
    return Failed("JobFailed", f"'{variable}' {operator} '{value}' does not hold")


PROVIDER = Provider(
    category="Rule",
    name="VariableCheck",
    inputs=(0, 0),
    outputs=(0, 0),
    required=("Variable", "Value", "Operator"),
    optional=(),
    start=start,
)
