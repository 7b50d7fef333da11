"""Cron expressions as AWS has them: minutes, hours, day of month, month, day of week, year."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from serverless_pipeline.local import seams

if TYPE_CHECKING:
    from datetime import datetime

_MINUTE = timedelta(minutes=1)


def first(expression: str, start: datetime) -> datetime | None:
    """The first minute that an expression names, from the minute `start` on; None if there is none within four years.

    Raises:
        ValueError: it is no such expression.
    """
    fields = seams.CRON_FIELDS(f"cron({expression})")
    try:
        found: datetime | None = seams.CRON_NEXT_FIRE(fields, start - _MINUTE)
    except (ValueError, TypeError) as error:  # a minute 60; no fields at all
        raise ValueError(f"'{expression}' is no cron expression") from error
    return found
