"""How the alias of production moves to a new version: `canary:10:5`, or `linear:10:1`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, cast, get_args

from serverless_pipeline.settings.mistakes import refuse

Kind = Literal["canary", "linear"]

_FORM = re.compile(r"(canary|linear):([0-9]{1,9}):([0-9]+(?:\.[0-9]+)?)")


@dataclass(frozen=True)
class Shift:
    """`canary` moves `percent` of the traffic for some minutes, then the rest; `linear` that much more each time.

    Raises:
        InvalidSettings: no alias can be moved so.
    """

    kind: Kind
    percent: int
    minutes: Decimal

    def __post_init__(self) -> None:
        refuse(self._mistakes())

    @classmethod
    def read(cls, text: str) -> "Shift":
        """Read `KIND:PERCENT:MINUTES`, such as `canary:10:5`.

        Raises:
            ValueError: it has another form.
            InvalidSettings: it has this form, and no sense.
        """
        form = _FORM.fullmatch(text)
        if not form:
            raise ValueError(f"{text!r} must be canary or linear:PERCENT:MINUTES, such as canary:10:5")
        kind, percent, minutes = form.groups()
        return cls(cast("Kind", kind), int(percent), Decimal(minutes))

    def __str__(self) -> str:
        """As `read` reads it, and the function that moves the alias."""
        return f"{self.kind}:{self.percent}:{self.minutes:f}"

    def _mistakes(self) -> Iterator[str]:
        if self.kind not in get_args(Kind):
            yield f"shift: {self.kind!r} must be one of {', '.join(get_args(Kind))}"
        if not 1 <= self.percent <= 99:  # noqa: PLR2004 - neither nothing nor all of it
            yield f"shift: {self.percent} must be 1 to 99 percent"
        if not (self.minutes.is_finite() and self.minutes > 0):
            yield f"shift: {self.minutes} must be more than 0 minutes"
