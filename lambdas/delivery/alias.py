"""An alias of a function: the version that its callers get, or the two that share them by weights.

Every move names the revision of the alias that was read before, so that of two at once one wins and the other says so.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lambdas.job.ending import JobError, Succeeded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_lambda.type_defs import AliasConfigurationResponseTypeDef

UNPUBLISHED = "$LATEST"
NOTHING = "none"
"""What the variable PreviousVersion says where there was no alias before."""

_DIGITS = 6


@dataclass(frozen=True)
class Route:
    """Where the traffic goes: to `version`, but for the shares, more than 0 and below 1, that `weights` give others."""

    version: str
    weights: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Alias:
    """An alias as it was found."""

    function: str
    name: str
    route: Route
    revision: str

    @classmethod
    def from_response(cls, function: str, found: AliasConfigurationResponseTypeDef) -> Alias:
        """Read the answer of GetAlias."""
        given = found.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})
        weights = {version: round(weight, _DIGITS) for version, weight in given.items()}
        return cls(function, found["Name"], Route(found["FunctionVersion"], weights), found["RevisionId"])

    def __str__(self) -> str:
        return f"{self.function}:{self.name}"


def find(functions: LambdaClient, function: str, name: str) -> Alias | None:
    """The alias as it is, or None where there is none."""
    try:
        found = functions.get_alias(FunctionName=function, Name=name)
    except functions.exceptions.ResourceNotFoundException:
        return None
    return Alias.from_response(function, found)


def make(functions: LambdaClient, function: str, name: str, version: str) -> None:
    """Make an alias that was not there.

    Raises:
        JobError: somebody else made it at the same time.
    """
    try:
        functions.create_alias(FunctionName=function, Name=name, FunctionVersion=version)
    except functions.exceptions.ResourceConflictException as error:
        raise moved_meanwhile(function, name) from error


def move(functions: LambdaClient, alias: Alias, route: Route) -> None:
    """Have an alias route as wanted; one that does already is left as it is.

    Raises:
        JobError: somebody else moved it since it was found.
    """
    if alias.route == route:
        return
    try:
        functions.update_alias(
            FunctionName=alias.function,
            Name=alias.name,
            FunctionVersion=route.version,
            RoutingConfig={"AdditionalVersionWeights": route.weights},
            RevisionId=alias.revision,
        )
    except functions.exceptions.PreconditionFailedException as error:
        # A request that was sent again because its answer was lost finds its own work.
        found = find(functions, alias.function, alias.name)
        if not found or found.route != route:
            raise moved_meanwhile(alias.function, alias.name) from error


def moved_meanwhile(function: str, name: str) -> JobError:
    """What the one who comes second is told."""
    return JobError(f"Somebody else moved {function}:{name} meanwhile; release the change again")


def delivered(function: str, name: str, version: str, previous: str) -> Succeeded:
    """The end of a delivery that put all the traffic of an alias on a version."""
    variables = {"FunctionVersion": version, "PreviousVersion": previous, "Alias": name}
    return Succeeded(f"{function}:{name} is version {version}", variables)
