"""A form of the query protocol, against the shapes of its operation: `Parameters.member.1.ParameterKey=Stage`.

https://smithy.io/2.0/aws/protocols/aws-query-protocol.html. Numbers, truths and times must be such, and what must be
there is there; texts are left to the service.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from serverless_pipeline.local.gate.refusal import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from botocore.model import OperationModel, Shape

_NUMBER = re.compile(r"[+-]?\d{1,19}")
_DECIMAL = re.compile(r"[+-]?(\d{1,30}(\.\d{0,30})?|\.\d{1,30})([eE][+-]?\d{1,2})?")
_INDEX = re.compile(r"\d{1,6}")


def check(operation: OperationModel, form: Mapping[str, Sequence[str]]) -> None:
    """Turn away a form that does not fit.

    Raises:
        Refused: ValidationError, with all that is wrong.
    """
    shape = operation.input_shape
    if shape is None:
        return
    mistakes = [
        f"Value '{values[0][:100]}' at '{name}' failed to satisfy constraint: Member must be a {scalar.type_name}"
        for name, values in form.items()
        if (scalar := _scalar(shape, name.split("."))) and not _fits(scalar, values[0])
    ]
    mistakes += [
        f"Value null at '{name}' failed to satisfy constraint: Member must not be null" for name in _absent(shape, form)
    ]
    if mistakes:
        count = "1 validation error" if len(mistakes) == 1 else f"{len(mistakes)} validation errors"
        raise Refused("ValidationError", f"{count} detected: {'; '.join(mistakes)}", 400)


def _absent(shape: Any, form: Mapping[str, Sequence[str]]) -> list[str]:  # noqa: ANN401 - a StructureShape
    names = {name: _name(name, shape.members[name]) for name in shape.required_members}
    first = {field.partition(".")[0] for field in form}
    return [name for name, field in names.items() if field not in first]


def _scalar(shape: Any, parts: Sequence[str]) -> Shape | None:  # noqa: ANN401 - of any kind
    """The shape that a field is about; None if the operation has no such field."""
    for part in parts:
        match shape.type_name if shape else "":
            case "structure":
                members = {_name(name, member): member for name, member in shape.members.items()}
                shape = members.get(part)
            case "list":
                shape = shape.member if _INDEX.fullmatch(part) else shape
            case "map":
                shape = {"key": shape.key, "value": shape.value, "Name": shape.key, "Value": shape.value}.get(
                    part, shape
                )
            case _:
                return None
    return shape if shape and shape.type_name not in {"structure", "list", "map"} else None


def _name(name: str, shape: Any) -> str:  # noqa: ANN401 - of any kind
    """What a member is called in a form; the items of a flat list lend it their name."""
    if shape.type_name == "list" and shape.serialization.get("flattened"):
        return str(shape.member.serialization.get("name", shape.serialization.get("name", name)))
    return str(shape.serialization.get("name", name))


def _fits(shape: Shape, text: str) -> bool:
    match shape.type_name:
        case "integer":
            return bool(_NUMBER.fullmatch(text)) and -(2**31) <= int(text) < 2**31
        case "long":
            return bool(_NUMBER.fullmatch(text)) and -(2**63) <= int(text) < 2**63
        case "float" | "double":
            return bool(_DECIMAL.fullmatch(text))
        case "boolean":
            return text.lower() in {"true", "false"}
        case "timestamp":
            return _is_time(text)
    return True


def _is_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
