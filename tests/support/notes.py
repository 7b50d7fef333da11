"""What was asked of a fake, written down."""

from __future__ import annotations

from typing import Any, TypeVar

T = TypeVar("T")


def note(notes: list[Any], request: object, answer: T) -> T:
    """Write a request down and answer it."""
    notes.append(request)
    return answer
