"""The runtime of Lambda: an interpreter with the standard library and boto3, as a Python runtime of AWS has it.

MiniStack runs functions on its own interpreter, with everything installed beside it in reach. Here a function gets a
virtual environment that holds links to boto3 and what boto3 needs, and no more.
"""

import importlib.util
import platform
import sys
import venv
from pathlib import Path

LIBRARIES = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six", "urllib3")
ARCHITECTURES = {"x86_64": "x86_64", "amd64": "x86_64", "arm64": "arm64", "aarch64": "arm64"}


def identity() -> tuple[str, str]:
    """Runtime and architecture in Lambda's words, such as `python3.13` and `arm64`: those of this interpreter."""
    machine = platform.machine().lower()
    return f"python3.{sys.version_info.minor}", ARCHITECTURES.get(machine, machine)


def make(folder: Path) -> Path:
    """Make the virtual environment anew and return its interpreter."""
    venv.EnvBuilder(symlinks=True, clear=True).create(folder)
    python = folder / "bin" / "python"
    libraries = folder / "lib" / f"python3.{sys.version_info.minor}" / "site-packages"
    for name in LIBRARIES:
        source = _source(name)
        (libraries / source.name).symlink_to(source)
    return python


def _source(name: str) -> Path:
    """The folder or the one file of a library that boto3 brings along."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise RuntimeError(f"{name} is missing beside boto3; install the extra `local` again")
    origin = Path(spec.origin)
    return origin.parent if origin.name == "__init__.py" else origin
