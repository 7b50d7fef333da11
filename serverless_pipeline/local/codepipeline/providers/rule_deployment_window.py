"""Rule/DeploymentWindow: the time is one that a cron expression allows, or the rule waits until it is.

The expression has seconds, which must be `*`, minutes, hours, day of month, month, day of week and perhaps a year.
https://docs.aws.amazon.com/codepipeline/latest/userguide/rule-reference-DeploymentWindow.html
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from serverless_pipeline.local import cron
from serverless_pipeline.local.codepipeline.providers.work import Failed, Provider, Succeeded, Working

if TYPE_CHECKING:
    from serverless_pipeline.local.codepipeline.providers.work import Outcome, Work

_WITH_YEAR = 6
_WAITING = "waiting"


def start(work: Work) -> Outcome:
    """Look whether the window is open."""
    configuration = work.run.resolved_configuration
    expression, zone = configuration["Cron"], configuration.get("TimeZone", "UTC")
    try:
        now = datetime.fromtimestamp(work.now, UTC).astimezone(ZoneInfo(zone)).replace(second=0, microsecond=0)
    except (ValueError, OSError, LookupError):
        return Failed("ConfigurationError", f"There is no time zone {zone}; write one such as Europe/Berlin")
    try:
        opens = cron.first(_as_aws_has_it(expression), now)
    except ValueError:
        return Failed(
            "ConfigurationError",
            f"'{expression}' is no expression of a window, such as '* * 9-17 ? * MON-FRI *': seconds (*), minutes,"
            " hours, day of month, month, day of week, and perhaps a year",
        )
    if opens is None:
        return Failed("JobFailed", f"The window '{expression}' never opens again")
    if opens == now:
        return Succeeded(f"The window '{expression}' ({zone}) is open")
    return Working(_WAITING, Succeeded(f"The window '{expression}' opens at {opens.isoformat(timespec='minutes')}"))


def _as_aws_has_it(expression: str) -> str:
    """The expression without seconds, which are every one, and with a year."""
    seconds, *fields = expression.split() or [""]
    if seconds != "*":
        raise ValueError(expression)
    return " ".join([*fields, *(["*"] if len(fields) < _WITH_YEAR else [])])


PROVIDER = Provider(
    category="Rule",
    name="DeploymentWindow",
    inputs=(0, 0),
    outputs=(0, 0),
    required=("Cron",),
    optional=("TimeZone",),
    start=start,
    timeout=24 * 3600.0,
)
