from __future__ import annotations

from pathlib import Path

import pytest

from serverless_pipeline.local.sandbox import root
from serverless_pipeline.local.sandbox.root import Bind, Entry, Folder, Link, Memory, Root, Writable
from tests.support.frozen import changeable

CODE = Bind(Path("/home/me/code"), "/var/task")
LIBRARIES = Bind(Path("/usr/lib"), "/usr/lib")
TEMPORARY = Memory("/tmp", 1 << 20)  # noqa: S108 - of the sandbox
PYTHON = Link("/var/lang/bin/python", "python3.13")
LAYERS = Folder("/opt")


def test_parts_are_laid_one_after_the_other() -> None:
    assert Root.of([CODE, TEMPORARY], iter([PYTHON]), [], [LAYERS]) == Root((CODE, TEMPORARY, PYTHON, LAYERS))


@pytest.mark.parametrize(
    "later", [Bind(Path("/elsewhere"), "/opt"), Memory("/opt", 5), Link("/opt", "var/task"), Folder("/opt")]
)
def test_of_two_at_the_same_place_the_later_is_seen_where_the_first_was(later: Entry) -> None:
    earlier = Bind(Path("/layers"), "/opt")

    assert Root.of([earlier, CODE], [later]) == Root((later, CODE))
    assert Root.of([earlier, later, CODE]) == Root((later, CODE))


def test_what_a_folder_of_the_laptop_shows_at_its_own_place_is_not_laid_again() -> None:
    inner = Bind(Path("/usr/lib/x86_64-linux-gnu"), "/usr/lib/x86_64-linux-gnu")
    certificate = Bind(Path("/usr/lib/ssl/cert.pem"), "/usr/lib/ssl/cert.pem")

    assert Root.of([inner, LIBRARIES], [certificate]) == Root((LIBRARIES,))


@pytest.mark.parametrize(
    "entry",
    [
        Bind(Path("/usr/lib/real"), "/usr/lib/shown"),
        Memory("/usr/lib/cache", 5),
        Link("/usr/lib/alias", "real"),
        Folder("/usr/lib/empty"),
        Bind(Path("/usr/library"), "/usr/library"),
    ],
)
def test_what_is_not_the_laptops_own_in_such_a_folder_is_laid_over_it(entry: Entry) -> None:
    assert Root.of([LIBRARIES, entry]) == Root((LIBRARIES, entry))


def test_a_folder_that_is_shown_elsewhere_hides_nothing() -> None:
    moved = Bind(Path("/srv/index"), "/etc/laptop/index")
    inner = Bind(Path("/srv/index/simple"), "/srv/index/simple")
    under = Bind(Path("/etc/laptop/index/simple"), "/etc/laptop/index/simple")

    assert Root.of([moved, inner, under]) == Root((moved, inner, under))


@pytest.mark.parametrize(
    ("entry", "place"),
    [(CODE, "/var/task"), (TEMPORARY, "/tmp"), (PYTHON, "/var/lang/bin/python"), (LAYERS, "/opt")],  # noqa: S108
)
def test_an_entry_is_seen_at_a_place(entry: Entry, place: str) -> None:
    assert root.place(entry) == place


def test_the_user_and_the_devices_are_lambdas() -> None:
    assert (root.USER, root.GROUP) == (993, 990)
    assert root.DEVICES == ("null", "zero", "full", "random", "urandom")


def test_a_root_does_not_change() -> None:
    assert changeable(Root((CODE,)), Writable(Path("/a"), "/b"), CODE, TEMPORARY, PYTHON, LAYERS) == []
