"""What travels cannot be changed on the way."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from typing import Any


def changeable(*values: Any) -> list[Any]:
    """Those of the values that let themselves be changed."""
    return [value for value in values if _takes_a_change(value)]


def _takes_a_change(value: Any) -> bool:
    try:
        value.some_name = None
    except FrozenInstanceError:
        return False
    return True
