"""The program that runs a function: AWS's client on a Python, a client of our own on Node.js, or a bootstrap.

Every Python that Lambda offers runs on the interpreter of its version where this laptop has one, else on the laptop's
own; Node.js runs on the version at hand. What is not the very version is told.
"""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from serverless_pipeline import interpreters
from serverless_pipeline.local.functions import runtime
from serverless_pipeline.local.sandbox.root import Bind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from serverless_pipeline.local.functions.layout import Layout
    from serverless_pipeline.local.functions.place import Place
    from serverless_pipeline.local.sandbox.root import Entry

NODE_CLIENT = Path(__file__).with_name("node_client.mjs")
NODE_SECONDS = 20
PYTHON, NODE, PROVIDED = "python", "nodejs", "provided"


class NotRun(Exception):
    """The program is not on this laptop, or not in the function's code; the message says which."""


@dataclass(frozen=True)
class Program:
    """How it is called, and what it brings into a sandbox.

    `in_layers` is how it is called where it lies in a layer, which only a bootstrap may. `modules` holds the variable
    with which it looks for modules. `difference` is a sentence where the program is not the runtime's own version.
    """

    words: tuple[str, ...]
    in_layers: tuple[str, ...] = ()
    entries: tuple[Entry, ...] = ()
    modules: Mapping[str, str] = field(default_factory=dict, hash=False)
    difference: str = ""

    @property
    def is_bootstrap(self) -> bool:
        """Whether it is the function's own program."""
        return bool(self.in_layers)


def missing(name: str) -> str:
    """Why this laptop cannot run a runtime; empty if it can."""
    if name.startswith(NODE):
        try:
            _node()
        except NotRun as error:
            return str(error)
    return ""


def difference(name: str) -> str:
    """How the program for a runtime differs from it on this laptop; empty if it does not."""
    if name.startswith(PYTHON):
        version = name.removeprefix(PYTHON)
        if interpreters.find(version):
            return ""
        own = interpreters.own().version
        return f"Python {version} is not on this laptop, so {name} runs on Python {own}"
    if name.startswith(NODE):
        wanted, major = name.removeprefix(NODE).removesuffix(".x"), _node_version().partition(".")[0]
        return "" if wanted == major else f"Node.js {wanted} is not on this laptop, so {name} runs on Node.js {major}"
    return ""


def interpreter(name: str) -> interpreters.Interpreter:
    """The Python for a runtime."""
    return interpreters.find(name.removeprefix(PYTHON)) or interpreters.own()


def folder(name: str, place: Place) -> str:
    """Where the programs of a runtime's language lie without a sandbox."""
    if name.startswith(PYTHON):
        return str(runtime.make(interpreter(name), place.runtimes).parent)
    return str(Path(_node()).parent) if name.startswith(NODE) else "/usr/local/bin"


def program(name: str, handler: str, place: Place, layout: Layout) -> Program:
    """The program for a runtime such as `python3.13`.

    Raises:
        NotRun: this laptop does not have it.
    """
    if name.startswith(PYTHON):
        return _python(name, handler, place, layout)
    if name.startswith(NODE):
        return _node_program(name, handler, layout)
    return Program((f"{layout.task}/bootstrap",), in_layers=(f"{layout.layers}/bootstrap",))


def _python(name: str, handler: str, place: Place, layout: Layout) -> Program:
    python = interpreter(name)
    return Program(
        words=(f"{layout.programs}/python{python.version}", "-m", "awslambdaric", handler),
        entries=tuple(runtime.entries(python, place.empty)),
        modules={"PYTHONPATH": ":".join(_module_folders(python, layout))},
        difference=difference(name),
    )


def _module_folders(python: interpreters.Interpreter, layout: Layout) -> Iterator[str]:
    """Of the layers, then of the runtime; a virtual environment finds the runtime's by itself."""
    if layout.layers:
        yield f"{layout.layers}/python/lib/python{python.version}/site-packages"
        yield f"{layout.layers}/python"
    if not layout.home:
        yield layout.runtime


def _node_program(name: str, handler: str, layout: Layout) -> Program:
    major = _node_version().partition(".")[0]
    folders = [f"{layout.layers}/nodejs/node{major}/node_modules", f"{layout.layers}/nodejs/node_modules"]
    return Program(
        words=(f"{layout.programs}/node", f"{layout.runtime}/{NODE_CLIENT.name}", handler),
        entries=(
            Bind(Path(_node()), f"{runtime.LANGUAGE}/bin/node"),
            Bind(NODE_CLIENT, f"{runtime.RUNTIME}/{NODE_CLIENT.name}"),
        ),
        modules={"NODE_PATH": ":".join(folders)} if layout.layers else {},
        difference=difference(name),
    )


@cache
def _node() -> str:
    program = shutil.which("node")
    if not program:
        raise NotRun("Node.js is not on this laptop's PATH; install it, or deliver the function to an account")
    return str(Path(program).resolve())


@cache
def _node_version() -> str:
    words = [_node(), "--version"]
    output = subprocess.run(words, capture_output=True, text=True, timeout=NODE_SECONDS, check=True)  # noqa: S603
    return output.stdout.strip().removeprefix("v")
