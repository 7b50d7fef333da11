"""What npm builds and tests: each package.json of a project with a script for it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from serverless_pipeline.init import walk

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME = "package.json"

_NO_TESTS = "no test specified"
"""What `npm init` writes where there are no tests."""

_INSTALLS = {
    "package-lock.json": "npm ci",
    "npm-shrinkwrap.json": "npm ci",
    "pnpm-lock.yaml": "npx --yes pnpm install --frozen-lockfile",
    "yarn.lock": "npx --yes yarn install --frozen-lockfile",
}
"""How what a lock names is installed."""

_OUTPUTS = {
    "next": "out",
    "nuxt": ".output/public",
    "gatsby": "public",
    "@11ty/eleventy": "_site",
    "@docusaurus/core": "build",
    "react-scripts": "build",
    "@sveltejs/kit": "build",
    "astro": "dist",
    "@vue/cli-service": "dist",
    "parcel": "dist",
    "vite": "dist",
}
"""The folder that a tool makes of a site unless it is told otherwise; the first that a package needs counts."""

_FOLDERS = ("dist", "build", "out", "_site", "public")


@dataclass(frozen=True)
class Build:
    """A folder with a package.json, and what is typed there in its order; `output` is the site that comes of it."""

    folder: PurePosixPath
    commands: tuple[str, ...]
    output: PurePosixPath | None = None

    @property
    def path(self) -> PurePosixPath:
        return self.folder / NAME


def find(folder: Path) -> tuple[Build, ...]:
    """The packages of npm that build or test something; one with workspaces does it for those below it."""
    if "workspaces" in _package(folder / NAME):
        paths = [PurePosixPath(NAME)]
    else:
        paths = [path for path in walk.files(folder, NAME) if path.name == NAME and not walk.is_aside(path)]
    return tuple(build for path in paths if (build := _read(folder, path.parent)))


def _read(root: Path, folder: PurePosixPath) -> Build | None:
    package = _package(root / folder / NAME)
    scripts = package.get("scripts") if isinstance(package.get("scripts"), dict) else {}
    commands = [f"npm {words}" for words in _words(scripts or {})]
    if not commands:
        return None
    output = _output(root, folder, package) if "npm run build" in commands else None
    return Build(folder, (_install(root / folder), *commands), output)


def _package(path: Path) -> Mapping[str, Any]:
    try:
        package = json.loads(walk.text(path))
    except ValueError:
        return {}
    return package if isinstance(package, dict) else {}


def _words(scripts: Mapping[str, Any]) -> list[str]:
    tests = [] if _NO_TESTS in str(scripts.get("test", _NO_TESTS)) else ["test"]
    return [*tests, *(["run build"] if "build" in scripts else [])]


def _install(folder: Path) -> str:
    return next((command for lock, command in _INSTALLS.items() if (folder / lock).is_file()), "npm install")


def _output(root: Path, folder: PurePosixPath, package: Mapping[str, Any]) -> PurePosixPath | None:
    """The site that a build makes: where its tool puts it, or where one lies that was built before."""
    needs = {**(package.get("dependencies") or {}), **(package.get("devDependencies") or {})}
    for tool, output in _OUTPUTS.items():
        if tool in needs:
            return folder / output
    built = (folder / name for name in _FOLDERS if (root / folder / name / "index.html").is_file())
    return next(built, None)
