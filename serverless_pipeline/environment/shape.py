"""The shape of a template: all by which the pipeline is made, so that a commit of another shape needs an `up`.

That is what it delivers, what the roles need to let it happen, and the parameters that the pipeline gives it.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from serverless_pipeline.cloudformation.calls import entry, values_at
from serverless_pipeline.environment import delivery
from serverless_pipeline.environment.delivery import PIPELINE_PARAMETERS, Output
from serverless_pipeline.errors import Misconfigured

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from serverless_pipeline.environment.delivery import Delivery

_SERVERLESS = "AWS::Serverless::"
_MAKING = (
    *(
        "AutoPublishAlias",
        "DeadLetterQueue",
        "DeploymentPreference",
        "Domain",
        "EventInvokeConfig",
        "FunctionUrlConfig",
    ),
    *("Auth", "Cors", "Role", "RolePath", "PermissionsBoundary", "VpcConfig", "Layers", "KmsKeyArn", "Tracing"),
    *("ReservedConcurrentExecutions", "ProvisionedConcurrencyConfig", "Connectors", "Policies"),
)
"""Properties of SAM's resources from which it makes others, or for which CloudFormation needs another right."""


@dataclass(frozen=True)
class Shape:
    """What is delivered; the types, and those of their properties that need rights; the pipeline's parameters."""

    deliveries: tuple[Delivery, ...]
    needs: tuple[str, ...]
    parameters: tuple[str, ...]

    @classmethod
    def of(cls, body: Mapping[str, Any], nested: Iterable[Mapping[str, Any]] = ()) -> Shape:
        """The shape of a template, with those that are nested in it.

        Raises:
            Misconfigured: a Delivery makes no sense.
        """
        declared = body.get("Parameters") or {}
        needs = {need for one in (body, *nested) for need in _needs(one)}
        return cls(
            delivery.read(body),
            tuple(sorted(needs)),
            tuple(name for name in PIPELINE_PARAMETERS if name in declared),
        )

    @property
    def digest(self) -> str:
        """What tells this shape from another: 16 hexadecimal digits."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:16]

    @property
    def reads(self) -> tuple[str, ...]:
        """The outputs that its deliveries name."""
        values = [value for one in self.deliveries for value in one.parameters.values()]
        return tuple(value.name for value in values if isinstance(value, Output))

    def lines(self) -> Iterator[str]:
        """The shape in words, a line for each thing; the root's template remembers them. Other shapes have others."""
        yield from (f"it delivers {one.words}" for one in self.deliveries)
        yield from (f"it needs rights for {need}" for need in self.needs)
        yield from (f"it takes the parameter {name}" for name in self.parameters)


def _needs(body: Mapping[str, Any]) -> Iterator[str]:
    for type_, properties in resources(body.get("Resources") or {}):
        yield type_
        yield from (f"{type_}.{name}" for name in _named(type_, properties))
        if type_.startswith(_SERVERLESS):
            yield from (f"{type_}.{event}" for event in _events(properties))


def resources(section: object) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Type and properties of each resource; a loop (`Fn::ForEach`) holds some as well."""
    if isinstance(section, list):
        for item in section:
            yield from resources(item)
    elif isinstance(section, dict):
        for value in section.values():
            if isinstance(value, dict) and isinstance(value.get("Type"), str):
                properties = value.get("Properties")
                yield value["Type"], properties if isinstance(properties, dict) else {}
            else:
                yield from resources(value)


def _named(type_: str, properties: Mapping[str, Any]) -> Iterator[str]:
    """The properties for which CloudFormation needs another right than for the resource alone."""
    if type_.startswith(_SERVERLESS):
        yield from (name for name in _MAKING if name in properties)
    elif calls := entry(type_):
        elsewhere = {name for name in calls.by_property if not calls.needs_itself(name)}
        yield from (name for name in sorted({*elsewhere, *calls.passes}) if any(values_at(properties, name)))


def _events(properties: Mapping[str, Any]) -> Iterator[str]:
    events = properties.get("Events")
    for event in events.values() if isinstance(events, dict) else ():
        if isinstance(event, dict):
            yield str(event.get("Type"))


def demand(shape: Shape, digest: str, template: str, before: Collection[str] = ()) -> None:
    """The shape must be the one that the pipeline was made for; `before` are the lines of that one, if they are known.

    Raises:
        Misconfigured: it is not; tells what the template wants, or where the other is known, what it wants otherwise.
    """
    if shape.digest == digest:
        return
    now = list(shape.lines())
    added = [f"+ {line}" for line in now if line not in before]
    removed = [f"- {line}" for line in before if line not in now]
    listed = "\n".join(f"  {line}" for line in ((added + removed) if before else ()) or now)
    raise Misconfigured(
        f"The template {template} wants another pipeline than was made for it; nothing is delivered:\n{listed}",
        hint="invoke pipeline.up",
    )
