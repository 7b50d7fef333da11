from __future__ import annotations

import os
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest

from serverless_pipeline import interpreters
from serverless_pipeline.local.codebuild import workshop
from serverless_pipeline.local.codebuild.workshop import Workshop
from serverless_pipeline.local.functions.place import Place
from serverless_pipeline.local.sandbox.bubblewrap import Bubblewrap
from tests.support.frozen import changeable


@pytest.fixture
def beside(tmp_path: Path) -> Workshop:
    """One without a sandbox."""
    return Workshop(tmp_path / "build", Place(tmp_path, "url", "none"), interpreters.own())


@pytest.fixture
def inside(tmp_path: Path) -> Workshop:
    """One in a sandbox."""
    place = Place(tmp_path, "url")
    place.__dict__["sandbox"] = Bubblewrap("bwrap")
    return Workshop(tmp_path / "build", place, interpreters.own())


def test_a_build_in_a_sandbox_sees_the_paths_of_codebuild(inside: Workshop) -> None:
    variables = inside.variables()

    assert inside.source == "/codebuild/output/src/src"
    assert inside.outside("src", "src") == inside.folder / "output" / "src" / "src"
    assert (variables["HOME"], variables["TMPDIR"]) == ("/root", "/tmp")  # noqa: S108 - of the sandbox
    assert variables["PATH"].startswith("/root/.local/bin:/codebuild/bin:")


def test_it_may_write_to_three_folders_of_its_own_and_reads_the_system(inside: Workshop) -> None:
    words = inside.command("/codebuild/output/state/plan.json")
    pairs = list(zip(words, words[1:], words[2:], strict=False))

    written = [(source, target) for option, source, target in pairs if option == "--bind"]
    assert written == [
        (str(inside.folder / "home"), "/root"),
        (str(inside.folder / "tmp"), "/tmp"),  # noqa: S108 - of the sandbox
        (str(inside.folder / "output"), "/codebuild/output"),
    ]
    assert ("--ro-bind", "/usr", "/usr") in pairs
    assert words[-2:] == ["/codebuild/agent.py", "/codebuild/output/state/plan.json"]


def test_nothing_of_the_user_is_seen_but_the_programs(inside: Workshop) -> None:
    words = inside.command("plan")

    shown = {source for option, source in pairwise(words) if option == "--ro-bind"}
    assert str(Path.home()) not in shown
    assert str(Path.cwd()) not in shown


def test_without_a_sandbox_they_are_folders_of_the_laptop(beside: Workshop) -> None:
    variables = beside.variables()

    assert beside.source == str(beside.folder / "output/src/src")
    assert variables["HOME"] == str(beside.folder / "home")
    assert beside.command("plan")[-2:] == [str(workshop.AGENT), "plan"]


def test_there_is_no_docker_and_it_says_so(beside: Workshop) -> None:
    beside.lay_out()

    done = subprocess.run([beside.folder / "bin" / "docker", "build"], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (
        127,
        "docker: a build on the embedded AWS has no Docker; run what needs it on an account\n",
    )
    assert (beside.folder / "bin" / "python").resolve() == interpreters.own().executable.resolve()


def test_what_is_written_belongs_to_the_user_of_the_sandbox(
    inside: Workshop, beside: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    owned: list[Path] = []
    monkeypatch.setattr(os, "chown", lambda path, *_ids, **_: owned.append(Path(path)))
    monkeypatch.setattr(os, "getuid", lambda: 0)
    inside.lay_out()
    inside.outside("src", "src", "file").write_text("x")

    beside.hand_over()
    assert owned == []
    inside.hand_over()

    assert inside.outside("src", "src", "file") in owned
    assert inside.folder / "bin" not in owned


def test_a_runtime_runs_on_what_there_is_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: f"/opt/{name}" if name == "node" else None)
    own = interpreters.own()

    assert workshop.runtimes({"python": own.version, "nodejs": "22"}) == (
        own,
        [
            f"runtime-versions: python {own.version} runs on Python {own.release} of this laptop",
            "runtime-versions: nodejs 22 runs on /opt/node of this laptop, whatever its version",
        ],
    )


@pytest.mark.parametrize("language", ["java", "cobol"])
def test_a_runtime_that_is_not_there_is_named(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)

    with pytest.raises(workshop.NotHere, match=f"runtime-versions: {language} 21 is not on this laptop's PATH"):
        workshop.runtimes({language: "21"})


def test_a_workshop_does_not_change(beside: Workshop) -> None:
    assert changeable(beside) == []
