"""The agent, as a process of its own, with the laptop's shells."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.local.codebuild import agent

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ("INSTALL", "PRE_BUILD", "BUILD", "POST_BUILD")


class Built:
    """What a run of the agent printed and told."""

    def __init__(self, output: str) -> None:
        lines = output.splitlines()
        self.events = [json.loads(line.partition("@@")[2]) for line in lines if "@@" in line]
        self.lines = [line.partition("@@")[0] for line in lines if not line.startswith(("@@", "[Container]"))]

    @property
    def phases(self) -> dict[str, str]:
        """The message of each phase that ended."""
        return {event["phase"]: event["message"] for event in self.events if "code" in event}

    @property
    def exported(self) -> dict[str, str]:
        return dict(next(event["exported"] for event in self.events if "exported" in event))

    @property
    def artifacts(self) -> list[tuple[str, str, str]]:
        return [(event["artifact"], event["name"], event["message"]) for event in self.events if "artifact" in event]


@pytest.fixture(params=["sh", "bash"])
def shell(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def build(folder: Path, shell: str, phases: dict[str, Any], **more: Any) -> Built:
    for name in ("source", "state"):
        (folder / name).mkdir(exist_ok=True)
    plan = {
        "marker": "@@",
        "shell": shell,
        "state": str(folder / "state"),
        "source": str(folder / "source"),
        "phases": [
            {"name": name, "commands": [], "finally": [], "on_failure": "", **phases.get(name, {})} for name in NAMES
        ],
        "exported": [],
        "artifacts": [],
        **more,
    }
    (folder / "plan").write_text(json.dumps(plan))
    words = [sys.executable, "-I", "-S", agent.__file__, str(folder / "plan")]
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60)
    return Built(done.stdout)


def test_all_commands_share_one_shell(tmp_path: Path, shell: str) -> None:
    phases = {
        "INSTALL": {"commands": ["mkdir sub && cd sub", "KEPT='a b'"]},
        "BUILD": {"commands": ['echo "$KEPT"', "basename $PWD", "export SAID=x", "cat"]},
    }

    built = build(tmp_path, shell, phases, exported=["SAID", "KEPT", "NONE"])

    assert built.lines == ["a b", "sub"]
    assert built.phases == dict.fromkeys(NAMES, "")
    assert built.exported == {"SAID": "x", "KEPT": "a b", "NONE": ""}


def test_what_follows_a_command_that_ends_the_shell_has_its_variables_and_its_folder(
    tmp_path: Path, shell: str
) -> None:
    phases = {
        "BUILD": {"commands": ["mkdir sub && cd sub && KEPT='a b' && export SAID=x", "exit 3", "echo never"]},
        "POST_BUILD": {"commands": ['echo "$KEPT $SAID $CODEBUILD_BUILD_SUCCEEDING"', "basename $PWD"]},
    }

    built = build(tmp_path, shell, phases)

    assert built.lines == ["a b x 0", "sub"]
    assert built.phases["BUILD"] == "Error while executing command: exit 3. Reason: exit status 3"


@pytest.mark.parametrize(
    ("phase", "on_failure", "following"),
    [
        ("INSTALL", "", []),
        ("PRE_BUILD", "ABORT", []),
        ("PRE_BUILD", "CONTINUE", ["BUILD", "POST_BUILD"]),
        ("BUILD", "", ["POST_BUILD"]),
        ("BUILD", "ABORT", []),
    ],
)
def test_what_follows_a_phase_that_failed_depends_on_it(
    tmp_path: Path, phase: str, on_failure: str, following: list[str]
) -> None:
    built = build(tmp_path, "sh", {phase: {"commands": ["false"], "on_failure": on_failure, "finally": ["echo last"]}})

    assert list(built.phases)[NAMES.index(phase) + 1 :] == following
    assert built.phases[phase] == "Error while executing command: false. Reason: exit status 1"
    assert built.lines == ["last"]


def test_an_artifact_is_packed_by_patterns_with_variables(tmp_path: Path) -> None:
    artifact = {
        "id": "",
        "files": ["**/*"],
        "base": "$WHERE",
        "name": "site-$(echo 7)",
        "exclude": ["*.map"],
        "flat": False,
        "target": str(tmp_path / "a.zip"),
    }
    make = "WHERE=dist; mkdir -p dist/deep; echo 1 >dist/deep/.x; echo 2 >dist/y; echo 3 >dist/y.map"

    built = build(tmp_path, "sh", {"BUILD": {"commands": [make]}}, artifacts=[artifact])

    assert built.artifacts == [("", "site-7", "")]
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert sorted(archive.namelist()) == ["deep/.x", "y"]


def test_paths_can_be_discarded(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "x").write_text("1")

    message = agent.pack(tmp_path, ["d/*"], [], tmp_path / "a.zip", is_flat=True)

    assert message == ""
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert archive.namelist() == ["x"]


@pytest.mark.parametrize(
    ("base", "message"),
    [("", "no matching artifact paths found"), ("gone", "no matching base directory path found for {}/gone")],
)
def test_what_is_not_there_is_told(tmp_path: Path, base: str, message: str) -> None:
    assert agent.pack(tmp_path / base, ["x"], [], tmp_path / "a.zip") == message.format(tmp_path)
