"""What a template tells of a value before CloudFormation knows the rest.

Functions can be in their short form, as `template.read` has them, or in the long one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_HOLE = re.compile(r"\$\{(!?)([^}]+)\}")


def told(value: Any, known: Mapping[str, str], unknown: str) -> Any:  # noqa: ANN401 - whatever a template holds
    """A value with what is known in it by the name of a reference; everything else is `unknown`."""
    if isinstance(value, list):
        return [told(entry, known, unknown) for entry in value]
    if isinstance(value, dict) and not {name for name in value if name == "Ref" or str(name).startswith("Fn::")}:
        return {name: told(entry, known, unknown) for name, entry in value.items()}
    return _text(value, known, unknown)


def fill(text: str, known: Mapping[str, str], unknown: str) -> str:
    """A text with what is known in its holes; `${!Kept}` is one that stays."""
    return _HOLE.sub(lambda hole: f"${{{hole[2]}}}" if hole[1] else known.get(hole[2], unknown), text)


def _text(value: Any, known: Mapping[str, str], unknown: str) -> Any:  # noqa: ANN401 - the same
    match value:
        case str():
            return fill(value, known, unknown)
        case {"Ref": str(name)}:
            return known.get(name, unknown)
        case {"Fn::Sub": str(text)}:
            return fill(text, known, unknown)
        case {"Fn::Join": [str(delimiter), [*parts]]}:
            return delimiter.join(str(told(part, known, unknown)) for part in parts)
        case dict() | None:
            return unknown
    return value
