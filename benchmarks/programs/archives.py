"""One way to pack a tree or to unpack an archive, measured from inside.

    python -m benchmarks.programs.archives WAY TREE ARCHIVE FOLDER

It prints the seconds that it took, without Python's own start, and the most megabytes of memory, as JSON.
"""

from __future__ import annotations

import json
import resource
import shutil
import sys
import time
import zipfile
from pathlib import Path

from lambdas.artifacts import archive


def pack_ours(tree: Path, packed: Path, _folder: Path) -> None:
    archive.pack(tree, packed)


def pack_shutil(tree: Path, packed: Path, _folder: Path) -> None:
    shutil.make_archive(str(packed.with_suffix("")), "zip", tree)


def unpack_ours(_tree: Path, packed: Path, folder: Path) -> None:
    archive.unpack(packed, folder)


def unpack_zipfile(_tree: Path, packed: Path, folder: Path) -> None:
    zipfile.ZipFile(packed).extractall(folder)


WAYS = {
    "pack ours": pack_ours,
    "pack shutil": pack_shutil,
    "unpack ours": unpack_ours,
    "unpack zipfile": unpack_zipfile,
}


def main(name: str, *paths: str) -> None:
    tree, packed, folder = map(Path, paths)
    started = time.perf_counter()
    WAYS[name](tree, packed, folder)
    seconds = time.perf_counter() - started
    print(json.dumps([seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))


if __name__ == "__main__":
    main(*sys.argv[1:])
