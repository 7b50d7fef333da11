"""How the process of a function is started: which program, on which paths, in which root.

In a sandbox the paths are Lambda's own. Without one they are folders of the laptop, which is all that a function can
see of the difference.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from serverless_pipeline.local import environment
from serverless_pipeline.local.functions import layers, programs, task_root
from serverless_pipeline.local.functions.layout import LAMBDA, Layout
from serverless_pipeline.local.functions.runtime_api import HOST
from serverless_pipeline.local.functions.variables import LIBRARIES
from serverless_pipeline.local.sandbox import kind, system
from serverless_pipeline.local.sandbox.kind import Unavailable
from serverless_pipeline.local.sandbox.root import USER, Bind, Folder, Memory, Root

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from serverless_pipeline.local.functions.place import Place
    from serverless_pipeline.local.functions.programs import Program
    from serverless_pipeline.local.sandbox.root import Entry

MEGABYTE = 1024 * 1024
STORAGE = 512
"""Lambda's default of `/tmp`, in megabytes."""

HOSTS = Path("/etc/hosts")
OF_THE_LOOPBACK = "localhost"
"""How the name of a Runtime API ends: no proxy stands before it, and no name server is asked."""

SANDBOX_GENERATIONS = 2
"""A sandbox is two processes of its own: one that waits for it, and the first one in it."""

_FOR_ALL = 0o644
"""Its folder is closed to others, and a function is another user, who sees the file alone."""


@dataclass(frozen=True)
class Launch:
    """The command and the folder to start it in, the paths that the function sees, and what is to be told of it.

    `variables` are those that follow from the paths. `generations` is how many processes stand between the one that is
    started and the function's, `uid` whose the function's processes are on this laptop, and `host` the name by which
    they alone can call their Runtime API.
    """

    words: list[str]
    folder: Path
    layout: Layout
    variables: Mapping[str, str]
    difference: str
    generations: int
    uid: int
    host: str = HOST


def prepare(config: Mapping[str, Any], code: bytes, place: Place, own: Path) -> Launch:
    """Lay out a function's code and layers, and say how it is started; `own` is a folder of this environment.

    Raises:
        task_root.Unusable: its code or a layer is not there, or is no archive.
        programs.NotRun: this laptop cannot run its runtime.
    """
    task = task_root.unpack(code, place.scratch / "code")
    opt = layers.lay(config, place.scratch / "layers")
    name, handler = str(config.get("Runtime") or ""), str(config.get("Handler") or "")
    if isinstance(place.sandbox, Unavailable):
        layout = _beside(name, place, task, opt, own)
        program = programs.program(name, handler, place, layout)
        return Launch(_found(program, task, opt), task, layout, program.modules, program.difference, 0, os.getuid())
    program = programs.program(name, handler, place, LAMBDA)
    network = environment.network(os.environ)
    host = _name()
    root = Root.of(
        kind.base(place.files).entries,
        system.index(network, Path.home()),
        program.entries,
        [*_own(config, task, opt), Bind(_hosts(host, own), str(HOSTS))],
    )
    words = place.sandbox.command(root, LAMBDA.task, _found(program, task, opt), library_path=LIBRARIES)
    uid = USER if os.getuid() == 0 else os.getuid()
    variables = {**system.moved(network, Path.home()), **program.modules}
    return Launch(words, task, LAMBDA, variables, program.difference, SANDBOX_GENERATIONS, uid, host)


def _own(config: Mapping[str, Any], task: Path, opt: Path | None) -> Iterator[Entry]:
    """The code, the layers, and `/tmp`."""
    storage = (config.get("EphemeralStorage") or {}).get("Size") or STORAGE
    yield Memory(LAMBDA.temporary, int(storage) * MEGABYTE)
    yield Bind(task, LAMBDA.task)
    yield Folder(LAMBDA.layers)
    yield from (Bind(path, f"{LAMBDA.layers}/{path.name}") for path in (sorted(opt.iterdir()) if opt else ()))


def _name() -> str:
    return f"{secrets.token_hex(16)}.{OF_THE_LOOPBACK}"


def _hosts(host: str, own: Path) -> Path:
    """The laptop's names and one more, in a file that only this environment sees."""
    own.mkdir(parents=True, exist_ok=True)
    file = own / "hosts"
    others = HOSTS.read_text() if HOSTS.exists() else ""
    file.write_text(f"{HOST} {host}\n{others}")
    file.chmod(_FOR_ALL)
    return file


def _beside(name: str, place: Place, task: Path, opt: Path | None, own: Path) -> Layout:
    """Without a sandbox."""
    (own / "tmp").mkdir(parents=True, exist_ok=True)
    return Layout(
        task=str(task),
        runtime=str(programs.NODE_CLIENT.parent),
        layers=str(opt or ""),
        temporary=str(own / "tmp"),
        programs=programs.folder(name, place),
        home=str(own),
    )


def _found(program: Program, task: Path, opt: Path | None) -> list[str]:
    """The words; a bootstrap is looked for in the code, then in the layers, and must be a program.

    Raises:
        task_root.Unusable: there is none.
    """
    if not program.is_bootstrap:
        return list(program.words)
    for folder, words in ((task, program.words), (opt, program.in_layers)):
        if folder and os.access(folder / "bootstrap", os.X_OK):
            return list(words)
    raise task_root.Unusable("Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]")
