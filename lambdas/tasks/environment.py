"""The environment of a task: a virtual one, as on a developer's machine, of the dependencies that are there already.

Its packages come after the standard library, their `.pth` files count, their console scripts are on PATH and start its
interpreter. Behind them come Invoke and what the bundle offers to a `tasks.py`, then boto3 as the runtime has it.
https://docs.python.org/3/library/site.html, https://docs.python.org/3/library/venv.html
"""

from __future__ import annotations

import importlib.util
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from lambdas.dependencies import relocation
from lambdas.job.ending import JobError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_DEFAULT_REGION")
_ENDPOINT = "AWS_ENDPOINT_URL"
_NETWORK = (
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"),
    *("http_proxy", "https_proxy", "all_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"),
)
_INDEX = ("PIP_", "UV_")
_LIBRARIES = ("LD_LIBRARY_PATH",)
"""Lambda's own interpreter does not start without it."""
_PATH = "/usr/local/bin:/usr/bin:/bin"
_OFFERED = Path(__file__).parents[2] / "offered"
_OFFERED_PTH = "~offered.pth"
"""The last by its name, and so the last on the path."""
_VERSION = f"python{sys.version_info.major}.{sys.version_info.minor}"
_PYTHONS = ("python", "python3", _VERSION)
_INVOKE = b"import sys\n\nfrom invoke.main import program\n\nsys.exit(program.run())\n"
"""What `invoke` and `inv` are where the project itself brings no Invoke."""
_SHEBANG = b"#!"
_TRAMPOLINE = b"'''exec'"
"""What the second of three lines begins with where the way to an interpreter is too long for a first line."""


@dataclass(frozen=True)
class Environment:
    """An interpreter, and all the variables that a task sees; the values of `secrets` are not shown."""

    python: Path
    variables: Mapping[str, str]
    secrets: frozenset[str] = field(default_factory=frozenset, repr=False)


def create(  # noqa: PLR0913 - the last two are for the way to programs
    dependencies: Path,
    source: Path,
    work: Path,
    variables: Mapping[str, str],
    programs: Iterable[Path] = (),
    *,
    path: str = _PATH,
) -> Environment:
    """Make the environment below `work` of the packages in `dependencies`, which lie there flat, scripts in `bin/`.

    `programs` are on PATH as well, behind the scripts, and then the folders of `path`. The interpreter itself comes
    last: uv makes environments of its own with it, for which it takes no virtual one and would download another.
    """
    home, temporary, tools, own, bare = (work / name for name in ("home", "tmp", "tools", "environment", "python"))
    for folder in (home, temporary, tools, own / "bin", own / "lib" / _VERSION, bare):
        folder.mkdir(parents=True)
    (bare / _VERSION).symlink_to(os.path.realpath(sys.executable))
    relocation.enter(dependencies, source)
    _offer(tools)
    _make_virtual(own, dependencies, [tools, *_sdk()])
    _make_runnable(own / "bin", dependencies / "bin", programs)
    return Environment(
        own / "bin" / "python",
        {
            "PATH": f"{own / 'bin'}:{path}:{bare}",
            "VIRTUAL_ENV": str(own),
            "HOME": str(home),
            "TMPDIR": str(temporary),
            "PYTHONUNBUFFERED": "1",
            "LANG": "C.UTF-8",
            "CI": "true",
            **variables,
        },
    )


def credentials(own: Mapping[str, str]) -> dict[str, str]:
    """What of the function's own environment lets a task act as its role, in its region and at its endpoints."""
    return {name: value for name, value in own.items() if name in _CREDENTIALS or name.startswith(_ENDPOINT)}


def network(own: Mapping[str, str]) -> dict[str, str]:
    """What of the function's own environment leads to the network and a package index, as the installation has it."""
    return {name: value for name, value in own.items() if name in _NETWORK or name.startswith(_INDEX)}


def system_path(own: Mapping[str, str]) -> str:
    """The folders in which the function itself finds programs, those of its layers too, but not its interpreter's.

    https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
    """
    executables = Path(sys.executable), Path(os.path.realpath(sys.executable))
    interpreters = {executable.parent for executable in executables}
    folders = own.get("PATH", _PATH).split(":")
    return ":".join(folder for folder in folders if folder and Path(folder) not in interpreters)


def libraries(own: Mapping[str, str]) -> dict[str, str]:
    """What of the function's own environment leads to shared libraries, the interpreter's and those of layers."""
    return {name: value for name, value in own.items() if name in _LIBRARIES}


def _make_virtual(folder: Path, packages: Path, behind: Iterable[Path]) -> None:
    """Lay out a virtual environment of an interpreter that is there, packages that are there, and what comes last."""
    base = Path(os.path.realpath(sys.executable))
    (folder / "pyvenv.cfg").write_text(f"home = {base.parent}\ninclude-system-site-packages = false\n")
    for name in _PYTHONS:
        (folder / "bin" / name).symlink_to(base)
    (folder / "lib" / _VERSION / "site-packages").symlink_to(packages)
    (packages / _OFFERED_PTH).write_text("".join(f"{path}\n" for path in behind))


def _make_runnable(folder: Path, scripts: Path, programs: Iterable[Path]) -> None:
    """Put scripts beside the interpreter, so that they start it: an installation does not know where it will lie."""
    for path in [*(scripts.iterdir() if scripts.is_dir() else ()), *programs]:
        target = folder / path.name
        if target.is_symlink() or target.exists() or path.is_dir():
            continue
        if body := _body(path):
            _write(target, body)
        else:
            target.symlink_to(path)
    for name in ("invoke", "inv"):
        if not (folder / name).exists():
            _write(folder / name, _INVOKE)


def _write(script: Path, body: bytes) -> None:
    script.write_bytes(_SHEBANG + os.fsencode(script.with_name("python")) + b"\n" + body)
    script.chmod(0o755)


def _body(path: Path) -> bytes:
    """What follows the lines of a script that name a Python; nothing if it is another kind of program."""
    with path.open("rb") as file:
        first = file.readline(4096)
        if first.startswith(_SHEBANG) and b"python" in first:
            return file.read()
        if first.startswith(_SHEBANG) and file.readline(4096).startswith(_TRAMPOLINE):
            file.readline(4096)
            return file.read()
    return b""


def _offer(tools: Path) -> None:
    """Show the task Invoke, its metadata, and what the bundle holds for a `tasks.py`; nothing else of the bundle."""
    spec = importlib.util.find_spec("invoke")
    if not spec or not spec.origin:
        raise JobError("The bundle of the functions holds no invoke; see lambdas/requirements.txt")
    package = Path(spec.origin).parent
    for path in [package, *package.parent.glob("invoke-*.dist-info"), *_OFFERED.glob("*")]:
        (tools / path.name).symlink_to(path)


def _sdk() -> list[Path]:
    """Where boto3 lies: Lambda keeps its own beside the runtime, where a virtual environment does not look."""
    spec = importlib.util.find_spec("boto3")
    return [Path(spec.origin).parents[1]] if spec and spec.origin else []
