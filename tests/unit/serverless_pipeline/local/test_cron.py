"""When a cron expression names a minute."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from serverless_pipeline.local import cron

NOON = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("* * * * ? *", NOON),
        ("0 12 26 11 ? 2026", NOON),
        ("15 * * * ? *", NOON.replace(minute=15)),
        ("0 11 * * ? *", NOON.replace(day=27, hour=11)),
        ("0 0 L 2 ? *", datetime(2027, 2, 28, tzinfo=UTC)),
        ("0 0 1 1 ? 2020", None),
    ],
)
def test_the_first_minute_from_a_minute_on(expression: str, found: datetime | None) -> None:
    assert cron.first(expression, NOON) == found


@pytest.mark.parametrize("expression", ["", "* * * * *", "* * * * * *", "60 * * * ? *", "x * * * ? *"])
def test_what_is_no_expression_is_said(expression: str) -> None:
    with pytest.raises(ValueError, match="is no cron expression"):
        cron.first(expression, NOON)
