"""A site: a folder with an index.html that is delivered as it is, or made by a build."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from serverless_pipeline.init.builds import Build
    from serverless_pipeline.init.place import Place

_INDEX = "index.html"
_FOLDERS = ("public", "site", "www", "web", "html", "static", "src", "dist", "build", "out", "_site", "docs")
_ROOTS = ("", "frontend/", "client/", "web/", "app/", "site/")
_NO_CONTENT = {
    *("tasks", "tests", "test", "node_modules", "venv", "dist", "cfn", "__pycache__"),
    *("tasks.py", "package.json", "package-lock.json", "pyproject.toml", "uv.lock", "Makefile", "LICENSE"),
}
_NO_SUFFIXES = {".md", ".rst", ".yaml", ".yml", ".toml", ".lock", ".py", ".txt"}
_CONTENT = {"robots.txt", "humans.txt", "ads.txt"}


@dataclass(frozen=True)
class Site:
    """What is delivered: `folder`, which a build makes if `is_built`.

    Where the index.html lies among the other files of the project, `parts` are those that belong to the site.
    """

    folder: PurePosixPath
    is_built: bool = False
    parts: tuple[str, ...] = ()

    @property
    def is_scattered(self) -> bool:
        return bool(self.parts)


def find(place: Place, builds: tuple[Build, ...]) -> Site | None:
    """The site of a project, if it has one: what a build makes, a folder of its own, or the project itself."""
    for build in builds:
        if build.output is not None:
            return Site(build.output, is_built=True)
    for folder in (PurePosixPath(f"{root}{name}") for root in _ROOTS for name in _FOLDERS):
        if (place.folder / folder / _INDEX).is_file() and not place.ignores(folder):
            return Site(folder)
    if (place.folder / _INDEX).is_file():
        return Site(PurePosixPath("dist/site"), parts=tuple(_parts(place.folder)))
    return None


def _parts(folder: Path) -> list[str]:
    """The files and folders beside an index.html that are for its readers."""
    return sorted(
        entry.name
        for entry in folder.iterdir()
        if not entry.name.startswith(".")
        and entry.name not in _NO_CONTENT
        and (entry.suffix not in _NO_SUFFIXES or entry.name in _CONTENT)
    )
