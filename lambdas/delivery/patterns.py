"""What an action says of the headers of files: `Type.*.ics=text/calendar&Cache.feed/**=max-age=300`.

A pattern without a slash is for the name of a file in any folder, one with a slash for the whole key. `*` stands for
any characters but a slash, `**` for those too, `**/` for any folders or none, `?` for one character; all else stands
for itself. Of several patterns that fit a key the last one counts, for each header by itself, as in a `.gitignore`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

TYPE = "Type."
ENCODING = "Encoding."
CACHE = "Cache."
PREFIXES = (TYPE, ENCODING, CACHE)

NONE = "identity"
"""The encoding of what is not compressed."""
LONGEST = 1500
"""The most characters that patterns have as metadata of an object; S3 takes 2 KB of it.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html
"""

_ENCODINGS = ("br", "compress", "deflate", "gzip", "zstd", NONE)
"""https://www.iana.org/assignments/http-parameters/http-parameters.xhtml#content-coding"""
_TOKEN = r"[\w!#$%&'*+.^`|~-]+"  # noqa: S105 - a token of HTTP: RFC 9110, 5.6.2
_MEDIA_TYPE = re.compile(rf'{_TOKEN}/{_TOKEN}(?:\s*;\s*{_TOKEN}=(?:{_TOKEN}|"[^"]*"))*', re.ASCII)
_IN_SECONDS = ("max-age", "s-maxage", "stale-if-error", "stale-while-revalidate")
_DIRECTIVES = (
    *("immutable", "must-revalidate", "must-understand", "no-cache", "no-store"),
    *("no-transform", "private", "proxy-revalidate", "public"),
)
"""https://www.iana.org/assignments/http-cache-directives/http-cache-directives.xhtml, those of responses."""
_WILDCARD = re.compile(r"(\*\*/|\*\*|\*|\?)")
_WILDCARDS = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


@dataclass(frozen=True)
class Patterns:
    """Patterns in their order, as pairs of a parameter (`Type.*.ics`) and its value."""

    pairs: tuple[tuple[str, str], ...] = ()

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, str]) -> Patterns:
        """Those among the parameters of an action."""
        return cls(tuple(pair for pair in parameters.items() if pair[0].startswith(PREFIXES)))

    @classmethod
    def from_text(cls, text: str) -> Patterns:
        """Read what `to_text` wrote."""
        return cls(tuple(parse_qsl(text, keep_blank_values=True)))

    def to_text(self) -> str:
        """As a query string of plain ASCII."""
        return urlencode(self.pairs, safe="*/")

    def value(self, prefix: str, key: str) -> str | None:
        """What the last pattern that fits a key says of the header that a prefix stands for; None where none does."""
        for parameter, value in reversed(self.pairs):
            if parameter.startswith(prefix) and _fits(parameter.removeprefix(prefix), key):
                return value
        return None

    def idle(self, keys: Iterable[str]) -> list[str]:
        """The parameters that no key fits."""
        known = list(keys)
        return [parameter for parameter, _ in self.pairs if not any(_fits(_pattern(parameter), key) for key in known)]

    def mistakes(self) -> Iterator[str]:
        """What is wrong with them."""
        for parameter, value in self.pairs:
            if parameter.endswith("/"):
                yield f"{parameter} is for a folder, and files have headers; {parameter}** is for all in it"
            kind = next(prefix for prefix in PREFIXES if parameter.startswith(prefix))
            if mistake := _MISTAKES[kind](value):
                yield f"{parameter} {mistake}; it is {value!r}"
        if len(self.to_text()) > LONGEST:
            yield f"the patterns have {len(self.to_text())} characters, written as a query string; S3 keeps {LONGEST}"


NO_PATTERNS = Patterns()


def _pattern(parameter: str) -> str:
    return parameter.partition(".")[2]


def _fits(pattern: str, key: str) -> bool:
    return bool(_expression(pattern).fullmatch(key))


@cache
def _expression(pattern: str) -> re.Pattern[str]:
    parts = _WILDCARD.split(pattern.removeprefix("/"))
    anywhere = "" if "/" in pattern else _WILDCARDS["**/"]
    return re.compile(anywhere + "".join(_WILDCARDS.get(part) or re.escape(part) for part in parts), re.DOTALL)


def _mistake_of_type(value: str) -> str:
    if _MEDIA_TYPE.fullmatch(value):
        return ""
    plus = " (a + is written %2B)" if _MEDIA_TYPE.fullmatch(value.replace(" ", "+")) else ""
    return f"must be a media type, as text/calendar{plus}"


def _mistake_of_encoding(value: str) -> str:
    return "" if value in _ENCODINGS else f"must be one of {', '.join(_ENCODINGS)}"


def _mistake_of_cache(value: str) -> str:
    for directive in map(str.strip, value.split(",")):
        name, is_given, seconds = directive.partition("=")
        if name in _IN_SECONDS and is_given and re.fullmatch("[0-9]+", seconds):
            continue
        if name in _IN_SECONDS:
            return f"must say how many seconds, as {name}=300"
        if directive not in _DIRECTIVES:
            known = ", ".join([*(f"{name}=SECONDS" for name in _IN_SECONDS), *_DIRECTIVES])
            return f"must hold directives of Cache-Control, separated by commas, of these: {known}"
    return ""


_MISTAKES: dict[str, Callable[[str], str]] = {
    TYPE: _mistake_of_type,
    ENCODING: _mistake_of_encoding,
    CACHE: _mistake_of_cache,
}
