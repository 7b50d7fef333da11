"""How long the embedded CodePipeline waits, in seconds, where it should not be as long as the default."""

import re
from collections.abc import Iterator, Mapping

WAITS = {
    "answer": "for the answer of a function to its job",
    "action": "for an action of jobs, with all of their continuations",
    "approval": "for somebody's yes or no",
    "continuation": "before a job goes on in the next one",
    "look": "before it looks again at what another service does",
    "detect": "before it looks again whether a source has changed",
}
"""What may be chosen, and what it is waited for."""
LONGEST = 30 * 24 * 3600

_SECONDS = re.compile(r"[0-9]{1,7}(\.[0-9]{1,3})?")


def mistakes(timing: Mapping[str, str]) -> Iterator[str]:
    """What cannot be waited for, in words."""
    for name, seconds in timing.items():
        if name not in WAITS:
            yield f"{name!r} must be one of {', '.join(WAITS)}"
        elif not _SECONDS.fullmatch(seconds) or not 0 < float(seconds) <= LONGEST:
            yield f"{name}={seconds} must be a number of seconds above 0, {LONGEST} at most"
