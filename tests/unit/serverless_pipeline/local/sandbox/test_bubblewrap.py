from __future__ import annotations

from pathlib import Path

import pytest

from serverless_pipeline.local.sandbox.bubblewrap import Bubblewrap
from serverless_pipeline.local.sandbox.limits import limited
from serverless_pipeline.local.sandbox.root import Bind, Entry, Folder, Link, Memory, Root, Writable
from tests.support.frozen import changeable

ROOT = Root(
    (
        Bind(Path("/scratch/bin"), "/usr/bin"),
        Link("/bin", "usr/bin"),
        Bind(Path("/scratch/code"), "/var/task"),
        Bind(Path("/usr/bin/python3.13"), "/var/lang/bin/python3.13"),
        Memory("/tmp", 512 << 20),  # noqa: S108 - of the sandbox
        Folder("/opt"),
    )
)
ENTRIES = [
    *("--dir", "/usr", "--ro-bind", "/scratch/bin", "/usr/bin"),
    *("--symlink", "usr/bin", "/bin"),
    *("--dir", "/var", "--ro-bind", "/scratch/code", "/var/task"),
    *("--dir", "/var/lang", "--dir", "/var/lang/bin"),
    *("--ro-bind", "/usr/bin/python3.13", "/var/lang/bin/python3.13"),
    *("--perms", "1777", "--size", "536870912", "--tmpfs", "/tmp"),  # noqa: S108
    *("--dir", "/opt"),
]
NAMESPACES = [
    *("--die-with-parent", "--unshare-pid", "--unshare-ipc"),
    *("--unshare-uts", "--hostname", "lambda"),
]
SYSTEM = [
    *("--proc", "/proc"),
    *("--tmpfs", "/dev"),
    *("--dev-bind", "/dev/null", "/dev/null"),
    *("--dev-bind", "/dev/zero", "/dev/zero"),
    *("--dev-bind", "/dev/full", "/dev/full"),
    *("--dev-bind", "/dev/random", "/dev/random"),
    *("--dev-bind", "/dev/urandom", "/dev/urandom"),
    *("--symlink", "/proc/self/fd", "/dev/fd"),
    *("--symlink", "/proc/self/fd/0", "/dev/stdin"),
    *("--symlink", "/proc/self/fd/1", "/dev/stdout"),
    *("--symlink", "/proc/self/fd/2", "/dev/stderr"),
    *("--remount-ro", "/dev"),
    *("--remount-ro", "/", "--chdir", "/var/task"),
]
WORDS = ["/var/lang/bin/python3.13", "-m", "client"]


def laid(*entries: Entry) -> list[str]:
    """The arguments for the entries of a root."""
    words = Bubblewrap("bwrap").command(Root(entries), "/", [])
    return words[words.index("990") + 1 : words.index("--proc")]


def test_an_ordinary_user_makes_a_user_namespace_and_is_lambdas_user_in_it() -> None:
    assert Bubblewrap("/usr/bin/bwrap").command(ROOT, "/var/task", WORDS) == [
        "/usr/bin/bwrap",
        *NAMESPACES,
        *("--unshare-user", "--uid", "993", "--gid", "990"),
        *ENTRIES,
        *SYSTEM,
        "--",
        *limited(WORDS),
    ]


def test_root_makes_none_and_sheds_its_user_groups_and_rights_inside() -> None:
    assert Bubblewrap("/usr/bin/bwrap", "/usr/bin/setpriv").command(ROOT, "/var/task", WORDS) == [
        "/usr/bin/bwrap",
        *NAMESPACES,
        *("--ro-bind", "/usr/bin/setpriv", "/run/setpriv"),
        *ENTRIES,
        *SYSTEM,
        "--",
        *limited(
            [
                *("/run/setpriv", "--reuid", "993", "--regid", "990", "--clear-groups"),
                *("--inh-caps=-all", "--bounding-set=-all", "--no-new-privs"),
                *WORDS,
            ]
        ),
    ]


def test_the_library_path_is_set_inside() -> None:
    without = Bubblewrap("bwrap").command(ROOT, "/var/task", WORDS)
    end = without.index("--")

    words = Bubblewrap("bwrap").command(ROOT, "/var/task", WORDS, library_path="/opt/lib")

    assert words == [*without[:end], "--setenv", "LD_LIBRARY_PATH", "/opt/lib", *without[end:]]


def test_the_variables_of_the_process_are_not_among_the_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-secret")
    monkeypatch.setenv("LD_LIBRARY_PATH", "/of/the/laptop")

    words = Bubblewrap("bwrap", "setpriv").command(ROOT, "/var/task", WORDS)

    assert {"--setenv", "--clearenv", "--unsetenv"}.isdisjoint(words)
    assert "a-secret" not in str(words)
    assert "/of/the/laptop" not in str(words)


@pytest.mark.parametrize(
    ("entry", "own"),
    [
        (Bind(Path("/x"), "/a/b/c"), ["--ro-bind", "/x", "/a/b/c"]),
        (Memory("/a/b/c", 7), ["--perms", "1777", "--size", "7", "--tmpfs", "/a/b/c"]),
        (Link("/a/b/c", "d"), ["--symlink", "d", "/a/b/c"]),
        (Folder("/a/b/c"), ["--dir", "/a/b/c"]),
    ],
)
def test_the_folders_above_an_entry_are_made_before_it(entry: Entry, own: list[str]) -> None:
    assert laid(entry) == ["--dir", "/a", "--dir", "/a/b", *own]


def test_a_folder_above_several_entries_is_made_once() -> None:
    assert laid(Folder("/a/b/c"), Folder("/a/b/d"), Folder("/a/e")) == [
        *("--dir", "/a", "--dir", "/a/b", "--dir", "/a/b/c"),
        *("--dir", "/a/b/d"),
        *("--dir", "/a/e"),
    ]


def test_it_says_its_name_and_does_not_change() -> None:
    assert Bubblewrap("bwrap").name == "bubblewrap"
    assert changeable(Bubblewrap("bwrap")) == []


def test_the_folder_of_a_build_can_be_written_to() -> None:
    assert laid(Writable(Path("/scratch/build"), "/root")) == ["--bind", "/scratch/build", "/root"]
