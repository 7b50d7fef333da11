"""What JSON holds, against what a shape of the service model says, in the words of AWS's SerializationException.

`null` stands for a member that is not there, on AWS as here
(https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html); in a list or a map it is a mistake.
"""

from __future__ import annotations

import binascii
import math
from datetime import datetime
from typing import TYPE_CHECKING, Any

from serverless_pipeline.local.gate.refusal import Refused

if TYPE_CHECKING:
    from botocore.model import Shape

DEEPEST = 100
"""Levels of JSON in JSON; DynamoDB takes 32."""
_LATEST = 253_402_300_800
"""Seconds from 1970 to the year 10000, where Python's time ends."""
_RANGES = {"integer": 2**31, "long": 2**63}
_TYPES: dict[str, tuple[type, ...]] = {
    "structure": (dict,),
    "map": (dict,),
    "list": (list,),
    "string": (str,),
    "blob": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float, str),
    "double": (int, float, str),
    "timestamp": (int, float, str),
}


class Changed:
    """Whether something was left out."""

    def __init__(self) -> None:
        self.yes = False


def check_type(shape: Shape, value: Any, path: str) -> None:  # noqa: ANN401 - whatever JSON can hold
    """Turn away a value of another type.

    Raises:
        Refused: SerializationException, as AWS's.
    """
    kind = shape.type_name
    types = _TYPES.get(kind, (object,))
    if not isinstance(value, types) or (isinstance(value, bool) and bool not in types and object not in types):
        raise _unfit(f"{type(value).__name__} can not be converted to {kind} at '{path}'")
    _check_content(kind, value, path)


def _check_content(kind: str, value: Any, path: str) -> None:  # noqa: ANN401 - of a type that fits
    if kind in _RANGES and not -_RANGES[kind] <= value < _RANGES[kind]:
        raise _unfit(f"The number at '{path}' is out of the range of {kind}")
    if kind == "timestamp" and not _is_time(value):
        raise _unfit(f"The value at '{path}' is no timestamp")
    if kind == "blob" and not _is_base64(value):
        raise _unfit(f"The text at '{path}' is not Base64")


def fit(shape: Shape | None, value: Any, path: str, changed: Changed, depth: int = 0) -> Any:  # noqa: ANN401 - as above
    """The value without members that are `null`, if it has the shape; without a shape, if anybody can work with it.

    Raises:
        Refused: SerializationException for another type, ValidationException for a member that is missing.
    """
    if depth > DEEPEST:
        raise _unfit(f"The value at '{path[:100]}' lies deeper than {DEEPEST} levels")
    if shape is not None:
        if getattr(shape, "is_document_type", False):
            shape = None
        else:
            check_type(shape, value, path)
    match value:
        case dict():
            return _members(shape, value, path, changed, depth)
        case list():
            return _items(shape, value, path, changed, depth)
        case str():
            _check_text(value, path)
        case float() if not math.isfinite(value):
            raise _unfit(f"The number at '{path}' is not finite")
    return value


def _members(shape: Any, value: dict[str, Any], path: str, changed: Changed, depth: int) -> dict[str, Any]:  # noqa: ANN401 - of any kind
    is_map = shape is not None and shape.type_name == "map"
    shapes = {} if shape is None or is_map else _shapes(shape)
    for name in list(value):
        _check_text(name, path)
        where = f"{path}.{name}" if path else name
        if value[name] is None and not is_map:
            del value[name]
            changed.yes = True
        else:
            value[name] = fit(shape.value if is_map else shapes.get(name), value[name], where, changed, depth + 1)
    if shapes:
        _check_required(shape, value, path)
    return value


def _items(shape: Any, value: list[Any], path: str, changed: Changed, depth: int) -> list[Any]:  # noqa: ANN401 - of any kind
    member = None if shape is None else shape.member
    for number, item in enumerate(value, start=1):
        where = f"{path}.{number}.member"
        if item is None and member is not None:
            raise missing([where])
        value[number - 1] = fit(member, item, where, changed, depth + 1)
    return value


def _shapes(shape: Any) -> dict[str, Shape]:  # noqa: ANN401 - a StructureShape
    """The shapes of members that lie in the body, by the name that they have there."""
    return {
        member.serialization.get("name", name): member
        for name, member in shape.members.items()
        if "location" not in member.serialization
    }


def _check_required(shape: Any, value: dict[str, Any], path: str) -> None:  # noqa: ANN401 - a StructureShape
    names = {name: shape.members[name] for name in shape.required_members}
    absent = [
        f"{path}.{name}" if path else name
        for name, member in names.items()
        if "location" not in member.serialization and member.serialization.get("name", name) not in value
    ]
    if absent:
        raise missing(absent)


def missing(names: list[str]) -> Refused:
    """What AWS says of members that must be there."""
    count = "1 validation error" if len(names) == 1 else f"{len(names)} validation errors"
    each = "; ".join(f"Value null at '{name}' failed to satisfy constraint: Member must not be null" for name in names)
    return Refused("ValidationException", f"{count} detected: {each}", 400)


def _check_text(value: str, path: str) -> None:
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise _unfit(f"The text at '{path[:100].encode(errors='replace').decode()}' is not Unicode") from None


def _is_time(value: float | str) -> bool:
    if isinstance(value, str):
        try:
            datetime.fromisoformat(value)
        except ValueError:
            return False
        return True
    return abs(value) < _LATEST


def _is_base64(value: str) -> bool:
    try:
        binascii.a2b_base64(value, strict_mode=bool(value))
    except ValueError:
        return False
    return True


def _unfit(message: str) -> Refused:
    return Refused("SerializationException", message, 400)
