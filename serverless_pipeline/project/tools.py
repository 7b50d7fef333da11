"""Tools that a project brings to its tasks: layers, which Lambda lays under `/opt`, with `/opt/bin` on PATH.

Each is the ARN of a layer's version, or a folder or a zip of the project, of which a layer is made. Limits and layout:
https://docs.aws.amazon.com/lambda/latest/dg/chapter-layers.html.
"""

from __future__ import annotations

import hashlib
import os
import stat
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from serverless_pipeline import archive
from serverless_pipeline.errors import Misconfigured
from serverless_pipeline.project import machine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from serverless_pipeline.settings import Settings

_FORMAT = b"1"
_PROGRAMS = "bin"


@dataclass(frozen=True)
class Layer:
    """A layer of the project's own: the setting's word for it, and its zip; `digest` is the SHA-256 of its bytes."""

    origin: str
    path: Path
    digest: str

    @property
    def key(self) -> str:
        """Its key in a bucket: its content names it."""
        return f"tools/{self.digest}.zip"

    @property
    def unpacked(self) -> int:
        """Its bytes under `/opt`."""
        with zipfile.ZipFile(self.path) as zipped:
            return sum(member.file_size for member in zipped.infolist())

    @property
    def programs(self) -> list[str]:
        """The names of those in its `bin`, links among them."""
        with zipfile.ZipFile(self.path) as zipped:
            return [Path(member.filename).name for member in zipped.infolist() if _is_in_bin(member)]

    def mistakes(self, settings: Settings) -> Iterator[str]:
        """Programs in its `bin` that the functions cannot run, in words; links are not followed."""
        with zipfile.ZipFile(self.path) as zipped:
            for member in zipped.infolist():
                if _is_in_bin(member) and not stat.S_ISLNK(member.external_attr >> 16):
                    words = _mistake(zipped, member, machine.of(settings))
                    yield from [f"tools: {member.filename} of {self.origin} {words}"] if words else []


def is_own(tool: str) -> bool:
    """Whether a tool lies in the project; else it is an ARN."""
    return not tool.startswith("arn:")


def parameter(number: int) -> str:
    """The templates' parameter for a tool by its number, which counts from 1."""
    return f"Tools{number}"


def build(settings: Settings, folder: Path | None = None) -> tuple[Layer, ...]:
    """The layers of what lies in the project, in the settings' order; packed as far as they changed.

    Raises:
        Misconfigured: one is not there, is no zip or a damaged one, or has nothing in it.
    """
    folder = folder or Path(".local") / "tools"
    return tuple(_layer(tool, Path(tool), folder) for tool in settings.tools if is_own(tool))


def values(settings: Settings, layers: tuple[Layer, ...]) -> dict[str, str]:
    """The values of the parameters: the key of a layer's zip, or its ARN."""
    keys = {layer.origin: layer.key for layer in layers}
    return {parameter(number): keys.get(tool, tool) for number, tool in enumerate(settings.tools, 1)}


def _layer(tool: str, origin: Path, folder: Path) -> Layer:
    if origin.is_dir():
        return _packed(tool, origin, folder)
    if not zipfile.is_zipfile(origin):
        what = "no zip" if origin.exists() else "not there"
        hint = f"name a folder or a zip of the project, whose bin/ holds programs, or the ARN of a layer, not {tool}"
        raise Misconfigured(f"tools: {tool} is {what}.", hint=hint)
    try:
        zipfile.ZipFile(origin).close()
    except (zipfile.BadZipFile, NotImplementedError, UnicodeDecodeError) as error:
        raise Misconfigured(f"tools: {tool} is damaged: {error}.", hint=f"pack {tool} anew") from error
    return Layer(tool, origin, archive.digest([origin]))


def _packed(tool: str, origin: Path, folder: Path) -> Layer:
    """The zip of a folder, kept by what is in the folder."""
    files = archive.files(origin)
    for name, path in files.items():
        if not stat.S_ISREG(mode := path.lstat().st_mode) and not stat.S_ISLNK(mode):
            raise Misconfigured(f"tools: {name} of {tool} is neither a file nor a link.", hint=f"rm {origin / name}")
    if not files:
        raise Misconfigured(f"tools: {tool} is empty.", hint=f"put programs into {tool}/{_PROGRAMS}, or leave it out")
    key = _key(files)
    if packed := next(folder.glob(f"{key}-*.zip"), None):
        return Layer(tool, packed, packed.stem.removeprefix(f"{key}-"))
    path = folder / f"{key}.zip"
    digest = archive.pack_files(files, path)
    return Layer(tool, path.replace(path.with_stem(f"{key}-{digest}")), digest)


def _key(files: dict[str, Path]) -> str:
    total = hashlib.sha256(_FORMAT)
    for name, path in sorted(files.items()):
        mode = path.lstat().st_mode
        content = os.fsencode(path.readlink()) if stat.S_ISLNK(mode) else archive.digest([path]).encode()
        total.update(f"{name}\0{stat.S_IFMT(mode) | mode & stat.S_IXUSR}\0".encode() + content + b"\0")
    return total.hexdigest()


def _is_in_bin(member: zipfile.ZipInfo) -> bool:
    return not member.is_dir() and Path(member.filename).parent == Path(_PROGRAMS)


def _mistake(zipped: zipfile.ZipFile, member: zipfile.ZipInfo, wanted: str) -> str:
    """Why a program would not run; empty if nothing speaks against it."""
    if not member.external_attr >> 16 & stat.S_IXOTH:
        return "may not be executed by everybody; chmod a+rx"
    try:
        with zipped.open(member) as program:
            built = machine.built_for(program.read(machine.HEADER))
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:
        return f"cannot be read: {error}"
    return f"is built for {built}, the functions are {wanted}" if built not in ("", wanted) else ""
