"""What requirements resolve from, as a digest: the same digest means that the same things would be installed.

It holds the requirements file and what that includes, uv's settings, the index, the Python and the architecture.
Where a file leaves versions open, or those of what its packages need in turn, the day is part of it as well.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

_FORMAT = 1
_SETTINGS = ("uv.toml", "pyproject.toml")
_TOOLS = Path(__file__).parents[1] / "requirements.txt"
_PREFIXES = ("UV_", "PIP_")
_INCLUDE = re.compile(r"(?:-[rc]|--(?:requirement|constraint)(?=[\s=]))[\s=]*(?P<path>.+)")
_PLACE = re.compile(r"(?:-[fi]|--(?:find-links|index-url|extra-index-url)(?=[\s=]))[\s=]*(?P<place>.+)")
_NAMED = re.compile(r"(?P<name>[A-Za-z0-9][\w.-]*)\s*(?:\[[^]]*\])?\s*(?P<rest>(?:[<>=!~(;@].*|--hash.*)?)")
_PIN = re.compile(r"={2,3}\s*[^\s,;*]+\s*(?:;.*|--hash.*)?")
_FILES = (".whl", ".zip", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
_REMOTE = ("http://", "https://")


@dataclass(frozen=True)
class Resolution:
    """What a requirements file says; `pins` are the names that it gives one version."""

    digest: str
    pins: frozenset[str]
    is_hashed: bool

    @property
    def lasting_key(self) -> str:
        """The key of what is installed where every version is pinned."""
        return self.digest

    def daily_key(self, day: date) -> str:
        """The key of what is installed on a day, where the index decides about versions."""
        return hashlib.sha256(f"{self.digest} {day.isoformat()}".encode()).hexdigest()

    def settles(self, tree: Path) -> bool:
        """Whether each distribution that was installed in a tree is pinned, also those that others brought."""
        installed = {_normal(path.name.split("-")[0]) for path in tree.glob("*.dist-info")}
        return installed <= self.pins


class Unsettled(Exception):
    """Something that is installed is not fixed by what the files say: it lies in the source, or elsewhere by path."""


def read(source: Path, path: str, environment: Mapping[str, str]) -> Resolution:
    """What a requirements file of the source resolves from; `environment` is uv's.

    Raises:
        Unsettled: not even a day can be said for which it resolves to the same.
    """
    if Path(path).suffix not in {".txt", ".in"}:
        raise Unsettled(f"{path} is no list of requirements")
    texts = _texts(source, source / path, {})
    lines = [line for text in texts.values() for line in _lines(text)]
    for line in lines:
        _check(line)
    return Resolution(
        digest=_digest(texts, source, environment),
        pins=frozenset(_pins(lines)),
        is_hashed=any("--hash" in line for line in lines),
    )


def _texts(source: Path, file: Path, found: dict[str, str]) -> dict[str, str]:
    """A file and all it includes, by their paths in the source; links do not lead out of it."""
    real = file.resolve()
    if not real.is_relative_to(source.resolve()) or not real.is_file():
        raise Unsettled(f"{file.name} is no file of the source")
    name = real.relative_to(source.resolve()).as_posix()
    if name not in found:
        found[name] = real.read_text(errors="replace")
        for line in _lines(found[name]):
            if included := _INCLUDE.fullmatch(line):
                _texts(source, file.parent / included["path"].strip("\"'"), found)
    return found


def _lines(text: str) -> Iterator[str]:
    """The lines without comments; a backslash at the end joins one with the next."""
    for line in text.replace("\\\r\n", " ").replace("\\\n", " ").splitlines():
        if told := re.sub(r"(^|\s)#.*", "", line).strip():
            yield told


def _check(line: str) -> None:
    if place := _PLACE.fullmatch(line):
        settled = place["place"].strip("\"'").startswith(_REMOTE)
    elif line.startswith("-"):
        settled = not line.startswith(("-e", "--editable"))
    else:
        named = _NAMED.fullmatch(line)
        settled = bool(named) and not _is_path(line, named["rest"] if named else "")
    if not settled:
        raise Unsettled(f"{line!r} does not say what it holds")


def _is_path(line: str, rest: str) -> bool:
    at = rest.removeprefix("@").strip() if rest.startswith("@") else ""
    return line.endswith(_FILES) if not at else not at.startswith((*_REMOTE, "git+http", "git+ssh"))


def _pins(lines: list[str]) -> Iterator[str]:
    for line in lines:
        named = _NAMED.fullmatch(line)
        if named and _PIN.fullmatch(named["rest"]):
            yield _normal(named["name"])


def _normal(name: str) -> str:
    """https://packaging.python.org/en/latest/specifications/name-normalization/."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _digest(texts: Mapping[str, str], source: Path, environment: Mapping[str, str]) -> str:
    """The digest of everything; uv's own version stands in the requirements of the functions."""
    settings = {name: value for name, value in environment.items() if name.startswith(_PREFIXES)}
    told = {
        "format": _FORMAT,
        "files": {name: _sum(text.encode()) for name, text in texts.items()},
        "settings": settings,
        "settings files": {
            str(path): _sum(path.read_bytes())
            for path in [*(Path(value) for value in settings.values() if os.sep in value), _TOOLS]
            if path.is_file()
        }
        | {name: _sum((source / name).read_bytes()) for name in _SETTINGS if (source / name).is_file()},
        "python": [platform.python_implementation(), platform.python_version()],
        "platform": [sysconfig.get_platform(), *platform.libc_ver()],
    }
    return _sum(json.dumps(told, sort_keys=True).encode())


def _sum(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
