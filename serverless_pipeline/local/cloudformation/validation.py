"""CloudFormation refuses properties that are not those of the type: unknown, missing, of another type or out of range.

MiniStack passes over what it does not know. AWS holds each resource against the schema of its type, before its service
is asked: https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html. The few types that
are not in its registry say it in other words. Values are what they come to: CloudFormation takes "5" for 5, "true" for
true, and any number for a text. And a template holds no `null`.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from serverless_pipeline.local import seams
from serverless_pipeline.local.cloudformation import validator

Properties = Mapping[str, Any]
Template = Mapping[str, Any]

ELSEWHERE = {
    "AWS::Lambda::Function": ("Runtime",),
    "AWS::Lambda::LayerVersion": ("CompatibleRuntimes",),
}
"""What is looked at by others, who say more: which runtimes there are."""


class Invalid(Exception):
    """What is wrong with the properties of a resource, in CloudFormation's words."""


def install() -> None:
    """Look before a resource is made or updated, and at each template for nulls."""
    seams.PROVISION_RESOURCE.wrap(creating)
    seams.UPDATE_RESOURCE.wrap(updating)
    seams.VALIDATE_TEMPLATE_SUPPORT.wrap(without_null)


def creating(provision: Callable[..., Any]) -> Callable[..., Any]:
    """A resource that its type allows."""

    def create(kind: str, logical_id: str, properties: Properties, stack: str) -> Any:  # noqa: ANN401 - as MiniStack's
        demand(kind, logical_id, properties)
        return provision(kind, logical_id, properties, stack)

    return create


def updating(update: Callable[..., Any]) -> Callable[..., Any]:
    """A change to what its type allows; a resource that stays as it is, is not looked at again."""

    def change(kind: str, physical_id: str, old: Properties, new: Properties, *place: Any) -> Any:  # noqa: ANN401
        _stack, logical_id, *_ = *place, None, None
        if old != new:
            demand(kind, logical_id or physical_id, new)
        return update(kind, physical_id, old, new, *place)

    return change


def without_null(validate: Callable[..., Any]) -> Callable[..., Any]:
    """A template in which everything has a value."""

    def validate_whole(template: Template, *others: Any, **options: Any) -> Any:  # noqa: ANN401 - as MiniStack's
        for section in ("Resources", "Outputs"):
            for path in _nulls(template.get(section) or {}, f"/{section}"):
                # AWS's own word for where the properties of a resource stand.
                place = re.sub(r"^(/Resources/[^/]+)/Properties/", r"\1/Type/", path)
                raise ValueError(f"[{place}] 'null' values are not allowed in templates")
        return validate(template, *others, **options)

    return validate_whole


def demand(kind: str, logical_id: str, properties: Properties) -> None:
    """Hold the properties of a resource against the schema of its type.

    Raises:
        Invalid: they do not fit; names all that is wrong.
    """
    errors = validator.errors(kind, properties, ELSEWHERE.get(kind, ()))
    if errors and validator.is_registered(kind):
        listed = ", ".join(words for error in errors for words in validator.words(error))
        raise Invalid(f"Properties validation failed for resource {logical_id} with message: [{listed}]")
    if errors:
        raise Invalid(next(validator.older_words(errors[0])))


def _nulls(value: Any, path: str) -> Iterator[str]:  # noqa: ANN401 - whatever a template holds
    if value is None:
        yield path
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, item in entries:
        yield from _nulls(item, f"{path}/{name}")
