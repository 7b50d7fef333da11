from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from serverless_pipeline.local.sandbox import kind, system, tools
from serverless_pipeline.local.sandbox.bubblewrap import Bubblewrap
from serverless_pipeline.local.sandbox.kind import Unavailable
from serverless_pipeline.local.sandbox.namespaces import Namespaces
from serverless_pipeline.local.sandbox.root import Bind, Link, Memory, Root
from tests.support.frozen import changeable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

WORKS = "exit 0"
FAILS = "echo no rights >&2; exit 1"


@pytest.fixture
def laptop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """A Linux of an ordinary user or of root, with these programs of the shell instead of the real ones."""

    def lay(*, bwrap: str = "", setpriv: str = "", python: str = WORKS, uid: int = 1000) -> None:
        for name, program in {"bwrap": bwrap, "setpriv": setpriv, "python": python}.items():
            if program:
                path = tmp_path / "programs" / name
                path.parent.mkdir(exist_ok=True)
                path.write_text(f"#!/bin/sh\n{program}\n")
                path.chmod(0o755)
        monkeypatch.setattr(sys, "platform", "linux")
        monkeypatch.setattr(sys, "executable", str(tmp_path / "programs" / "python"))
        monkeypatch.setattr(os, "getuid", lambda: uid)
        monkeypatch.setattr(tools, "PLACES", str(tmp_path / "programs"))
        monkeypatch.setenv("PATH", str(tmp_path / "programs"))

    return lay


@pytest.fixture
def bubblewrap(tmp_path: Path) -> Bubblewrap:
    return Bubblewrap(str(tmp_path / "programs" / "bwrap"))


@pytest.fixture
def namespaces(tmp_path: Path) -> Namespaces:
    return Namespaces(str(tmp_path / "programs" / "python"), tmp_path / "files" / "root")


@pytest.mark.parametrize("wanted", ["automatic", "required", "bubblewrap"])
def test_bubblewrap_is_preferred(
    laptop: Callable[..., None], tmp_path: Path, bubblewrap: Bubblewrap, wanted: str
) -> None:
    laptop(bwrap=WORKS)

    assert kind.find(tmp_path / "files", wanted) == bubblewrap


@pytest.mark.parametrize("wanted", ["automatic", "required"])
@pytest.mark.parametrize("bwrap", [FAILS, ""])
def test_where_it_does_not_work_or_is_not_there_namespaces_are_taken(
    laptop: Callable[..., None], tmp_path: Path, namespaces: Namespaces, wanted: str, bwrap: str
) -> None:
    laptop(bwrap=bwrap)

    assert kind.find(tmp_path / "files", wanted) == namespaces
    assert namespaces.folder.is_dir()


def test_the_one_that_is_named_is_taken_though_the_other_works(
    laptop: Callable[..., None], tmp_path: Path, namespaces: Namespaces
) -> None:
    laptop(bwrap=WORKS)

    assert kind.find(tmp_path / "files", "namespaces") == namespaces


def test_it_can_be_looked_for_again(laptop: Callable[..., None], tmp_path: Path, namespaces: Namespaces) -> None:
    laptop()

    assert [kind.find(tmp_path / "files"), kind.find(tmp_path / "files")] == [namespaces] * 2


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        ("automatic", "bubblewrap: no rights; namespaces: exit status 3"),
        ("required", "bubblewrap: no rights; namespaces: exit status 3"),
        ("bubblewrap", "bubblewrap: no rights"),
        ("namespaces", "namespaces: exit status 3"),
    ],
)
def test_where_none_works_every_reason_is_told(
    laptop: Callable[..., None], tmp_path: Path, wanted: str, reason: str
) -> None:
    laptop(bwrap=FAILS, python="exit 3")

    assert kind.find(tmp_path / "files", wanted) == Unavailable(reason)


def test_one_that_is_wanted_and_not_installed_is_named(laptop: Callable[..., None], tmp_path: Path) -> None:
    laptop()

    assert kind.find(tmp_path / "files", "bubblewrap") == Unavailable("bubblewrap is not installed")


def test_root_needs_setpriv_beside_bubblewrap(
    laptop: Callable[..., None], tmp_path: Path, namespaces: Namespaces
) -> None:
    laptop(bwrap=WORKS, uid=0)
    without = kind.find(tmp_path / "files")

    laptop(bwrap=WORKS, setpriv=WORKS, uid=0)
    with_it = kind.find(tmp_path / "files")

    programs = tmp_path / "programs"
    assert (without, with_it) == (namespaces, Bubblewrap(str(programs / "bwrap"), str(programs / "setpriv")))


def test_an_ordinary_user_does_not_take_setpriv(
    laptop: Callable[..., None], tmp_path: Path, bubblewrap: Bubblewrap
) -> None:
    laptop(bwrap=WORKS, setpriv=WORKS)

    assert kind.find(tmp_path / "files") == bubblewrap


def test_one_that_says_something_and_works_is_taken(
    laptop: Callable[..., None], tmp_path: Path, bubblewrap: Bubblewrap
) -> None:
    laptop(bwrap="echo a warning >&2")

    assert kind.find(tmp_path / "files") == bubblewrap


def test_one_that_hangs_does_not_work(
    laptop: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kind, "TRIAL_SECONDS", 0.05)
    laptop(bwrap="exec /bin/sleep 60")

    found = kind.find(tmp_path / "files", "bubblewrap")

    assert isinstance(found, Unavailable)
    assert found.reason.startswith("bubblewrap: Command '[")
    assert found.reason.endswith("timed out after 0.05 seconds")


def test_one_that_cannot_be_started_does_not_work(laptop: Callable[..., None], tmp_path: Path) -> None:
    laptop(python="")

    program = tmp_path / "programs" / "python"
    assert kind.find(tmp_path / "files") == Unavailable(f"namespaces: [Errno 2] No such file or directory: '{program}'")


def test_the_trial_runs_a_program_in_what_all_sandboxes_have_and_a_tmp(
    laptop: Callable[..., None], tmp_path: Path, bubblewrap: Bubblewrap
) -> None:
    laptop(bwrap=f'for word; do echo "$word"; done >{tmp_path}/words')
    files = tmp_path / "files"

    kind.find(files)

    root = Root((*kind.base(files).entries, Memory("/tmp", 1 << 20)))  # noqa: S108 - of the sandbox
    _, *words = bubblewrap.command(root, "/tmp", ["/bin/true"])  # noqa: S108
    assert (tmp_path / "words").read_text().splitlines() == words


def test_none_is_looked_for_where_none_is_wanted(tmp_path: Path) -> None:
    assert kind.find(tmp_path / "files", "none") == Unavailable("the setting local_sandbox is none")
    assert not (tmp_path / "files").exists()


@pytest.mark.parametrize("wanted", ["automatic", "required", "bubblewrap", "namespaces"])
def test_only_linux_has_namespaces(
    laptop: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wanted: str
) -> None:
    laptop(bwrap=WORKS)
    monkeypatch.setattr(sys, "platform", "darwin")

    reason = "a sandbox needs the namespaces of Linux, and this is darwin"
    assert kind.find(tmp_path / "files", wanted) == Unavailable(reason)


def test_all_have_programs_libraries_and_etc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LIBRARIES", "STORES", "CONFIGURATION"):
        monkeypatch.setattr(system, name, ())

    etc = tmp_path / "etc"
    assert kind.base(tmp_path) == Root(
        (
            Bind(tmp_path / "bin", "/usr/bin"),
            Link("/bin", "usr/bin"),
            *(Bind(etc / name, f"/etc/{name}") for name in ("passwd", "group", "nsswitch.conf")),
        )
    )
    assert (tmp_path / "bin").is_dir()


def test_what_is_not_available_is_called_none_and_does_not_change() -> None:
    assert Unavailable("why").name == "none"
    assert changeable(Unavailable("why")) == []
