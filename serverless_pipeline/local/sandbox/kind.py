"""Which sandbox works on this laptop: bubblewrap's, one by namespaces, or none, and then why not."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from serverless_pipeline.local.sandbox import system, tools
from serverless_pipeline.local.sandbox.bubblewrap import Bubblewrap
from serverless_pipeline.local.sandbox.namespaces import Namespaces
from serverless_pipeline.local.sandbox.root import Bind, Memory, Root

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TRIAL_SECONDS = 20
TRIAL_BYTES = 1 << 20


@dataclass(frozen=True)
class Unavailable:
    """No sandbox can be made; `reason` is told."""

    reason: str

    name = "none"


ANY = frozenset({"automatic", "required"})

Sandbox = Bubblewrap | Namespaces
Kind = Sandbox | Unavailable


def find(folder: Path, wanted: str = "automatic") -> Kind:
    """The first kind that runs a program, of those that are wanted; what they need is written below `folder`."""
    if wanted == "none":
        return Unavailable("the setting local_sandbox is none")
    if sys.platform != "linux":
        return Unavailable(f"a sandbox needs the namespaces of Linux, and this is {sys.platform}")
    reasons = []
    for sandbox in _candidates(folder):
        if wanted not in {*ANY, sandbox.name}:
            continue
        if not (reason := _failure(sandbox, folder)):
            return sandbox
        reasons.append(f"{sandbox.name}: {reason}")
    return Unavailable("; ".join(reasons) or f"{wanted} is not installed")


def base(folder: Path) -> Root:
    """What every sandbox has in common: programs, libraries, `/etc`."""
    programs = Bind(tools.copy(folder / "bin"), "/usr/bin")
    return Root.of([programs], system.libraries(), system.configuration(folder / "etc"))


def _candidates(folder: Path) -> Iterator[Sandbox]:
    setpriv = shutil.which("setpriv", path=tools.PLACES)
    is_root = os.getuid() == 0
    program = shutil.which("bwrap")
    if program and (setpriv or not is_root):
        yield Bubblewrap(program, setpriv if is_root else None)
    place = folder / "root"
    place.mkdir(parents=True, exist_ok=True)
    yield Namespaces(sys.executable, place)


def _failure(sandbox: Sandbox, folder: Path) -> str:
    """Why a program does not run in it; empty if it runs."""
    root = Root.of(base(folder).entries, [Memory("/tmp", TRIAL_BYTES)])  # noqa: S108 - of the sandbox
    try:
        trial = subprocess.run(  # noqa: S603 - our own command
            sandbox.command(root, "/tmp", ["/bin/true"]),  # noqa: S108
            capture_output=True,
            text=True,
            errors="replace",
            timeout=TRIAL_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return trial.stderr.strip() or f"exit status {trial.returncode}" if trial.returncode else ""
