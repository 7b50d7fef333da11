"""uv's settings in a source: `uv.toml`, or `[tool.uv]` in `pyproject.toml`, of the folder it works in or of one above.

https://docs.astral.sh/uv/concepts/configuration-files/
"""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lambdas.tasks.project import Place

_UV, _PROJECT = "uv.toml", "pyproject.toml"
_NO_PLACES = ("default-groups", "dependency-groups", "conflicts")
"""What holds names of groups; a folder may be called as one of them."""
_OF_A_PROJECT = (
    *("workspace", "sources", "managed", "package", "build-backend", "dev-dependencies"),
    *_NO_PLACES,
)
"""What uv takes in `pyproject.toml` alone, and what says nothing to an installation from a list."""
_LOCAL = ("file:", "/", "./", "../", "~")


def files(place: Place, folder: Path) -> list[Path]:
    """The files from which uv may read its settings when it works in `folder`, the nearest first."""
    above = [one for one in (folder, *folder.parents) if one.is_relative_to(place.source)]
    return [path for one in above for name in (_UV, _PROJECT) if (path := one / name).is_file()]


def local_place(path: Path) -> str:
    """The first thing in a file of settings that lies in the source, or elsewhere on this disk; empty if there is none.

    Raises:
        ValueError: the file is none of TOML.
    """
    return next((text for text in _texts(_section(path)) if _is_local(text, path.parent)), "")


def portable(place: Place, folder: Path) -> str:
    """What counts of them where uv works elsewhere, as a `uv.toml`: those of the nearest file that has some."""
    sections = (_section(path) for path in files(place, folder))
    nearest = next(filter(None, sections), {})
    return "".join(f"{_written(key)} = {_written(one)}\n" for key, one in nearest.items() if key not in _OF_A_PROJECT)


def _section(path: Path) -> dict[str, Any]:
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    section = document if path.name == _UV else document.get("tool", {}).get("uv", {})
    return section if isinstance(section, dict) else {}


def _written(value: Any) -> str:  # noqa: ANN401 - any TOML
    """A value as TOML has it; its texts are written as JSON's are."""
    match value:
        case list():
            return f"[{', '.join(map(_written, value))}]"
        case dict():
            return f"{{{', '.join(f'{_written(key)} = {_written(one)}' for key, one in value.items())}}}"
        case str():
            return json.dumps(value)
        case bool():
            return str(value).lower()
    return str(value)


def _texts(value: Any) -> Iterator[str]:  # noqa: ANN401 - any TOML
    match value:
        case str():
            yield value
        case list():
            for item in value:
                yield from _texts(item)
        case dict():
            yield from _texts([one for key, one in value.items() if key not in _NO_PLACES])


def _is_local(text: str, folder: Path) -> bool:
    """`wheels`, `./wheels`, `six @ file:///tmp/six.whl`."""
    place = text.rpartition("@")[2].strip()
    try:
        return place.startswith(_LOCAL) or (bool(place) and (folder / place).exists())
    except (OSError, ValueError):
        return False
