from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from lambdas.artifacts import opener
from lambdas.artifacts.opener import Unsafe


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "source"
    (root / "dist" / "deep").mkdir(parents=True)
    (root / "dist" / "deep" / "file").write_text("hello")
    (tmp_path / "secret").write_text("secret")
    return root


def read(root: Path, path: str) -> bytes:
    with opener.open_file(root, root / path) as file:
        return file.read()


def test_a_file_of_the_source_is_opened(root: Path) -> None:
    assert read(root, "dist/deep/file") == b"hello"


def test_links_lead_about_in_the_source(root: Path) -> None:
    (root / "site").symlink_to("dist/deep")
    (root / "page").symlink_to(root / "site" / "file")

    assert read(root, "page") == read(root, "site/file") == b"hello"
    assert opener.find(root, root / "site") == root / "dist" / "deep"


@pytest.mark.parametrize(
    ("link", "target", "path"),
    [
        ("out", "../secret", "out"),
        ("out", "..", "out/secret"),
        ("out", "/etc", "out/passwd"),
        ("out", "/proc/self/environ", "out"),
        ("out", "/proc/self", "out/environ"),
        ("out", "/dev", "out/zero"),
        ("out", "/proc/self/cwd", "out"),
    ],
)
def test_no_link_leads_out_of_the_source(root: Path, link: str, target: str, path: str) -> None:
    if not Path(root, target).exists():
        pytest.skip(f"there is no {target} here")
    (root / link).symlink_to(target)

    with pytest.raises(Unsafe, match="leads out of the source"):
        opener.open_file(root, root / path)
    with pytest.raises(Unsafe, match="leads out of the source"):
        opener.find(root, root / path)


def test_a_pipe_or_a_socket_is_not_waited_for(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(root / "pipe")
    monkeypatch.chdir(root)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")

    for name in ("pipe", "socket"):
        with pytest.raises(Unsafe, match="neither a file nor a folder"):
            opener.open_file(root, root / name)


def test_a_folder_is_found_and_not_opened_as_a_file(root: Path) -> None:
    assert opener.find(root, root / "dist") == root / "dist"
    assert opener.find(root, root) == root
    with pytest.raises(Unsafe, match="it is no file"):
        opener.open_file(root, root / "dist")


@pytest.mark.parametrize("victim", ["dist", "dist/deep", "dist/deep/file"])
def test_what_becomes_a_link_after_the_look_is_not_followed(
    root: Path, monkeypatch: pytest.MonkeyPatch, victim: str
) -> None:
    look = opener.find
    (root.parent / "evil" / "deep").mkdir(parents=True)
    (root.parent / "evil" / "deep" / "file").write_text("secret")

    def swap(home: Path, path: Path) -> Path:
        real = look(home, path)
        (root / victim).rename(root.parent / "moved")
        (root / victim).symlink_to(Path(root.parent / "evil", *Path(victim).parts[1:]))
        return real

    monkeypatch.setattr(opener, "find", swap)

    with pytest.raises(OSError, match=r"Not a directory|Too many levels|ELOOP"):
        opener.open_file(root, root / "dist" / "deep" / "file")


def test_what_becomes_a_pipe_after_the_look_is_not_waited_for(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    look = opener.find

    def swap(home: Path, path: Path) -> Path:
        real = look(home, path)
        real.unlink()
        os.mkfifo(real)
        return real

    monkeypatch.setattr(opener, "find", swap)

    with pytest.raises(Unsafe, match="it is no file"):
        opener.open_file(root, root / "dist" / "deep" / "file")


def test_no_descriptor_stays_open(root: Path) -> None:
    if not Path("/proc/self/fd").is_dir():
        pytest.skip("descriptors cannot be counted here")
    before = len(list(Path("/proc/self/fd").iterdir()))

    for _ in range(20):
        read(root, "dist/deep/file")
        with pytest.raises(Unsafe):
            opener.open_file(root, root / "dist")

    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_what_is_not_there_is_told_as_the_system_tells_it(root: Path) -> None:
    with pytest.raises(FileNotFoundError):
        opener.find(root, root / "none")
    (root / "loop").symlink_to("loop")
    with pytest.raises(OSError, match="Too many levels"):
        opener.find(root, root / "loop")
