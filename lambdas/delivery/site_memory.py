"""What `config.json` remembers, as its metadata, of the delivery that brought it: headers do not show in a listing.

It is forgotten before the first upload of a delivery that makes it untrue, and written when that has ended, so that
what broke off in between is known for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lambdas.delivery.patterns import NO_PATTERNS, Patterns

if TYPE_CHECKING:
    from collections.abc import Mapping

_RULES = "header-rules"
_PATTERNS = "header-patterns"
_INVALIDATED = "invalidated"


@dataclass(frozen=True)
class Memory:
    """By which rules and patterns the headers were set, and the distribution that was told of all that changed."""

    rules: str = ""
    patterns: Patterns = NO_PATTERNS
    invalidated: str = ""

    @classmethod
    def from_metadata(cls, metadata: Mapping[str, str]) -> Memory:
        """Read the metadata of an object; one that remembers nothing has none of ours."""
        patterns = Patterns.from_text(metadata.get(_PATTERNS, ""))
        return cls(metadata.get(_RULES, ""), patterns, metadata.get(_INVALIDATED, ""))

    def as_http(self) -> dict[str, str]:
        """The headers of a request that keep it."""
        kept = {_RULES: self.rules, _PATTERNS: self.patterns.to_text(), _INVALIDATED: self.invalidated}
        return {f"x-amz-meta-{name}": value for name, value in kept.items() if value}
