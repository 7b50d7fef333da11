"""A template of the project as it stands in its file: YAML or JSON, rendered by Jinja if its name ends with `.j2`."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from serverless_pipeline import jinja
from serverless_pipeline.environment import notation, paths, text

if TYPE_CHECKING:
    from collections.abc import Mapping

SETTING = "template"


@dataclass(frozen=True)
class Document:
    """A template: its path from the project's root, and what stands in it, short forms written out.

    `bounded` says that a policy bounds every role; templates that are nested in it are rendered for the same. `text` is
    what its file holds, rendered if it is to be.
    """

    path: PurePosixPath
    body: Mapping[str, Any]
    bounded: bool = False
    text: str = ""


def read(path: Path, root: Path, *, bounded: bool = False) -> Document:
    """The template at a path from the project's root, where its `tasks.py` is.

    Raises:
        Misconfigured: there is none, it cannot be read or rendered, or it has no resources; names the file, the line
            and what is wrong there.
    """
    root = root.resolve()
    try:
        real = paths.find(path, root, root)
    except paths.Unfit as error:
        notation.refuse(SETTING, f"{error}; it is a path from the folder of tasks.py")
    name = _name(path, root, real)
    if real.is_dir():
        notation.refuse(SETTING, f"{name} is a folder; a template is a file")
    written = text.read(real, str(name))
    if name.suffix == ".j2":
        written = _rendered(name, root, bounded=bounded)
    return Document(name, _checked(notation.read(written, str(name)), str(name)), bounded, written)


def _name(path: Path, root: Path, real: Path) -> PurePosixPath:
    """The path from the root as it is written: a link does not move what is found from its folder."""
    written = Path(os.path.normpath(root / path))
    return PurePosixPath(paths.named(written if written.is_relative_to(root) else real, root))


def _rendered(name: PurePosixPath, root: Path, *, bounded: bool) -> str:
    """The project's folder is searched first, then the template's own."""
    environment = jinja.environment([root, root / name.parent], bounded=bounded)
    rendered = jinja.render(environment, str(name), {})
    text.check_size(len(rendered.encode()), f"{name}, rendered")
    return rendered


def _checked(body: object, name: str) -> dict[str, Any]:
    if body is None:
        notation.refuse(name, "it is empty; a template has Resources")
    if not isinstance(body, dict):
        notation.refuse(name, "it is no template, which is a mapping with Resources")
    if not isinstance(body.get("Resources"), dict) or not body["Resources"]:
        notation.refuse(name, "it has no Resources")
    return body
