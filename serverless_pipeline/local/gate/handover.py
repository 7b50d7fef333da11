"""A signature that the gate checked is not checked again: MiniStack is told whose request it is.

An address of S3's that is signed is the exception. MiniStack looks at it once more, and with it whether the request,
whose body is not signed, became one for another service.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from serverless_pipeline.local import seams

if TYPE_CHECKING:
    from collections.abc import Callable

VERIFIED: ContextVar[str] = ContextVar("verified", default="")
"""The access key whose signature the request that is being served has passed; empty if it has none, or its own."""


def install() -> None:
    """Have MiniStack believe the gate."""
    seams.PIN_SIGNED_REQUEST.wrap(believing)


def believing(pin: Callable[..., None]) -> Callable[..., None]:
    """Keep a request for its check, unless it is checked."""

    def pin_or_believe(*request: Any, **options: Any) -> None:  # noqa: ANN401 - MiniStack's own arguments
        if key := VERIFIED.get():
            seams.SIGNED_REQUEST.value.set(None)
            seams.ANONYMOUS.value.set(False)
            seams.VERIFIED_KEY.value.set(key)
        else:
            pin(*request, **options)

    return pin_or_believe
