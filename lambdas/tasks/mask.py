"""What a log must not tell: the values of environment variables that are named like secrets."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_STARS = "***"
_SHORTEST = 6
_SECRET_NAME = re.compile(
    r"SECRET|TOKEN|PASSWORD|PASSWD|PASSPHRASE|PRIVATE|CREDENTIAL|AUTHORIZATION"
    r"|(?:API|ACCESS|SIGNING|ENCRYPTION|SSH)_?KEY|(?:^|_)(?:AUTH|PASS)(?:_|$)|_PWD$",
    re.IGNORECASE,
)
_PASSWORD_OF_URL = re.compile(r"://[^/\s:@]*:([^/\s@]+)@")


@dataclass(frozen=True)
class Mask:
    """The secrets to hide, longest first; none of them holds the end of a line."""

    secrets: tuple[str, ...] = ()

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Mask:
        """The mask of an environment: each line, from 6 characters on, of each value that must not be shown."""
        values = (value for pair in environment.items() for value in _secret_values(*pair))
        lines = {line.strip() for value in values for line in re.split(r"[\r\n]+", value)}
        return cls(tuple(sorted((line for line in lines if len(line) >= _SHORTEST), key=len, reverse=True)))

    def hide(self, text: str) -> str:
        """The text with *** for each secret."""
        for secret in self.secrets:
            text = text.replace(secret, _STARS)
        return text

    def cut(self, text: str) -> int:
        """Where a text that goes on can be cut so that no secret lies across; 0 if it is too short for that."""
        if not self.secrets:
            return len(text)
        end = max(len(text) - len(self.secrets[0]) + 1, 0)
        for match in re.finditer("|".join(map(re.escape, self.secrets)), text):
            if match.start() >= end:
                break
            end = max(end, match.end())
        return end


def _secret_values(name: str, value: str) -> Iterator[str]:
    if _SECRET_NAME.search(name):
        yield value
    yield from _PASSWORD_OF_URL.findall(value)
