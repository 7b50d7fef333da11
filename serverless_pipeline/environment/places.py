"""The places of a template at which a local path may stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from serverless_pipeline.environment.local_paths import INCLUDE, METADATA, RULES, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_LOOP = "Fn::ForEach::"
_LOOP_PARTS = 3
_SERVERLESS = "AWS::Serverless::"


@dataclass(frozen=True)
class Place:
    """What messages call it, the mapping and the key at which the path stands, and its rule."""

    where: str
    holder: dict[str, Any]
    key: str
    rule: Rule

    @property
    def value(self) -> object:
        """What stands there now; None if it is absent, and the template's folder is meant."""
        return self.holder.get(self.key) or None


def find(body: Mapping[str, Any]) -> Iterator[Place]:
    """All places of a template that hold a text, or nothing where that means the template's folder.

    What is no text is left alone: an object's place, code in the template, an intrinsic function.
    """
    shared = _mapping(body.get("Globals"))
    for name, rules in METADATA.items():
        yield from _of_rules(rules, _mapping(_mapping(body.get("Metadata")).get(name)), f"Metadata.{name}")
    for kind, rules in RULES.items():
        if kind.startswith(_SERVERLESS):
            section = kind.removeprefix(_SERVERLESS)
            yield from _of_rules(rules, _mapping(shared.get(section)), f"Globals.{section}")
    yield from _of_resources(_mapping(body.get("Resources")), shared)
    yield from _of_transform(body.get("Transform"), "Transform")
    yield from _of_includes(body, "")


def _of_resources(resources: Mapping[str, Any], shared: Mapping[str, Any]) -> Iterator[Place]:
    """Those of resources, be they in a loop; `shared` is what SAM gives to all resources of a kind."""
    for name, resource in resources.items():
        if name.startswith(_LOOP) and isinstance(resource, list) and len(resource) == _LOOP_PARTS:
            yield from _of_resources(_mapping(resource[-1]), shared)
        kind, properties = _mapping(resource).get("Type"), _mapping(resource).get("Properties")
        if isinstance(kind, str) and isinstance(properties, dict):
            rules = RULES.get(kind, ())
            yield from _of_rules(rules, properties, name)
            common = _mapping(shared.get(kind.removeprefix(_SERVERLESS)))
            yield from _of_absent(rules, properties, name, common)


def _of_rules(rules: tuple[Rule, ...], properties: dict[str, Any], where: str) -> Iterator[Place]:
    for rule in rules:
        *steps, key = rule.property.split(".")
        for path, holder in _holders(properties, steps):
            if isinstance(holder.get(key), str) and holder[key]:
                yield Place(".".join((where, *path, key)), holder, key, rule)


def _of_absent(
    rules: tuple[Rule, ...], properties: dict[str, Any], where: str, common: Mapping[str, Any]
) -> Iterator[Place]:
    """Where nothing is said, and that means the template's folder."""
    said = {**common, **properties}
    if said.get("PackageType") == "Image":
        return
    for rule in rules:
        if rule.instead is not None and all(said.get(key) in (None, "") for key in (rule.property, *rule.instead)):
            yield Place(f"{where}.{rule.property}", properties, rule.property, rule)


def _holders(value: object, steps: list[str]) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """The mappings to which steps lead, with the keys on the way; `*` leads to each."""
    if not isinstance(value, dict):
        return
    if not steps:
        yield (), value
        return
    first, *others = steps
    for key in value if first == "*" else {first} & value.keys():
        for path, holder in _holders(value[key], others):
            yield (key, *path), holder


def _of_includes(value: object, where: str) -> Iterator[Place]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        path = f"{where}.{key}" if where else str(key)
        if key == "Fn::Transform":
            yield from _of_transform(item, path)
        yield from _of_includes(item, path)


def _of_transform(value: object, where: str) -> Iterator[Place]:
    """Those of the transform AWS::Include, alone or one of several."""
    for transform in value if isinstance(value, list) else [value]:
        match transform:
            case {"Name": "AWS::Include", "Parameters": dict(parameters)}:
                yield from _of_rules((INCLUDE,), parameters, where)


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
