"""Reproducible zips: the same files give the same bytes, whatever their dates, their owner or the order of the disk.

Tasks use it inside the function too, so it needs nothing beyond the standard library.
"""

import hashlib
import os
import shutil
import stat
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

EPOCH = (1980, 1, 1, 0, 0, 0)
SKIPPED = frozenset({"__pycache__", ".DS_Store", ".pytest_cache", ".ruff_cache", ".mypy_cache"})

_UNIX = 3


def pack(folder: Path, target: Path, *, comment: str = "") -> str:
    """Zip all files below `folder` into `target` and answer the SHA-256 of the archive, in hex.

    Raises:
        FileNotFoundError: there is no such folder.
    """
    if not folder.is_dir():
        raise FileNotFoundError(f"There is no folder {folder} to pack")
    return pack_files(files(folder), target, comment=comment)


def files(folder: Path) -> dict[str, Path]:
    """What of a folder is packed, by its name in the archive."""
    return {path.relative_to(folder).as_posix(): path for path in _files(folder)}


def pack_files(files: Mapping[str, Path], target: Path, *, comment: str = "") -> str:
    """Zip `files` (name in the archive to path) into `target`; executable bits and symbolic links are kept.

    The archive appears under its name only when it is whole.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f"{target.name}.{os.getpid()}.partial")
    try:
        with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.comment = comment.encode()
            for name in sorted(files):
                _write(archive, name, files[name])
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    return digest([target])


def digest(paths: Iterable[Path]) -> str:
    """The SHA-256, in hex, of the contents of files, one after another."""
    total = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            total.update(hashlib.file_digest(file, "sha256").digest())
    return total.hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.name in SKIPPED or path.suffix == ".pyc":
            continue
        if path.is_dir() and not path.is_symlink():
            yield from _files(path)
        else:
            yield path


def _write(archive: zipfile.ZipFile, name: str, path: Path) -> None:
    status = path.lstat()
    mode = status.st_mode
    entry = zipfile.ZipInfo(name, EPOCH)
    entry.create_system = _UNIX
    entry.compress_type = zipfile.ZIP_DEFLATED
    if stat.S_ISLNK(mode):
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, os.fsencode(path.readlink()))
        return
    entry.file_size = status.st_size  # by which zipfile knows whether two gigabytes are enough
    entry.external_attr = (stat.S_IFREG | (0o755 if mode & stat.S_IXUSR else 0o644)) << 16
    with path.open("rb") as source, archive.open(entry, "w") as sink:
        shutil.copyfileobj(source, sink)
