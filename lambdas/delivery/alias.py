"""An alias of a function: the version that its callers get, or the two that share them by weights.

Every move names the revision of the alias that was read before, so that of two at once one wins and the other says so.
A request that boto3 sent again because its answer was lost finds its own work: nobody else was there then.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lambdas.delivery.order import RELEASE_AGAIN
from lambdas.job.ending import JobError, Succeeded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_lambda.type_defs import AliasConfigurationResponseTypeDef

UNPUBLISHED = "$LATEST"
NO_VERSION = "none"
"""What the variable PreviousVersion says where there was no alias before."""

_DIGITS = 6


class MovedMeanwhile(JobError):
    """Somebody else moved or created the alias; `again` is what the one who comes second can do."""

    def __init__(self, function: str, name: str, again: str) -> None:
        super().__init__(f"Somebody else moved {function}:{name} meanwhile; {again}")


@dataclass(frozen=True)
class Route:
    """Where the traffic goes: to `version`, but for the shares, more than 0 and below 1, that `weights` give others."""

    version: str
    weights: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Alias:
    """An alias as it is at a revision."""

    function: str
    name: str
    route: Route
    revision: str

    @classmethod
    def from_response(cls, function: str, response: AliasConfigurationResponseTypeDef) -> Alias:
        """Read the answer of GetAlias."""
        routing = response.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})
        weights = {version: round(weight, _DIGITS) for version, weight in routing.items()}
        return cls(function, response["Name"], Route(response["FunctionVersion"], weights), response["RevisionId"])

    def __str__(self) -> str:
        return f"{self.function}:{self.name}"


def find(functions: LambdaClient, function: str, name: str) -> Alias | None:
    """The alias as it is, or None where there is none."""
    try:
        response = functions.get_alias(FunctionName=function, Name=name)
    except functions.exceptions.ResourceNotFoundException:
        return None
    return Alias.from_response(function, response)


def create(functions: LambdaClient, function: str, name: str, version: str, *, again: str = RELEASE_AGAIN) -> None:
    """Create an alias that was not there.

    Raises:
        MovedMeanwhile: somebody else created it at the same time.
    """
    try:
        functions.create_alias(FunctionName=function, Name=name, FunctionVersion=version)
    except functions.exceptions.ResourceConflictException as error:
        if not _routes(functions, function, name, Route(version)):
            raise MovedMeanwhile(function, name, again) from error


def move(functions: LambdaClient, alias: Alias, route: Route, *, again: str = RELEASE_AGAIN) -> None:
    """Have an alias take a route; one that takes it already is left as it is.

    Raises:
        MovedMeanwhile: somebody else moved it since it was read.
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
        if not _routes(functions, alias.function, alias.name, route):
            raise MovedMeanwhile(alias.function, alias.name, again) from error


def conclude(function: str, name: str, version: str, previous: str) -> Succeeded:
    """The end of a delivery that put all the traffic of an alias on a version."""
    variables = {"FunctionVersion": version, "PreviousVersion": previous, "Alias": name}
    return Succeeded(f"{function}:{name} is version {version}", variables)


def _routes(functions: LambdaClient, function: str, name: str, route: Route) -> bool:
    """Whether an alias takes a route by now."""
    current = find(functions, function, name)
    return current is not None and current.route == route
