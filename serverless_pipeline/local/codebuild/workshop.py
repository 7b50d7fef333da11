"""Where a build runs: CodeBuild's paths in a sandbox, or folders of this laptop without one.

A build has what CodeBuild's image has of this laptop's programs (git, make, Node.js, a Python), read-only, and may
write below `/codebuild/output`, `/root` and `/tmp`, which are folders of its own. Docker is not there, and says so.
"""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from serverless_pipeline import interpreters
from serverless_pipeline.local import environment
from serverless_pipeline.local.sandbox import system
from serverless_pipeline.local.sandbox.kind import Unavailable
from serverless_pipeline.local.sandbox.root import GROUP, USER, Bind, Entry, Folder, Link, Root, Writable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from serverless_pipeline.local.functions.place import Place

AGENT = Path(__file__).with_name("agent.py")
OUTPUT, HOME, TEMPORARY, TOOLS = "/codebuild/output", "/root", "/tmp", "/codebuild/bin"  # noqa: S108 - of the sandbox
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
NO_DOCKER = """#!/bin/sh
echo "docker: a build on the embedded AWS has no Docker; run what needs it on an account" >&2
exit 127
"""
RUNTIMES = {"nodejs": "node", "golang": "go", "java": "java", "ruby": "ruby", "php": "php", "dotnet": "dotnet"}
"""The program of a language of `runtime-versions`."""


class NotHere(Exception):
    """A runtime that a buildspec asks for is not on this laptop; the message says which."""


@dataclass(frozen=True)
class Workshop:
    """The folder of one build on this laptop, and which Python is its own; `place` says which sandbox there is."""

    folder: Path
    place: Place
    python: interpreters.Interpreter

    @property
    def is_sandboxed(self) -> bool:
        return not isinstance(self.place.sandbox, Unavailable)

    @property
    def output(self) -> str:
        """What of it a build sees: its sources, its state, its artifacts."""
        return OUTPUT if self.is_sandboxed else str(self.folder / "output")

    @property
    def source(self) -> str:
        return f"{self.output}/src/src"

    def inside(self, *names: str) -> str:
        """A path below the output, as the build sees it."""
        return "/".join([self.output, *names])

    def outside(self, *names: str) -> Path:
        """The same path on this laptop."""
        return self.folder.joinpath("output", *names)

    def lay_out(self) -> None:
        """Make the folders; nobody else looks into them."""
        for name in ("output/src/src", "output/state", "output/artifacts", "home", "tmp", "bin"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        docker = self.folder / "bin" / "docker"
        docker.write_text(NO_DOCKER)
        for name in ("python", "python3"):
            (self.folder / "bin" / name).symlink_to(self.python.executable)
        docker.chmod(0o755)

    def hand_over(self) -> None:
        """Give what may be written to the user of the sandbox, where that is another one than this."""
        if not self.is_sandboxed or os.getuid() != 0:
            return
        for name in ("output", "home", "tmp"):
            for folder, _folders, files in os.walk(self.folder / name):
                for path in (folder, *(os.path.join(folder, file) for file in files)):  # noqa: PTH118 - many
                    os.chown(path, USER, GROUP, follow_symlinks=False)

    def command(self, plan: str) -> list[str]:
        """How the agent is started with a plan."""
        sandbox = self.place.sandbox
        if isinstance(sandbox, Unavailable):
            return [str(self.python.executable), "-I", "-S", str(AGENT), plan]
        words = [str(self.python.executable), "-I", "-S", "/codebuild/agent.py", plan]
        root = Root.of(
            system.libraries(),
            self._programs(),
            system.configuration(self.place.files / "etc"),
            system.index(environment.network(os.environ), Path.home()),
            self._own(),
        )
        return sandbox.command(root, OUTPUT, words)

    def variables(self) -> dict[str, str]:
        """What a build finds in its environment because of where it runs."""
        network = environment.network(os.environ)
        home = HOME if self.is_sandboxed else str(self.folder / "home")
        tools = TOOLS if self.is_sandboxed else str(self.folder / "bin")
        moved = system.moved(network, Path.home()) if self.is_sandboxed else {}
        others = [str(folder) for folder in _folders()] if self.is_sandboxed else [os.environ.get("PATH", "")]
        programs = [f"{home}/.local/bin", tools, str(self.python.executable.parent), SYSTEM_PATH, *others]
        return {
            **network,
            **moved,
            "HOME": home,
            "TMPDIR": TEMPORARY if self.is_sandboxed else str(self.folder / "tmp"),
            "PATH": ":".join(programs),
            "LANG": "C.UTF-8",
            "NPM_CONFIG_PREFIX": f"{home}/.local",
            "CI": "true",
        }

    def _programs(self) -> Iterator[Entry]:
        """The system's programs, the Python, and what the PATH has besides; links of the system stay."""
        yield Bind(Path("/usr"), "/usr")
        for name in ("/sbin", "/etc/alternatives"):
            path = Path(name)
            if path.is_symlink():
                yield Link(name, str(path.readlink()))
            elif path.is_dir():
                yield Bind(path, name)
        prefix = self.python.executable.parent.parent
        for folder in (prefix, *(one.parent for one in _folders())):
            if not folder.is_relative_to("/usr") and not folder.is_relative_to(HOME):
                yield Bind(folder, str(folder))

    def _own(self) -> Iterator[Entry]:
        yield Writable(self.folder / "home", HOME)
        yield Writable(self.folder / "tmp", TEMPORARY)
        yield Folder("/codebuild")
        yield Writable(self.folder / "output", OUTPUT)
        yield Bind(self.folder / "bin", TOOLS)
        yield Bind(AGENT, "/codebuild/agent.py")
        for folder in (self.python.executable.parent.parent, *(one.parent for one in _folders())):
            if folder.is_relative_to(HOME):  # root's own, over the home of the build
                yield Bind(folder, str(folder))


def runtimes(wanted: Mapping[str, str]) -> tuple[interpreters.Interpreter, list[str]]:
    """The Python of a build, and a sentence about each runtime that it asks for.

    Raises:
        NotHere: this laptop has none of a language.
    """
    python, said = interpreters.own(), []
    for language, version in wanted.items():
        if language == "python":
            python = interpreters.find(version) or python
            said.append(f"runtime-versions: python {version} runs on Python {python.release} of this laptop")
        elif program := shutil.which(RUNTIMES.get(language, "")):
            said.append(
                f"runtime-versions: {language} {version} runs on {program} of this laptop, whatever its version"
            )
        else:
            raise NotHere(
                f"runtime-versions: {language} {version} is not on this laptop's PATH; install it, or leave it out"
            )
    return python, said


def _folders() -> list[Path]:
    """Where programs lie besides the system's own: below `/opt`, and Node.js where a user installed it for himself."""
    folders = [Path(name) for name in os.environ.get("PATH", "").split(":") if name.startswith("/opt/")]
    node = Path(shutil.which("node") or "/usr/bin/node").resolve().parent
    return [
        folder
        for folder in (*folders, node)
        if folder.is_dir() and folder.parts[-1] == "bin" and not _is_system(folder)
    ]


def _is_system(folder: Path) -> bool:
    return folder.is_relative_to("/usr") or folder == Path("/bin") or folder.is_relative_to(sys.prefix)
