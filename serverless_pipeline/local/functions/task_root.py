"""A function's code on disk, as Lambda lays it out under /var/task.

MiniStack unpacks a zip without the permissions it holds, so that a program in it cannot be executed and a symbolic
link becomes a text file; and it unpacks again for every process. Here modes and links are kept, and the same code is
unpacked once, so that its compiled modules are there for the next process.
"""

import hashlib
import io
import shutil
import stat
import threading
import zipfile
from collections.abc import Sequence
from pathlib import Path

PERMISSIONS, OTHERS, ALL, DEFAULT = 0o777, 0o007, 0o111, 0o644
"""A function's user owns nothing of its code, so only what an archive grants to others holds, as on Lambda:
https://repost.aws/knowledge-center/lambda-deployment-package-errors."""

_lock = threading.Lock()


class Unusable(Exception):
    """The archive cannot be laid out as code."""


def unpack(archive: bytes, folder: Path) -> Path:
    """The folder that holds the code, below `folder`, named by the digest of the archive."""
    return unpack_all([archive], folder)


def unpack_all(archives: Sequence[bytes], folder: Path) -> Path:
    """The folder that holds several archives one over the other, named by the digest of them all."""
    code = folder / hashlib.sha256(b"".join(archives)).hexdigest()
    with _lock:
        if not code.exists():
            unfinished = code.with_suffix(".new")
            shutil.rmtree(unfinished, ignore_errors=True)
            unfinished.mkdir(parents=True)
            for archive in archives:
                _extract(archive, unfinished)
            unfinished.rename(code)
    return code


def _extract(archive: bytes, folder: Path) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as members:
            for member in members.infolist():
                _write(members, member, folder)
    except zipfile.BadZipFile as error:
        raise Unusable(f"the function's code is no zip archive: {error}") from error


def _write(members: zipfile.ZipFile, member: zipfile.ZipInfo, folder: Path) -> None:
    mode = member.external_attr >> 16
    if stat.S_ISLNK(mode):
        _link(members.read(member).decode(), folder / member.filename, folder)
        return
    _clear(folder / member.filename, folder)
    path = Path(members.extract(member, folder))
    if path.is_file():
        path.chmod((mode & OTHERS) * ALL if mode & PERMISSIONS else DEFAULT)


def _link(target: str, link: Path, folder: Path) -> None:
    """Links stay inside; the name was made by whoever made the archive."""
    inside = folder.resolve()
    if not (link.parent / target).resolve().is_relative_to(inside) or not link.parent.resolve().is_relative_to(inside):
        raise Unusable(f"the symbolic link {link.name} leads out of the function's code")
    link.parent.mkdir(parents=True, exist_ok=True)
    _clear(link, folder)
    link.symlink_to(target)


def _clear(place: Path, folder: Path) -> None:
    """What an archive below has at the same place goes first: it may be read-only, or a link to another file."""
    if place.parent.resolve().is_relative_to(folder.resolve()) and (place.is_symlink() or place.is_file()):
        place.unlink()
