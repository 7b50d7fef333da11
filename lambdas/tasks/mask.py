"""What a log must not tell: secrets that were handed to a task, and variables that are named like secrets.

They are hidden as they are and as they often travel: in base64, in an address, in JSON.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

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
    def of(cls, environment: Mapping[str, str], handed: Iterable[str] = ()) -> Mask:
        """The mask of an environment: each line, from 6 characters on, of each value that must not be shown.

        Those that were `handed` to a task as secrets must not, whatever their variables are called.
        """
        values = {*handed, *(value for pair in environment.items() for value in _secret_values(*pair))}
        secrets = {line.strip() for value in values for line in re.split(r"[\r\n]+", value)} | values
        long = {secret for secret in secrets if len(secret.strip()) >= _SHORTEST}
        forms = {form for secret in long for form in _forms(secret)}
        return cls(tuple(sorted(forms, key=lambda form: (-len(form), form))))

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


def _forms(secret: str) -> Iterator[str]:
    """A secret as it is and as it is often encoded; none of these holds the end of a line."""
    content = secret.encode()
    if not re.search(r"[\r\n]", secret):
        yield secret
    yield base64.b64encode(content).decode().rstrip("=")
    yield base64.urlsafe_b64encode(content).decode().rstrip("=")
    yield from (quote(secret, safe=""), quote(secret), quote_plus(secret))
    yield json.dumps(secret)[1:-1]
