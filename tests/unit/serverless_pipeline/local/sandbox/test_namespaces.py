from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from serverless_pipeline.local.sandbox import namespaces
from serverless_pipeline.local.sandbox.limits import limited
from serverless_pipeline.local.sandbox.namespaces import Namespaces
from serverless_pipeline.local.sandbox.root import Bind, Folder, Link, Memory, Root
from tests.support.frozen import changeable

if TYPE_CHECKING:
    import pytest

SANDBOX = Namespaces("/usr/bin/python3", Path("/scratch/root"))
ROOT = Root(
    (
        Bind(Path("/scratch/code"), "/var/task"),
        Memory("/tmp", 512 << 20),  # noqa: S108 - of the sandbox
        Link("/bin", "usr/bin"),
        Folder("/opt"),
    )
)
WORDS = ["/var/lang/bin/python3.13", "-m", "client"]
PLAN = {
    "base": "/scratch/root",
    "entries": [
        {"kind": "Bind", "source": "/scratch/code", "target": "/var/task"},
        {"kind": "Memory", "target": "/tmp", "size": "536870912"},  # noqa: S108
        {"kind": "Link", "path": "/bin", "target": "usr/bin"},
        {"kind": "Folder", "path": "/opt"},
    ],
    "devices": ["null", "zero", "full", "random", "urandom"],
    "user": 993,
    "group": 990,
    "folder": "/var/task",
    "library_path": "",
}


def test_our_own_program_gets_the_plan_of_the_root_and_the_words() -> None:
    python, isolated, without_site, program, plan, *words = SANDBOX.command(ROOT, "/var/task", WORDS)

    assert (python, isolated, without_site, program) == ("/usr/bin/python3", "-I", "-S", str(namespaces.PROGRAM))
    assert json.loads(plan) == PLAN
    assert words == limited(WORDS)


def test_the_library_path_is_in_the_plan() -> None:
    plan = SANDBOX.command(ROOT, "/var/task", WORDS, library_path="/opt/lib")[4]

    assert json.loads(plan) == PLAN | {"library_path": "/opt/lib"}


def test_the_variables_of_the_process_are_not_among_the_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-secret")

    assert "a-secret" not in str(SANDBOX.command(ROOT, "/var/task", WORDS))


def test_the_program_lies_beside_it() -> None:
    assert Path(namespaces.__file__).parent / "unshare.py" == namespaces.PROGRAM
    assert namespaces.PROGRAM.is_file()


def test_it_says_its_name_and_does_not_change() -> None:
    assert SANDBOX.name == "namespaces"
    assert changeable(SANDBOX) == []
