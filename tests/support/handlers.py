"""The table of CloudFormation's calls, beside AWS's resource schemas as cfn-lint ships them."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache
from typing import TYPE_CHECKING, Any

from serverless_pipeline.cloudformation import calls

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from serverless_pipeline.cloudformation.calls import Calls

HANDLERS = ("create", "read", "update", "delete")
PLACE = {"partition": "aws", "region": "eu-west-1", "account": "123456789012"}
NAMES = {**PLACE, "stack": "shop-test", "logical": "Thing"}
SPELLED = {"s3:getObject": "s3:GetObject", "cloudfront:updateDistribution": "cloudfront:UpdateDistribution"}
"""As the Service Authorization Reference spells it; IAM does not mind the case."""
ATTRIBUTES = {"UpdatePolicy"}
"""What is no property of a type, but an attribute of any resource."""


@dataclass(frozen=True)
class Fact:
    """What is known of a type from elsewhere than the table: a resource with its ARNs, and what AWS lists otherwise.

    `left_out` are actions, or patterns of them, that the schema lists and the table has not, with the reason, for one
    handler alone if its name stands before; `beyond` are those that the schema forgets, with the page that names them.
    `unbounded` are patterns with nothing of the stack.
    """

    physical_id: str
    arns: tuple[str, ...]
    properties: Mapping[str, Any] = field(default_factory=dict)
    unbounded: tuple[str, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)
    beyond: Mapping[str, str] = field(default_factory=dict)


def differences(kind: str, left_out: Iterable[str], beyond: Iterable[str] = ()) -> list[str]:
    """What the table says otherwise than the schema of a type, and no fact explains."""
    entry, known = calls.TYPES[kind], set(beyond)
    table = {handler: set(getattr(entry, handler)) for handler in HANDLERS}
    told = {handler: _listed(kind, handler) for handler in HANDLERS}
    all_told = set().union(*told.values(), _tagging(kind))
    late = _late(entry)
    words = [
        f"{handler}: {one} is not listed" for handler in HANDLERS for one in table[handler] - told[handler] - known
    ]
    words += [f"{one} is not listed" for one in late - all_told - known]
    words += [
        f"{handler}: {one} is missing"
        for handler in HANDLERS
        for one in told[handler] - table[handler] - late
        if not _is_left_out(one, left_out, handler)
    ]
    words += [
        f"tags: {one} is missing"
        for one in _tagging(kind) - late - table["read"]
        if not _is_left_out(one, left_out, "tags")
    ]
    words += [f"{one} is left out in vain" for one in left_out if not _is_of_use(one, told, _tagging(kind))]
    words += [f"{one} is listed by now" for one in known & all_told]
    return sorted(words)


def oddities(kind: str) -> list[str]:
    """What of the properties in the table is no property of the type, or can be set and not taken away."""
    entry, told = calls.TYPES[kind], schema(kind)
    places = (*entry.by_property, *entry.passes, *entry.objects, entry.resource.each)
    named = {place.partition(".")[0] for place in places if place} - ATTRIBUTES
    words = [f"{one} is no property" for one in named - told["properties"].keys()]
    stay = {*told.get("required", []), *(path[12:] for path in told.get("createOnlyProperties", []))}
    taken = {name for name in entry.properties if entry.needs_itself(name)} - stay - {*entry.removals}
    words += [f"{one} is set and not taken away" for one in taken]
    if bool(entry.tag) != bool(entry.untag) or bool(entry.tag) != bool(_tagging(kind)):
        words.append("tags are given or taken away, but not both")
    if entry.tag and told["tagging"]["tagProperty"] != f"/properties/{entry.tags_in}":
        words.append(f"its tags are not in {entry.tags_in}")
    return sorted(words)


def arns(kind: str, physical_id: str, properties: Mapping[str, Any]) -> tuple[str, ...]:
    """What a resource of a type is for IAM."""
    return calls.TYPES[kind].resource.ones(physical_id, properties, PLACE)


def uncovered(kind: str, physical_id: str, properties: Mapping[str, Any]) -> list[str]:
    """Actions of a type that the patterns of the stack do not allow on one of its resources."""
    entry = calls.TYPES[kind]
    place = {**PLACE, "arn": "arn"}
    everywhere = [(entry.tagged, "tags"), *((entry.resource_of(one), one) for one in _all_of(entry))]
    return sorted(
        f"{action} on {arn}"
        for resource, action in everywhere
        for arn in resource.ones(physical_id, properties, place)
        if not any(fnmatchcase(arn, pattern) for pattern in resource.every(properties, NAMES))
    )


def unbounded(kind: str, properties: Mapping[str, Any] | None = None) -> set[str]:
    """The patterns of a type that reach beyond the stack: neither its name, nor the logical ID, nor a property."""
    entry = calls.TYPES[kind]
    resources = [entry.tagged, *(entry.resource_of(action) for action in _all_of(entry))]
    return {
        pattern
        for resource in resources
        if not resource.owner
        for pattern in resource.every(properties or {}, NAMES)
        if not any(bound in pattern for bound in ("shop-test", "Thing", *map(str, (properties or {}).values())))
    }


def _all_of(entry: Calls) -> Iterator[str]:
    for handler in HANDLERS:
        yield from getattr(entry, handler)
    for needed in entry.by_property.values():
        yield from needed


def _late(entry: Calls) -> set[str]:
    """The actions that only a property or a tag needs."""
    needed = {action for actions in entry.by_property.values() for action in actions}
    needed |= {"iam:PassRole"} if entry.passes else set()
    needed |= {"s3:GetObject"} if entry.objects else set()
    return needed | {*entry.tag, *entry.untag}


def _is_left_out(action: str, left_out: Iterable[str], handler: str) -> bool:
    return any(fnmatchcase(action, one) or fnmatchcase(f"{handler} {action}", one) for one in left_out)


def _is_of_use(pattern: str, told: Mapping[str, set[str]], tagging: set[str]) -> bool:
    every = [(handler, action) for handler, actions in {**told, "tags": tagging}.items() for action in actions]
    return any(_is_left_out(action, (pattern,), handler) for handler, action in every)


@cache
def schema(kind: str) -> Mapping[str, Any]:
    """The schema of a type."""
    from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

    return PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema  # type: ignore[no-any-return]


def _listed(kind: str, handler: str) -> set[str]:
    told = schema(kind).get("handlers", {}).get(handler, {}).get("permissions", [])
    return {SPELLED.get(action, action) for action in told}


def _tagging(kind: str) -> set[str]:
    return set(schema(kind).get("tagging", {}).get("permissions", []))
