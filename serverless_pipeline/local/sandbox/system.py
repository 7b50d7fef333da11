"""What of the laptop a sandbox needs: shared libraries, certificates, name resolution, and the index of packages."""

from __future__ import annotations

import re
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

from serverless_pipeline.local.sandbox.root import GROUP, USER, Bind, Entry, Link

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LIBRARIES = ("/usr/lib", "/usr/lib64", "/usr/lib32", "/lib", "/lib64", "/lib32")
STORES = ("/nix/store", "/gnu/store")
"""Where a system keeps all of its programs and libraries, each under a name of its own."""

CONFIGURATION = (
    *("/etc/hosts", "/etc/resolv.conf", "/etc/ld.so.cache", "/etc/localtime"),
    *("/etc/ssl", "/etc/pki", "/etc/ca-certificates", "/usr/share/ca-certificates", "/usr/local/share/ca-certificates"),
)
HOME = "/etc/laptop"
INDEX_FILES = ("/etc/pip.conf", "/etc/xdg/pip/pip.conf", "/etc/uv/uv.toml")
ACCOUNTS = {
    "passwd": f"root:x:0:0:root:/root:/bin/bash\nsbx_user1051:x:{USER}:{GROUP}::/home/sbx_user1051:/sbin/nologin\n",
    "group": f"root:x:0:\nsbx_user1051:x:{GROUP}:\n",
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
}

_PATH = re.compile(r"(?:file://)?(/[^\s\"',;\]]+)")


def libraries() -> Iterator[Entry]:
    """Shared libraries; where a system keeps them apart by architecture, only these, and no other's programs."""
    yield Link("/bin", "usr/bin")
    for name in LIBRARIES:
        folder = Path(name)
        if folder.is_symlink():
            yield Link(name, str(folder.readlink()))
        elif folder.is_dir():
            architecture = folder / (sysconfig.get_config_var("MULTIARCH") or "")
            shown = [architecture, *sorted(folder.glob("ld-linux*.so*"))] if architecture.is_dir() else [folder]
            yield from (Bind(path, str(path)) for path in shown)
    yield from (Bind(Path(store), store) for store in STORES if Path(store).is_dir())


def configuration(folder: Path) -> Iterator[Entry]:
    """`/etc`, as far as programs need it; accounts are the sandbox's own, in files below `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in ACCOUNTS.items():
        _write(folder / name, text)
        yield Bind(folder / name, f"/etc/{name}")
    yield from (Bind(Path(name), name) for name in CONFIGURATION if Path(name).exists())


def _write(path: Path, text: str) -> None:
    """Sandboxes that run already see the file."""
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


def index(variables: Mapping[str, str], home: Path) -> Iterator[Entry]:
    """Files and folders of this laptop that the configuration of pip and uv names, in variables or in its files."""
    elsewhere = moved(variables, home)
    yield from (Bind(Path(variables[name]), target) for name, target in elsewhere.items())
    named = {path for value in variables.values() for path in _paths(value)}
    named |= {Path(name) for name in INDEX_FILES if Path(name).is_file()}
    inner = {path for file in named if file.is_file() for path in _paths(_text(file))}
    shown = (named | inner) - {Path(variables[name]) for name in elsewhere}
    yield from (Bind(path, str(path)) for path in sorted({_with_files(path) for path in shown}))


def moved(variables: Mapping[str, str], home: Path) -> dict[str, str]:
    """Those of the variables that name a file of the user's home, and where it is seen instead: there is no home."""
    paths = {name: Path(value) for name, value in variables.items()}
    return {
        name: f"{HOME}/{path.relative_to(home)}"
        for name, path in paths.items()
        if path.is_file() and path.is_relative_to(home)
    }


def _with_files(path: Path) -> Path:
    """A simple index of a folder links to archives beside it, so its parent is taken in its place."""
    return path.parent if path.name == "simple" and path.is_dir() and path.parent != Path("/") else path


def _paths(text: str) -> Iterator[Path]:
    for match in _PATH.finditer(text):
        path = Path(match[1])
        if len(path.parts) > 2 and path.exists():  # noqa: PLR2004 - `/opt` alone is nobody's index
            yield path


def _text(path: Path) -> str:
    """A configuration, and not a bundle of certificates, which names nothing."""
    return path.read_text(errors="replace") if path.suffix in {".conf", ".toml", ".ini"} else ""
