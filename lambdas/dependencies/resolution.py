"""What requirements resolve from, as a digest: the same digest means that the same things would be installed.

It holds the requirements file and what that includes, uv's settings, the index, the Python and the architecture.
Where a file leaves versions open, or those of what its packages need in turn, the day is part of it as well.
"""

from __future__ import annotations

import codecs
import hashlib
import json
import os
import platform
import re
import sysconfig
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from lambdas.dependencies import settings
from lambdas.dependencies.named import LOCK, PROJECT, Named

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from lambdas.tasks.project import Place

_FORMAT = 2
_TOOLS = Path(__file__).parents[1] / "requirements.txt"
_PREFIXES = ("UV_", "PIP_")
_INCLUDE = re.compile(r"(?:-[rc]|--(?:requirement|constraint)(?=[\s=]))[\s=]*(?P<path>.+)")
_PLACE = re.compile(r"(?:-[fi]|--(?:find-links|index-url|extra-index-url)(?=[\s=]))[\s=]*(?P<place>.+)")
_REQUIREMENT = re.compile(r"(?P<name>[A-Za-z0-9][\w.-]*)\s*(?:\[[^]]*\])?\s*(?P<rest>(?:[<>=!~(;@].*|--hash.*)?)")
_PIN = re.compile(r"={2,3}\s*[^\s,;*]+\s*(?:;.*|--hash.*)?")
_FILES = (".whl", ".zip", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
_LOCAL = {"editable", "directory", "path"}
"""Sources in a lock that lie in the folder of the project; a project that is no package is `virtual`."""
_REMOTE = ("http://", "https://")


@dataclass(frozen=True)
class Resolution:
    """What a requirements file says; `pins` are the names that it gives one version.

    `lasting_key` is the key of what is installed where every version is pinned. `lists` are the files of requirements
    by their paths in the project; a lock is none.
    """

    lasting_key: str
    pins: frozenset[str]
    is_hashed: bool
    lists: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_source(cls, place: Place, path: str, environment: Mapping[str, str]) -> Resolution:
        """Read what the setting `requirements` names in the project; `environment` is uv's.

        Raises:
            Unsettled: not even a day can be said for which it resolves to the same.
        """
        named, source = Named.parse(path), place.project
        if named.name == LOCK:
            return cls._from_lock(place, named, environment)
        if not named.is_list:
            raise Unsettled(f"{path} is no list of requirements")
        texts = _texts(source, source / path, {})
        lines = [line for text in texts.values() for line in _lines(text)]
        for line in lines:
            _check(line)
        is_hashed = any("--hash" in line for line in lines)
        told = _settings(place, source)
        return cls(_digest(texts, told, environment), frozenset(_pins(lines)), is_hashed, texts)

    @classmethod
    def _from_lock(cls, place: Place, named: Named, environment: Mapping[str, str]) -> Resolution:
        """A lock fixes everything but what lies in the source itself, the project included if it is a package."""
        source = place.project
        files = [source / named.path, source / named.folder / PROJECT]
        texts = {path.relative_to(source).as_posix(): _text(path) for path in files if path.is_file()}
        try:
            packages = tomllib.loads(texts[named.path])["package"]
            local = [one["name"] for one in packages if _LOCAL & one["source"].keys()]
            pins = frozenset(_normalize(one["name"]) for one in packages)
        except (KeyError, TypeError, AttributeError, tomllib.TOMLDecodeError) as error:
            raise Unsettled(f"{named.path} cannot be read") from error
        if local:
            raise Unsettled(f"{local[0]} lies in the source")
        told = _settings(place, source / named.folder)
        return cls(_digest(texts | {"groups": ",".join(named.groups)}, told, environment), pins, is_hashed=False)

    def daily_key(self, day: date) -> str:
        """The key of what is installed on a day, where the index decides about versions."""
        return _sha256(f"{self.lasting_key} {day.isoformat()}".encode())

    def settles(self, tree: Path) -> bool:
        """Whether each distribution that was installed in a tree is pinned, also those that others brought."""
        installed = {_normalize(path.name.split("-")[0]) for path in tree.glob("*.dist-info")}
        return installed <= self.pins


class Unsettled(Exception):
    """Something that is installed is not fixed by what the files say: it lies in the source, or elsewhere by path."""


def _texts(source: Path, file: Path, texts: dict[str, str]) -> dict[str, str]:
    """A file and all it includes, by their paths in the source, added to `texts`; links do not lead out of it."""
    real = file.resolve()
    if not real.is_relative_to(source.resolve()) or not real.is_file():
        raise Unsettled(f"{file.name} is no file of the source")
    name = real.relative_to(source.resolve()).as_posix()
    if name not in texts:
        texts[name] = _text(real)
        for line in _lines(texts[name]):
            if include := _INCLUDE.fullmatch(line):
                _texts(source, file.parent / include["path"].strip("\"'"), texts)
    return texts


def _text(path: Path) -> str:
    """What a file says; as uv does, by its byte order mark if it has one."""
    content = path.read_bytes()
    wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return content.decode("utf-16" if wide else "utf-8-sig", errors="replace").replace("\r\n", "\n")


def _lines(text: str) -> Iterator[str]:
    """The lines without comments; a backslash at the end joins one with the next."""
    for line in text.replace("\\\n", " ").splitlines():
        if words := re.sub(r"(^|\s)#.*", "", line).strip():
            yield words


def _check(line: str) -> None:
    if place := _PLACE.fullmatch(line):
        is_settled = place["place"].strip("\"'").startswith(_REMOTE)
    elif line.startswith("-"):
        is_settled = not line.startswith(("-e", "--editable"))
    else:
        requirement = _REQUIREMENT.fullmatch(line)
        is_settled = requirement is not None and not _is_path(line, requirement["rest"])
    if not is_settled:
        raise Unsettled(f"{line!r} does not say what it holds")


def _is_path(line: str, rest: str) -> bool:
    """Whether a requirement is a file that lies somewhere, by its name alone or behind an @."""
    if not rest.startswith("@"):
        return line.endswith(_FILES)
    return not rest.removeprefix("@").strip().startswith((*_REMOTE, "git+http", "git+ssh"))


def _pins(lines: list[str]) -> Iterator[str]:
    for line in lines:
        requirement = _REQUIREMENT.fullmatch(line)
        if requirement and _PIN.fullmatch(requirement["rest"]):
            yield _normalize(requirement["name"])


def _normalize(name: str) -> str:
    """https://packaging.python.org/en/latest/specifications/name-normalization/."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _settings(place: Place, folder: Path) -> dict[str, str]:
    """The digests of uv's settings in the source, by their paths there."""
    paths = settings.files(place, folder)
    for path in paths:
        try:
            local = settings.local_place(path)
        except ValueError as error:
            raise Unsettled(f"{path.name} cannot be read") from error
        if local:
            raise Unsettled(f"{local!r} in {path.name} does not say what it holds")
    return {path.relative_to(place.source).as_posix(): _sha256(path.read_bytes()) for path in paths}


def _digest(texts: Mapping[str, str], told: Mapping[str, str], environment: Mapping[str, str]) -> str:
    """The digest of everything, `told` among it; uv's own version stands in the requirements of the functions."""
    variables = {name: value for name, value in environment.items() if name.startswith(_PREFIXES)}
    document = {
        "format": _FORMAT,
        "files": {name: _sha256(text.encode()) for name, text in texts.items()},
        "settings": variables,
        "settings files": {
            str(path): _sha256(path.read_bytes())
            for path in [*(Path(value) for value in variables.values() if os.sep in value), _TOOLS]
            if path.is_file()
        },
        "settings of the source": told,
        "python": [platform.python_implementation(), platform.python_version()],
        "platform": [sysconfig.get_platform(), *platform.libc_ver()],
    }
    return _sha256(json.dumps(document, sort_keys=True).encode())


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
