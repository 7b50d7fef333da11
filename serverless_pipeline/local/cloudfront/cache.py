"""What a distribution keeps of its origins: by path and by what else its cache policy names, until it expires.

A real distribution has a cache at each edge and forgets what nobody asks for; here is one edge, which forgets the
oldest. https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/Expiration.html
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

from serverless_pipeline.local.cloudfront.configuration import ERRORS_LAST, Lifetimes

MOST = 2000
"""The most files that are kept of a distribution."""
KEPT_ERRORS = frozenset({404, 414, 500, 501, 502, 503, 504})
"""The errors that are kept whatever the origin says.
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/HTTPStatusCodes.html
"""

Answer = tuple[int, str, dict[str, Any], bytes]
"""Status, reason, headers in lower case, body."""


@dataclass(frozen=True)
class Key:
    """What one answer is kept under: the path after a function changed it, and what the cache policy names besides."""

    path: str
    query: str = ""
    others: tuple[tuple[str, str], ...] = ()

    def is_meant(self, pattern: str) -> bool:
        """Whether a path of an invalidation is for it; an asterisk at its end stands for any characters."""
        own = unquote(f"{self.path}?{self.query}" if self.query else self.path)
        named = unquote(pattern.removesuffix("*"))
        return own.startswith(named) if pattern.endswith("*") else own == named


@dataclass(frozen=True)
class Kept:
    """An answer of an origin, when it came, and when it expires."""

    answer: Answer
    since: float
    until: float


@dataclass
class Cache:
    """The answers that distributions keep, by the ID of the distribution."""

    _kept: dict[str, dict[Key, Kept]] = field(default_factory=dict)

    def find(self, distribution: str, key: Key, now: float) -> Kept | None:
        """What is kept, unless it has expired."""
        kept = self._kept.get(distribution, {}).get(key)
        return kept if kept and now < kept.until else None

    def keep(self, distribution: str, key: Key, kept: Kept) -> None:
        """Keep an answer; the one that came first goes if there are too many."""
        answers = self._kept.setdefault(distribution, {})
        answers.pop(key, None)
        answers[key] = kept
        if len(answers) > MOST:
            del answers[next(iter(answers))]

    def forget(self, distribution: str, pattern: str) -> None:
        """Forget what a path of an invalidation is for."""
        answers = self._kept.get(distribution, {})
        for key in [key for key in answers if key.is_meant(pattern)]:
            del answers[key]


CACHE = Cache()
"""The one of this process."""


def lifetime(status: int, headers: Mapping[str, Any], lifetimes: Lifetimes, errors: Mapping[int, float]) -> float:
    """The seconds that an answer is kept: what its origin says, within what the distribution allows."""
    control = str(headers.get("cache-control", "")).lower()
    said = _seconds(control)
    if status >= HTTPStatus.BAD_REQUEST:
        least = errors.get(status, ERRORS_LAST if status in KEPT_ERRORS else 0.0)
        return max(least, said or 0.0)
    if re.search(r"\b(no-cache|no-store|private)\b", control):
        return lifetimes.least
    if said is None:
        return max(lifetimes.least, lifetimes.usual)
    return min(max(said, lifetimes.least), lifetimes.most)


def _seconds(control: str) -> float | None:
    """What Cache-Control says; for a cache that is shared `s-maxage` goes before `max-age`."""
    for name in ("s-maxage", "max-age"):
        if found := re.search(rf"(?<![\w-]){name}\s*=\s*\"?(\d+)", control):
            return float(found[1])
    return None
