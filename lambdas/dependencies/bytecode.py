"""Bytecode for what is installed once and started often.

A zip keeps no times, so Python would find bytecode with a time in it stale at each start; this is valid wherever the
tree lies. No path of this machine is in it, so the same files stay the same zip.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from lambdas.dependencies import uv
from lambdas.tasks import process

if TYPE_CHECKING:
    from pathlib import Path


def add(tree: Path, deadline: float) -> float:
    """Compile what lies in a tree; answer the seconds it took, at most half of those until `deadline`.

    Nothing of it runs: no module of the tree stands in for one of Python's own.
    What cannot be compiled, as templates and examples of another Python, is left as it is.
    """
    command = [sys.executable, "-I", "-m", "compileall", "-qq", "-s", str(tree)]
    command += ["--invalidation-mode", "unchecked-hash", str(tree)]
    now = time.monotonic()
    until = now + (deadline - now) / 2
    return process.run(command, cwd=tree, env=uv.environment(), deadline=until, runs_code=False).seconds
