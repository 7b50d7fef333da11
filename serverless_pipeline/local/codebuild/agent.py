"""The program that runs a build in its sandbox: `python -I -S agent.py PLAN`, with the standard library only.

All commands run in one shell, as version 0.2 of a buildspec has it: variables and the working folder last, also those
that are not exported. Where a command ends the shell (`exit 1`), another one goes on with what the first one had.

What happens is told on the output, in its order, in lines that begin with the plan's marker and hold JSON. Artifacts
are packed in here, where a link leads to nothing of the laptop.
"""

from __future__ import annotations

import glob
import json
import os
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

LOOP = """
trap '__code=$?; export -p >"$0/exported"; set >"$0/variables"; pwd >"$0/folder"; exit $__code' EXIT
while read -r __file; do . "$__file" 4>&- </dev/null; echo $? >&4; done
"""
"""Each line names a file with a command; a shell of POSIX knows descriptors of one digit only."""

STATUS = 4
OWN = ("BASH", "EUID", "PPID", "SHELLOPTS", "UID", "BASHOPTS", "_", "__")
"""How variables begin that a shell sets itself, and lets nobody set."""

EARLY = ("INSTALL", "PRE_BUILD")
ERROR = "COMMAND_EXECUTION_ERROR"


def main(plan: dict[str, Any]) -> None:
    """Run the phases, then read the exported variables and pack the artifacts."""
    state = Path(plan["state"])
    shell = Shell(plan["shell"], state, Path(plan["source"]))
    is_early = _run_phases(plan, shell)
    _tell(plan, exported={name: shell.value(f"${{{name}-}}") for name in plan["exported"]})
    if not is_early:
        _pack_all(plan, shell)


class Shell:
    """The shell that all commands run in; its files lie in `state`."""

    def __init__(self, program: str, state: Path, folder: Path) -> None:
        self._program, self._state, self._folder = program, state, folder
        self._start()

    def run(self, command: str) -> int:
        """The status that a command ends with."""
        file = self._state / "command"
        file.write_text(f"{command}\n")
        try:
            self._input.write(f"{file}\n".encode())
            self._input.flush()
        except BrokenPipeError:
            return self._restart()
        line = self._status.readline()
        return int(line) if line.strip() else self._restart()

    def value(self, text: str) -> str:
        """A text with what it refers to: variables and the output of commands."""
        file = self._state / "value"
        quoted = text.replace('"', '\\"')
        self.run(f'printf "%s" "{quoted}" >"{file}"')
        return file.read_text(errors="replace") if file.exists() else ""

    def _start(self) -> None:
        reading, writing = os.pipe()
        os.dup2(writing, STATUS) if writing != STATUS else None
        self._process = subprocess.Popen(  # noqa: S603 - the shell of the build
            [self._program, "-c", LOOP, str(self._state)],
            stdin=subprocess.PIPE,
            cwd=self._folder,
            pass_fds=(STATUS,),
        )
        for descriptor in {writing, STATUS}:
            os.close(descriptor)
        self._input: Any = self._process.stdin
        self._status = os.fdopen(reading)

    def _restart(self) -> int:
        """The status that the shell ended with; the next one has its folder and its variables."""
        code = self._process.wait()
        folder = _read(self._state / "folder").strip()
        if folder and Path(folder).is_dir():
            self._folder = Path(folder)
        lines = _read(self._state / "variables").splitlines()
        (self._state / "variables").write_text("\n".join(line for line in lines if not line.startswith(OWN)))
        self._status.close()
        self._start()
        self.run(f'. "{self._state}/variables"; . "{self._state}/exported"')
        return code


def _run_phases(plan: dict[str, Any], shell: Shell) -> bool:
    """Whether the build ended before it was built: after a phase that failed nothing follows, but POST_BUILD."""
    shell.run("export CODEBUILD_BUILD_SUCCEEDING=1")
    for phase in plan["phases"]:
        name, on_failure = phase["name"], phase["on_failure"]
        if _run_phase(plan, shell, phase):
            continue
        shell.run("export CODEBUILD_BUILD_SUCCEEDING=0")
        if on_failure == "CONTINUE":
            continue
        if name in EARLY:
            return True
        if on_failure == "ABORT":
            return False
    return False


def _run_phase(plan: dict[str, Any], shell: Shell, phase: dict[str, Any]) -> bool:
    """Whether all commands of a phase, and those that come at its end whatever happens, succeeded."""
    name = phase["name"]
    _tell(plan, phase=name, begins=True)
    say(f"Entering phase {name}")
    message = _run_all(shell, phase["commands"])
    last = _run_all(shell, phase["finally"])
    message = message or last
    say(f"Phase complete: {name} State: {'FAILED' if message else 'SUCCEEDED'}")
    say(f"Phase context status code: {ERROR if message else ''} Message: {message}")
    tolerated = bool(message) and phase["on_failure"] == "CONTINUE"
    _tell(plan, phase=name, code=ERROR if message else "", message=message, tolerated=tolerated)
    return not message


def _run_all(shell: Shell, commands: list[str]) -> str:
    """What went wrong; empty if nothing did."""
    for command in commands:
        say(f"Running command {command}")
        if code := shell.run(command):
            say(f"Command did not exit successfully {command} exit status {code}")
            return f"Error while executing command: {command}. Reason: exit status {code}"
    return ""


def _pack_all(plan: dict[str, Any], shell: Shell) -> None:
    say("Entering phase UPLOAD_ARTIFACTS")
    _tell(plan, phase="UPLOAD_ARTIFACTS", begins=True)
    for artifact in plan["artifacts"]:
        name = shell.value(artifact["name"]).strip()
        base = Path(plan["source"], shell.value(artifact["base"]) or ".")
        files = [shell.value(pattern) for pattern in artifact["files"]]
        exclude = [shell.value(pattern) for pattern in artifact["exclude"]]
        message = pack(base, files, exclude, Path(artifact["target"]), is_flat=artifact["flat"])
        _tell(plan, artifact=artifact["id"], name=name, message=message)


def pack(base: Path, patterns: list[str], exclude: list[str], target: Path, *, is_flat: bool = False) -> str:
    """Zip the files below `base` that patterns name; what went wrong, or nothing."""
    say(f"Expanding base directory path: {base}")
    bases = [Path(path) for path in sorted(glob.glob(str(base))) if Path(path).is_dir()]  # noqa: PTH207 - may be absolute
    if not bases:
        return f"no matching base directory path found for {base}"
    found: dict[str, Path] = {}
    for folder in bases:
        left_out = {name for pattern in exclude for name in _matching(folder, pattern)}
        for pattern in patterns:
            names = _matching(folder, pattern)
            say(f"Expanding {pattern}" if names else f"Skipping invalid file path {pattern}")
            for name in names:
                if name not in left_out:
                    found[_member(name, is_flat=is_flat)] = folder / name
    if not found:
        return "no matching artifact paths found"
    say(f"Found {len(found)} file(s)")
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as archive:
        for name, path in sorted(found.items()):
            archive.write(path, name)
    return ""


def _matching(folder: Path, pattern: str) -> list[str]:
    names = glob.glob(pattern, root_dir=folder, recursive=True, include_hidden=True)  # noqa: PTH207 - below a folder
    return sorted(name for name in names if (folder / name).is_file())


def _member(name: str, *, is_flat: bool) -> str:
    parts = [part for part in Path(name).parts if part not in {"/", ".."}]
    return parts[-1] if is_flat else "/".join(parts)


def say(text: str) -> None:
    """A line of the agent's own, as AWS's has it."""
    print(f"[Container] {time.strftime('%Y/%m/%d %H:%M:%S', time.gmtime())} {text}", flush=True)  # noqa: T201 - the output is its voice


def _tell(plan: dict[str, Any], **event: object) -> None:
    print(f"{plan['marker']}{json.dumps({**event, 'at': time.time()})}", flush=True)  # noqa: T201 - as above


def _read(path: Path) -> str:
    return path.read_text(errors="replace") if path.exists() else ""


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text()))
