"""The members of a shape of AWS's service models, by their paths."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.model import Shape


def below(shape: Shape, path: str) -> Iterator[str]:
    """The members of a shape, `[]` for items and `{}` for the values of a map."""
    match shape.type_name:
        case "structure":
            for name, member in shape.members.items():  # type: ignore[attr-defined]
                yield f"{path}.{name}"
                yield from below(member, f"{path}.{name}")
        case "list":
            yield from below(shape.member, f"{path}[]")  # type: ignore[attr-defined]
        case "map":
            yield from below(shape.value, f"{path}{{}}")  # type: ignore[attr-defined]
