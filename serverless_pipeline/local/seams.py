"""The one place that touches MiniStack: each name of its that this product reaches for, and why.

MiniStack has no way to add to it, so its own functions are wrapped and its own tables read. Names with an underscore
are private, and another version may have others: a test fails by name for each that the installed MiniStack lacks, so
that a new version is a list of what to look at. Nothing else in this package imports `ministack`.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

VERSION = "1.5.33"
"""The MiniStack that these names were read in."""


@dataclass(frozen=True)
class Seam:
    """A name in a module of MiniStack's; `copies` are the modules that took it over when they were imported."""

    module: str
    name: str
    why: str
    copies: tuple[str, ...] = ()

    @property
    def value(self) -> Any:  # noqa: ANN401 - MiniStack is untyped
        """What stands there now."""
        return getattr(_module(self.module), self.name)

    def __call__(self, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - as above
        return self.value(*arguments, **options)

    def replace(self, value: object) -> None:
        """Put something of ours in its place, wherever MiniStack looks for it."""
        for module in (self.module, *self.copies):
            setattr(_module(module), self.name, value)

    def wrap(self, wrapper: Callable[[Any], Any]) -> None:
        """Put in its place what `wrapper` makes of it."""
        self.replace(wrapper(self.value))


def _module(name: str) -> Any:  # noqa: ANN401 - as above
    return import_module(f"ministack.{name}")


APPLICATION = Seam("app", "app", "the ASGI application that ours stands before")


def seams() -> dict[str, Seam]:
    """Every seam by the name it has here."""
    return {name: value for name, value in globals().items() if isinstance(value, Seam)}
