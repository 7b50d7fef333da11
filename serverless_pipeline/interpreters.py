"""The Pythons of this laptop: its own, and the one of a version, where there is one.

A function on the embedded AWS runs on that of its version, and the bundle gets its bytecode by it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

FIND_SECONDS = 30
DESCRIBE = """
import json, os, sys, sysconfig
library = os.path.join(sysconfig.get_config_var("LIBDIR") or "", sysconfig.get_config_var("INSTSONAME") or "")
print(json.dumps({
    "version": "%d.%d" % sys.version_info[:2],
    "release": "%d.%d.%d" % sys.version_info[:3],
    "executable": os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable),
    "modules": os.path.realpath(sysconfig.get_path("stdlib", vars={"installed_base": sys.base_prefix})),
    "library": library if ".so" in library and os.path.isfile(library) else None,
    "folder": getattr(sys, "platlibdir", "lib"),
}))
"""
"""What is asked of an interpreter; it may be as old as Lambda's oldest."""


@dataclass(frozen=True)
class Interpreter:
    """An installed Python.

    `version` is such as `3.13`, `release` such as `3.13.7`, `modules` the folder of the standard library, `library` the
    shared library that the program needs, and `folder` what the folder of libraries is called below its prefix, `lib`
    or `lib64`.
    """

    version: str
    release: str
    executable: Path
    modules: Path
    library: Path | None
    folder: str


@cache
def own() -> Interpreter:
    """That of this process."""
    return _describe(sys.executable)


@cache
def find(version: str) -> Interpreter | None:
    """One of this version: among those of pyenv and uv, or on the PATH; nothing is downloaded."""
    if version == own().version:
        return own()
    for executable in _candidates(version):
        with suppress(OSError, ValueError, KeyError, subprocess.SubprocessError):
            interpreter = _describe(executable)
            if interpreter.version == version:
                return interpreter
    return None


def _candidates(version: str) -> Iterator[str]:
    """Those of pyenv first: they are there without asking, and its programs on the PATH make uv take half a second."""
    from uv import find_uv_bin

    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield from (str(path) for path in pyenv.glob(f"versions/{version}.*/bin/python{version}"))
    words = [find_uv_bin(), "python", "find", "--no-project", "--no-python-downloads", version]
    with suppress(OSError, subprocess.SubprocessError):
        output = subprocess.run(words, capture_output=True, text=True, timeout=FIND_SECONDS, check=True)  # noqa: S603
        yield output.stdout.strip()


def _describe(executable: str) -> Interpreter:
    words = [executable, "-I", "-c", DESCRIBE]
    output = subprocess.run(words, capture_output=True, text=True, timeout=FIND_SECONDS, check=True)  # noqa: S603
    document = json.loads(output.stdout)
    return Interpreter(
        version=document["version"],
        release=document["release"],
        executable=Path(document["executable"]),
        modules=Path(document["modules"]),
        library=Path(document["library"]) if document["library"] else None,
        folder=document["folder"],
    )
