"""The bundle: `lambdas/` and what its requirements name, in one reproducible zip named by its digest.

It is built for the function's own Python and architecture, and kept in `.local/bundles` until something in it changes.
Bytecode lies beside the modules, so that a cold function compiles nothing: Lambda cannot write any beside them itself.
Only the same minor version of Python makes bytecode that a function can use, so a bundle that is built where there is
none has no bytecode, and another digest. Nothing in it tells the laptop, the folder or the environment in which it was
built.

In its folder `offered/` lies what of this library `tasks.py` imports when it is loaded, and what packages the
environments' template there. The function that runs tasks shows it to them, so that a project's requirements need not
name this library.
"""

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from serverless_pipeline import archive, assets, interpreters
from serverless_pipeline.errors import Error, Misconfigured
from serverless_pipeline.settings import Settings

LIMIT = 60 * 1024 * 1024
"""The most a bundle may weigh, in bytes; Lambda's own limit is 250 MB unpacked."""

OWN_RUNTIME = f"python{sys.version_info.major}.{sys.version_info.minor}"
"""The runtime whose Python is this one."""

_PLATFORMS = {"arm64": "aarch64-manylinux_2_28", "x86_64": "x86_64-manylinux_2_28"}
_FORMAT = b"5"
_FUNCTIONS = "lambdas"
_INLINE = "lost_job.py"
"""What stands in the template, and must not break with a bundle."""
_OFFERED = (
    *("__init__.py", "archive.py", "errors.py", "settings/*.py", "tags.py", "tasks/*.py"),
    *("assets.py", "functions.py", "jinja.py", "environment/*.py"),
    *("cloudformation/__init__.py", "cloudformation/calls/*.py"),
)
_NOTES = (".lock", "*.dist-info/RECORD", "*.dist-info/direct_url.json", "*.dist-info/uv_cache.json")
"""What an installer writes down for itself: hashes of scripts, and where and when it took a wheel."""
_HOME = "/var/task"
"""Where Lambda unpacks a bundle: https://docs.aws.amazon.com/lambda/latest/dg/python-package.html."""


@dataclass(frozen=True)
class Bundle:
    """A zip of functions; `digest` is the SHA-256 of its bytes, `bytecode` whether there is some for each module."""

    path: Path
    digest: str
    bytecode: bool = True

    @property
    def key(self) -> str:
        """Its key in a bucket: its content names it."""
        return f"bundles/{self.digest}.zip"


def build(settings: Settings, folder: Path | None = None) -> Bundle:
    """Build the bundle for the settings' runtime and architecture, or find the one that was built from the same files.

    Raises:
        Error: the requirements of the functions cannot be installed, or the bundle is too heavy.
    """
    folder = folder or Path(".local") / "bundles"
    compiler = _compiler(settings.runtime)
    key = _key(settings, compiler)
    path = next(folder.glob(f"{key}-*.zip"), None) or _pack(settings, folder / f"{key}.zip", compiler)
    _weigh(path)
    return Bundle(path, path.stem.removeprefix(f"{key}-"), bytecode=compiler is not None)


@dataclass(frozen=True)
class _Compiler:
    """A Python that makes bytecode for the functions, and its release, which can show in that."""

    executable: str
    release: str


def _compiler(runtime: str) -> _Compiler | None:
    """This Python, another of this laptop, or none."""
    if runtime == OWN_RUNTIME:
        return _Compiler(sys.executable, platform.python_version())
    other = interpreters.find(runtime.removeprefix("python"))
    return _Compiler(str(other.executable), other.release) if other else None


def _pack(settings: Settings, path: Path, compiler: _Compiler | None) -> Path:
    """Make the zip; its digest goes into its name, so that nobody has to read 18 MB to know it again."""
    with tempfile.TemporaryDirectory(prefix="bundle-") as scratch:
        tree = Path(scratch)
        _copy(tree)
        _install(settings, tree)
        if compiler:
            _compile(tree, compiler)
        digest = archive.pack_files({file.relative_to(tree).as_posix(): file for file in _files(tree)}, path)
    return path.replace(path.with_stem(f"{path.stem}-{digest}"))


def _key(settings: Settings, compiler: _Compiler | None) -> str:
    """What the bundle is made from: names and contents, the Pythons it is for and made by, the architecture."""
    total = hashlib.sha256(_FORMAT)
    for name, path in sorted(_own().items()):
        total.update(name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    release = compiler.release if compiler else None
    total.update(f"{settings.runtime}/{settings.architecture}/{settings.is_local}/{release}".encode())
    return total.hexdigest()


def _copy(tree: Path) -> None:
    for name, path in _own().items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, tree / name)


def _own() -> dict[str, Path]:
    """What is ours in the bundle, by the name it has there: the functions, and what they offer to tasks."""
    folder = assets.functions()
    functions = [path for path in folder.rglob("*") if path.suffix in {".py", ".txt"} and path.name != _INLINE]
    library = Path(__file__).parents[1]
    offered = {path.relative_to(library): path for pattern in _OFFERED for path in library.glob(pattern)}
    offered |= {Path(assets.TEMPLATES, path.name): path for path in assets.templates().glob("*.j2")}
    return {f"{_FUNCTIONS}/{path.relative_to(folder).as_posix()}": path for path in functions} | {
        f"offered/{library.name}/{name.as_posix()}": path for name, path in offered.items()
    }


def _install(settings: Settings, tree: Path) -> None:
    """Install the requirements with uv; wheels only, since a laptop cannot compile for Lambda."""
    command = [_uv(), "pip", "install", "--quiet", "--only-binary", ":all:", "--link-mode", "copy"]
    command += ["--python", sys.executable, "--target", str(tree)]
    command += ["--requirement", str(tree / _FUNCTIONS / "requirements.txt")]
    if not settings.is_local or settings.runtime != OWN_RUNTIME:
        command += ["--python-version", settings.runtime.removeprefix("python")]
    if not settings.is_local:
        command += ["--python-platform", _PLATFORMS[settings.architecture]]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    if done.returncode:
        raise Error(
            f"The requirements of the functions cannot be installed:\n{done.stderr.strip()}",
            hint="check lambdas/requirements.txt and the way to the package index, then type the same command again",
        )
    _tidy(tree)


def _tidy(tree: Path) -> None:
    """Take out what differs between two installations and serves nobody at run time.

    A script in `bin/` begins with the path of the interpreter that installed it; a program, such as uv's, has none.
    """
    notes = [path for name in _NOTES for path in tree.glob(name)]
    scripts = [path for path in tree.glob("bin/*") if path.read_bytes().startswith(b"#!")]
    for path in [*notes, *scripts]:
        path.unlink()


def _compile(tree: Path, compiler: _Compiler) -> None:
    """Put bytecode beside each module; it holds neither the folder it was made in nor a date.

    It is never checked against its module, since a zip keeps no dates to check by: both come from one bundle.
    One process and one seed: the order in which modules are compiled, and that of sets, can show in bytecode. The
    user's variables for Python, and a module of the project that is called `compileall`, have no say in it.
    """
    command = [compiler.executable, "-P", "-m", "compileall", "-q", "-f", "-j", "1", "-s", str(tree), "-p", _HOME]
    command += ["--invalidation-mode", "unchecked-hash", str(tree)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    environment["PYTHONHASHSEED"] = "0"
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)  # noqa: S603 - as above
    if done.returncode:
        raise Error(f"A function, or what it needs, is no Python:\n{done.stdout.strip()}", hint=_MEND)


def _files(tree: Path) -> Iterator[Path]:
    return (path for path in tree.rglob("*") if not path.is_dir())


def _uv() -> str:
    from uv import find_uv_bin

    try:
        return find_uv_bin()
    except FileNotFoundError as error:
        raise Misconfigured(f"uv is not installed: {error}", hint="pip install -r requirements.txt") from error


def _weigh(path: Path) -> None:
    weight = path.stat().st_size
    if weight > LIMIT:
        path.unlink()
        raise Error(f"The bundle weighs {weight / 2**20:.0f} MB, more than {LIMIT / 2**20:.0f} MB", hint=_LIGHTEN)


_MEND = "mend the file it names, or take its package out of lambdas/requirements.txt"
_LIGHTEN = "take something out of lambdas/requirements.txt"
