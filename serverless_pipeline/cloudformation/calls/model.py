"""What an entry of the table says: the actions of each handler of a type, and what they are allowed on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

ANY = "*"
"""Stands in a pattern for what a template does not tell."""


@dataclass(frozen=True)
class Resource:
    """What actions are allowed on: `arn` is one resource, `patterns` are all that a stack has of its kind.

    Both name `{partition}`, `{region}` and `{account}`, and properties of the resource; one that is not set is named
    as in `missing`, or `*`. An ARN also names the physical ID, as a whole and in parts (`parts`). A pattern names the
    `{stack}`, since the names that CloudFormation makes begin with its, and the `{logical}` ID of the resource for the
    types whose names begin with that. `each` is the place in the properties that lists the IDs of what the actions are
    about, if that is not the resource itself. `owner` is a condition key that tells what a resource belongs to, and
    what that is: it bounds what has no name of its own.
    """

    arn: str
    patterns: tuple[str, ...]
    missing: Mapping[str, str] = field(default_factory=dict)
    each: str = ""
    owner: tuple[str, Resource] | None = None

    def ones(self, physical_id: str, properties: Mapping[str, Any], place: Mapping[str, str]) -> tuple[str, ...]:
        """The ARN of a resource, or of each that it is about; `place` are partition, region and account."""
        ids = values_at(properties, self.each) if self.each else (physical_id,)
        named = texts(properties)
        return tuple(self._filled(self.arn, {**named, **parts(str(one), properties), **place}) for one in ids)

    def every(self, properties: Mapping[str, Any], names: Mapping[str, str]) -> tuple[str, ...]:
        """The patterns with the names of a stack, and with what its template tells of the properties."""
        ids = [str(one) for one in values_at(properties, self.each)] if self.each else []
        filled = (
            self._filled(pattern, {**texts(properties), **names, "id": one})
            for pattern in self.patterns
            for one in ids or (ANY,)
        )
        return tuple(dict.fromkeys(filled))

    def _filled(self, text: str, names: Mapping[str, str]) -> str:
        missing = {name: value.format_map(_Names(names)) for name, value in self.missing.items()}
        return text.format_map(_Names({**missing, **names}))


@dataclass(frozen=True)
class Calls:
    """The actions of each handler of a type.

    `properties` are those that a property needs when it is set or changes, `changes` only when it changes, `removals`
    when it is taken away, or something in it. `passes` are the services that a role is handed to, by the place of the
    role in the properties, `objects` the places that name an object in S3, which is read. Actions are allowed on
    `resource` but for those `elsewhere`. Tags lie in the property `tags_in`.
    """

    resource: Resource
    create: tuple[str, ...] = ()
    read: tuple[str, ...] = ()
    update: tuple[str, ...] = ()
    delete: tuple[str, ...] = ()
    properties: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    changes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    removals: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    tag: tuple[str, ...] = ()
    untag: tuple[str, ...] = ()
    tags: Resource | None = None
    tags_in: str = "Tags"
    passes: Mapping[str, str] = field(default_factory=dict)
    objects: tuple[str, ...] = ()
    elsewhere: Mapping[str, Resource] = field(default_factory=dict)

    def resource_of(self, action: str) -> Resource:
        """What an action of the handlers is allowed on."""
        return self.elsewhere.get(action, self.resource)

    @property
    def tagged(self) -> Resource:
        """What `tag` and `untag` are allowed on."""
        return self.tags or self.resource

    def needs_itself(self, name: str) -> bool:
        """Whether all that a property needs is allowed on the resource."""
        return all(self.resource_of(action) is self.resource for action in self.by_property[name])

    @property
    def by_property(self) -> dict[str, tuple[str, ...]]:
        """All that a property needs in its life: to be set, to change, to be taken away."""
        maps = (self.properties, self.changes, self.removals)
        names = dict.fromkeys(name for one in maps for name in one)
        return {name: tuple(dict.fromkeys(action for one in maps for action in one.get(name, ()))) for name in names}


def of(service: str) -> Callable[[str], tuple[str, ...]]:
    """Actions of a service, written by their names alone, parted by spaces."""
    return lambda names: tuple(f"{service}:{name}" for name in names.split())


def regional(service: str, *names: str, one: str) -> Resource:
    """A resource of a region and an account; its ARN ends in `one`, the patterns in `names`."""
    prefix = f"arn:{{partition}}:{service}:{{region}}:{{account}}:"
    return Resource(f"{prefix}{one}", tuple(f"{prefix}{name}" for name in names))


def parts(physical_id: str, properties: Mapping[str, Any]) -> dict[str, str]:
    """What an ARN names of a physical ID.

    `id` is the whole, `name` what follows its last slash, as in the URL of a queue, `base` what stands before its last
    colon, as in the ARN of a version, `tail` what follows that, `path` the ID with slashes where CloudFormation writes
    bars, `bare` the ID without a slash or `s3://` at its beginning. `function` is what something belongs to, by the
    property that names it or its ARN.
    """
    texted = texts(properties)
    function = texted.get("FunctionName") or texted.get("TargetFunctionArn", "")
    return {
        "id": physical_id,
        "name": physical_id.rpartition("/")[2],
        "base": physical_id.rpartition(":")[0],
        "tail": physical_id.rpartition(":")[2],
        "path": physical_id.replace("|", "/"),
        "bare": physical_id.removeprefix("s3:/").removeprefix("/"),
        "function": function.rpartition(":function:")[2] or physical_id,
    }


def texts(properties: Mapping[str, Any]) -> dict[str, str]:
    """The properties that are a text."""
    return {name: value for name, value in properties.items() if isinstance(value, str)}


def values_at(properties: Any, place: str) -> Iterator[Any]:  # noqa: ANN401 - whatever a template holds
    """What lies at a place in the properties: `Role`, `Target.RoleArn`, `Targets.*.RoleArn` in each entry."""
    name, _, rest = place.partition(".")
    for value in _steps(properties, name):
        if rest:
            yield from values_at(value, rest)
        elif value is not None:
            yield value


def _steps(value: Any, name: str) -> Iterable[Any]:  # noqa: ANN401 - the same
    match value, name:
        case dict(), "*":
            return value.values()
        case list(), "*":
            return value
        case dict(), _ if name in value:
            return (value[name],)
    return ()


class _Names(dict[str, str]):
    """Names of which those that are missing are anything."""

    def __missing__(self, name: str) -> str:
        return ANY


ANYTHING = Resource("*", ("*",))
"""For actions that IAM can limit to no resource."""
