"""What Lambda's Python runtime brings along: boto3 with what it needs, and AWS's runtime client.

MiniStack runs functions on its own interpreter, with everything installed beside it in reach. Here a function sees
these libraries, and no more; in a sandbox they lie in `/var/runtime`, and without one in a virtual environment.
"""

import importlib.util
import platform
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

from serverless_pipeline.interpreters import Interpreter
from serverless_pipeline.local.sandbox.root import Bind, Entry, Link

RUNTIME = "/var/runtime"
LANGUAGE = "/var/lang"

LIBRARIES = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six", "urllib3")
CLIENT = ("awslambdaric", "simplejson", "snapshot_restore_py")
COMPILED_CLIENT = "runtime_client"
"""The part of AWS's client that is compiled, for this interpreter's version only."""

CLIENT_FOR_OTHERS = Path(__file__).with_name("runtime_client.py")
ARCHITECTURES = {"x86_64": "x86_64", "amd64": "x86_64", "arm64": "arm64", "aarch64": "arm64"}

_lock = threading.Lock()


def identity() -> tuple[str, str]:
    """Runtime and architecture in Lambda's words, such as `python3.13` and `arm64`: those of this interpreter."""
    machine = platform.machine().lower()
    return f"python3.{sys.version_info.minor}", ARCHITECTURES.get(machine, machine)


def entries(interpreter: Interpreter, empty: Path) -> Iterator[Entry]:
    """`/var/lang` and `/var/runtime` of a sandbox; `empty` is an empty folder.

    The program and the standard library are laid where Lambda has them; what is installed beside them is not.
    """
    name = f"python{interpreter.version}"
    yield Bind(interpreter.executable, f"{LANGUAGE}/bin/{name}")
    yield from (Link(f"{LANGUAGE}/bin/{other}", name) for other in ("python3", "python"))
    modules = f"{LANGUAGE}/{interpreter.folder}/{name}"
    yield Bind(interpreter.modules, modules)
    if (interpreter.modules / "site-packages").is_dir():
        yield Bind(empty, f"{modules}/site-packages")
    if interpreter.library:
        yield Bind(interpreter.library.resolve(), f"{LANGUAGE}/lib/{interpreter.library.name}")
    yield from (Bind(path, f"{RUNTIME}/{path.name}") for path in libraries())


def libraries() -> Iterator[Path]:
    """The folders and files of the libraries, where they are installed on this laptop."""
    yield from map(_source, (*LIBRARIES, *CLIENT))
    if compiled := importlib.util.find_spec(COMPILED_CLIENT):
        yield Path(str(compiled.origin))
    yield CLIENT_FOR_OTHERS


def make(interpreter: Interpreter, folder: Path) -> Path:
    """A virtual environment below `folder` for functions without a sandbox, made once; its interpreter."""
    place = folder / f"python{interpreter.version}"
    python = place / "bin" / "python"
    with _lock:
        if not place.exists():
            unfinished = folder / f"{place.name}.new"
            words = [str(interpreter.executable), "-m", "venv", "--clear", "--without-pip", "--symlinks"]
            subprocess.run([*words, str(unfinished)], check=True, capture_output=True)  # noqa: S603 - Python's own
            packages = unfinished / "lib" / place.name / "site-packages"
            for source in libraries():
                (packages / source.name).symlink_to(source)
            unfinished.rename(place)
    return python


def _source(name: str) -> Path:
    """The folder or the one file of a library."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise RuntimeError(f"{name} is missing beside boto3; install the extra `local` again")
    origin = Path(spec.origin)
    return origin.parent if origin.name == "__init__.py" else origin
