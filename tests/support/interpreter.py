"""An interpreter as Lambda has its own: it finds its shared library by LD_LIBRARY_PATH, and nowhere else."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

_LIBRARY = re.compile(r"(libpython[\w.]+) => (\S+)")


def needing_its_library(folder: Path) -> Path:
    """A copy of this interpreter below `folder`, which lies as Lambda's does: `bin/python3.x`, and `lib` beside it.

    Its library has a name of its own, so that the machine's is none. Where this interpreter holds its library itself,
    nothing can be shown: the test is skipped, and fails in CI.
    """
    base = Path(os.path.realpath(sys.executable))
    listed = subprocess.run(["ldd", base], capture_output=True, text=True, check=False).stdout
    if not (library := _LIBRARY.search(listed)):
        (pytest.fail if "CI" in os.environ else pytest.skip)("this interpreter has no shared library of its own")
    name, other = library[1], library[1].replace("python", "lambda")
    copy = folder / "bin" / base.name
    copy.parent.mkdir(parents=True)
    copy.write_bytes(base.read_bytes().replace(f"{name}\0".encode(), f"{other}\0".encode()))
    shutil.copymode(base, copy)
    (folder / "lib").mkdir()
    (folder / "lib" / other).symlink_to(library[2])
    (folder / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}").symlink_to(
        sysconfig.get_path("stdlib")
    )
    return copy
