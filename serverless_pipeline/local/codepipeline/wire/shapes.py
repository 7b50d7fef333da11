"""Whether a request has the shape that the service model describes, told in the words of AWS's ValidationException.

botocore, which every client of the service uses, checks only some of this before it sends a request.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from serverless_pipeline.local.codepipeline.model.refusal import Refusal
from serverless_pipeline.local.gate.refusal import Refused
from serverless_pipeline.local.protocol import models
from serverless_pipeline.local.protocol.shapes import check_type

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from botocore.model import Shape

SERVICE = "codepipeline"


def operations() -> list[str]:
    """The operations that CodePipeline has on AWS."""
    return list(models.model(SERVICE).operation_names)


def check(operation: str, request: object) -> dict[str, Any]:
    """The request, if it fits the input of the operation.

    Raises:
        Refusal: SerializationException for a wrong type, else ValidationException with everything that is wrong.
    """
    shape = models.model(SERVICE).operation_model(operation).input_shape
    if shape is None or not isinstance(request, dict):
        raise Refusal("SerializationException", "The request must be a JSON object")
    mistakes = list(_mistakes(shape, request, ""))
    if mistakes:
        count = "1 validation error" if len(mistakes) == 1 else f"{len(mistakes)} validation errors"
        raise Refusal("ValidationException", f"{count} detected: {'; '.join(mistakes)}")
    return request


def _mistakes(shape: Shape, value: Any, path: str) -> Iterator[str]:  # noqa: ANN401 - whatever JSON can hold
    _check_type(shape, value, path)
    constraints = list(_constraints(shape, value))
    for constraint in constraints:
        yield f"Value at '{path}' failed to satisfy constraint: {constraint}"
    match shape.type_name:
        case "structure":
            yield from _members(shape, value, path)
        case "list":
            for index, item in enumerate(value, start=1):
                yield from _mistakes(shape.member, item, f"{path}.{index}.member")  # type: ignore[attr-defined]
        case "map":
            yield from _entries(shape, value, path)


def _members(shape: Any, value: Mapping[str, Any], path: str) -> Iterator[str]:  # noqa: ANN401 - a StructureShape
    for name, member in shape.members.items():
        where = f"{path}.{name}" if path else name
        if value.get(name) is not None:
            yield from _mistakes(member, value[name], where)
        elif name in shape.required_members:
            yield f"Value at '{where}' failed to satisfy constraint: Member must not be null"


def _entries(shape: Any, value: Mapping[str, Any], path: str) -> Iterator[str]:  # noqa: ANN401 - a MapShape
    """What is wrong in a map; AWS names the map, not the entry, and lists all that the key or value must satisfy."""
    for key, item in value.items():
        for kind, part, content in (("key", shape.key, key), ("value", shape.value, item)):
            if part.type_name == "structure":
                yield from _mistakes(part, content, f"{path}.{key}.member")
                continue
            _check_type(part, content, f"{path}.{key}")
            if list(_constraints(part, content)):
                limits = ", ".join(_limits(part))
                yield f"Value at '{path}' failed to satisfy constraint: Map {kind} must satisfy constraint: [{limits}]"


def _check_type(shape: Shape, value: Any, path: str) -> None:  # noqa: ANN401 - whatever JSON can hold
    try:
        check_type(shape, value, path)
    except Refused as refused:
        raise Refusal(refused.code, refused.message) from None


def _constraints(shape: Shape, value: Any) -> Iterator[str]:  # noqa: ANN401 - whatever JSON can hold
    """What the value alone fails to satisfy."""
    limits = shape.metadata
    measured = value if isinstance(value, int) else len(value) if isinstance(value, str | list | dict) else None
    what = "value" if isinstance(value, int) else "length"
    if measured is not None and "max" in limits and measured > limits["max"]:
        yield f"Member must have {what} less than or equal to {limits['max']}"
    if measured is not None and "min" in limits and measured < limits["min"]:
        yield f"Member must have {what} greater than or equal to {limits['min']}"
    if isinstance(value, str) and "pattern" in limits and not re.fullmatch(limits["pattern"], value, re.DOTALL):
        yield f"Member must satisfy regular expression pattern: {limits['pattern']}"
    if isinstance(value, str) and "enum" in limits and value not in limits["enum"]:
        yield f"Member must satisfy enum value set: [{', '.join(limits['enum'])}]"


def _limits(shape: Shape) -> Iterator[str]:
    limits = shape.metadata
    if "max" in limits:
        yield f"Member must have length less than or equal to {limits['max']}"
    if "min" in limits:
        yield f"Member must have length greater than or equal to {limits['min']}"
    if "pattern" in limits:
        yield f"Member must satisfy regular expression pattern: {limits['pattern']}"
