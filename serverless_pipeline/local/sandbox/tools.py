"""The programs that AWS's image of a Python runtime has on its PATH, as copies of the laptop's.

Found in `public.ecr.aws/lambda/python`: the core utilities, a shell and curl. What is not among them (git, make, a
compiler, Node.js, docker) is "not found" in a function as it is on Lambda.
"""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

NAMES = (
    *("[", "awk", "base64", "basename", "bash", "cat", "chmod", "chown", "cp", "curl", "cut", "date", "dd", "df"),
    *("dirname", "du", "echo", "env", "expr", "false", "grep", "head", "id", "ln", "ls", "md5sum", "mkdir", "mktemp"),
    *("mv", "nohup", "nproc", "printenv", "printf", "readlink", "realpath", "rm", "rmdir", "sed", "seq", "sh"),
    *("sha256sum", "sleep", "sort", "stat", "tail", "tee", "test", "timeout", "touch", "tr", "true", "tty", "uname"),
    *("uniq", "wc", "whoami", "xargs"),
)
PLACES = "/usr/bin:/bin:/run/current-system/sw/bin"
"""Where a system keeps its own programs; what a user put first on the PATH is not asked."""


def copy(folder: Path) -> Path:
    """The folder with copies of those that the laptop has, made once; they are complete when the folder is there."""
    if not folder.exists():
        unfinished = folder.with_name(f"{folder.name}.{os.getpid()}")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        for name in NAMES:
            if program := shutil.which(name, path=PLACES):
                shutil.copy(program, unfinished / name)
        unfinished.rename(folder)
    return folder
