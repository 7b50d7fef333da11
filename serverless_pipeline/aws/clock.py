"""How far this machine's clock is off, told by AWS's refusal of a signature: it takes none of another time.

https://docs.aws.amazon.com/IAM/latest/UserGuide/signature-v4-troubleshooting.html#signature-v4-troubleshooting-credential-scope
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

ALLOWED = timedelta(minutes=4)
"""AWS allows five minutes, S3 fifteen; what is less is no reason."""

_CODES = frozenset({"RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture"})
_TIME = re.compile(r"\((\d{8}T\d{6}Z) [-+] \d+ min")
_WORDS = ("Signature expired", "Signature not yet current")


def mistake(error: ClientError, now: datetime) -> str:
    """What is wrong with the clock, in words; empty if AWS refused something else. `now` is the clock's time."""
    known = error.response.get("Error", {})
    if known.get("Code") not in _CODES and not any(words in known.get("Message", "") for words in _WORDS):
        return ""
    ahead = now - _time_of_aws(error, now)
    minutes = round(abs(ahead) / timedelta(minutes=1))
    if abs(ahead) < ALLOWED:
        return "the clock of this machine is not AWS's"
    return f"the clock of this machine is {minutes} minutes {'ahead of' if ahead > timedelta() else 'behind'} AWS's"


def _time_of_aws(error: ClientError, unknown: datetime) -> datetime:
    """When AWS answered, by its own clock: it says that in the head, and in most of its words."""
    try:
        return parsedate_to_datetime(error.response["ResponseMetadata"]["HTTPHeaders"]["date"])
    except (KeyError, TypeError, ValueError):
        told = _TIME.search(error.response["Error"].get("Message", ""))
        return datetime.fromisoformat(told[1]) if told else unknown
