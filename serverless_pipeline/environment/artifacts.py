"""Local artifacts as assets: each in one file that its content names, however often a template names it."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import zipfile
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import TYPE_CHECKING

from serverless_pipeline import archive
from serverless_pipeline.environment import folder, paths
from serverless_pipeline.environment.paths import Unfit

if TYPE_CHECKING:
    from pathlib import Path

    from serverless_pipeline.environment.local_paths import Content

ASSETS = "assets"

_ZIPS = frozenset({".zip", ".jar", ".war", ".ear"})
_ENDING = re.compile(r"\.[A-Za-z0-9]{1,16}")


@dataclass
class Artifacts:
    """The assets of a project's templates, written below `home`; `root` and `home` are real places.

    `assets` are those that were written, by key; `known` the keys of what was asked for before.
    """

    root: Path
    home: Path
    assets: dict[str, Path] = field(default_factory=dict)
    known: dict[tuple[Path, str, Content], str] = field(default_factory=dict)

    def key(self, path: Path, name: str, content: Content) -> str:
        """The key of what lies at a real place; it is written the first time. `name` is what a link to it calls it.

        Raises:
            Unfit: it is a folder where a file is meant, or cannot be read or zipped.
        """
        asked = (path, name, content)
        if asked not in self.known:
            try:
                self.known[asked] = self._asset(*asked)
            except OSError as error:
                place = paths.named(path, self.root)
                raise Unfit(f"{place} cannot be read: {error.strerror} ({error.filename})") from error
            finally:
                self._partial().unlink(missing_ok=True)
        return self.known[asked]

    def text(self, text: bytes, ending: str) -> str:
        """The key of a text that is not in the project as it is."""
        partial = self._partial()
        partial.write_bytes(text)
        return self._keep(partial, ending)

    def _asset(self, path: Path, name: str, content: Content) -> str:
        place = paths.named(path, self.root)
        if folder.GIT in path.relative_to(self.root).parts:
            raise Unfit(f"{place} belongs to git and is never packaged")
        if path.is_dir():
            if content not in ("zip", "bundle"):
                raise Unfit(f"{place} is a folder where a file is needed")
            return self._zip(folder.files(path, self.root, {self.home}))
        if not path.is_file():
            raise Unfit(f"{place} is neither a file nor a folder")
        if content == "zip" and not zipfile.is_zipfile(path):
            if PurePath(name).suffix.lower() in _ZIPS:
                raise Unfit(f"{place} is no zip, whatever its name says")
            return self._zip({name: path})
        partial = self._partial()
        shutil.copyfile(path, partial)
        return self._keep(partial, PurePath(name).suffix)

    def _zip(self, files: dict[str, Path]) -> str:
        partial = self._partial()
        archive.pack_files(files, partial)
        return self._keep(partial, ".zip")

    def _partial(self) -> Path:
        """Where a file is written until its content is known."""
        home = self.home / ASSETS
        home.mkdir(parents=True, exist_ok=True)
        return home / f"{os.getpid()}.partial"

    def _keep(self, partial: Path, ending: str) -> str:
        """Name what was written by its content."""
        with partial.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        key = f"{ASSETS}/{digest}{ending if _ENDING.fullmatch(ending) else ''}"
        self.assets[key] = partial.replace(self.home / key)
        return key
