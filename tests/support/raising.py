"""Errors that come from a certain module, as their traceback tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

MINISTACK = "ministack.services.dynamodb"


def raised_by(module: str, error: Exception) -> Callable[[], None]:
    """A function of a module that raises an error."""
    scope: dict[str, Any] = {"__name__": module, "error": error}
    exec("def raise_it(): raise error", scope)  # noqa: S102 - a frame of that module, as a traceback has it
    return scope["raise_it"]  # type: ignore[no-any-return]
