from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from serverless_pipeline.errors import Error
from serverless_pipeline.init import files, next_commands, program
from tests.support.folder import SAM, SITE_PROJECT, fill

if TYPE_CHECKING:
    from pathlib import Path

    from serverless_pipeline.init.files import Added, New

IGNORED = ".local/ .venv/ __pycache__/"


@pytest.fixture(autouse=True)
def next_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(next_commands, "lines", lambda _: iter(["invoke pipeline.up"]))


def told(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().err.splitlines()


def listing(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_it_says_what_it_found_what_it_wrote_and_what_is_next(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    program.init(fill(tmp_path, SITE_PROJECT))

    assert told(capsys) == [
        "Found      public/index.html, a site",
        "Wrote      tasks.py",
        "Wrote      invoke.yaml",
        "Wrote      template.yaml",
        f"Added      to .gitignore: {IGNORED}",
        "Next       invoke pipeline.up",
    ]
    assert listing(tmp_path) == {"public", "tasks.py", "invoke.yaml", "template.yaml", ".gitignore"}


def test_a_second_time_there_is_nothing_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program.init(fill(tmp_path, SITE_PROJECT))
    before = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    told(capsys)

    program.init(tmp_path)

    assert told(capsys)[-1] == f"Unchanged  {tmp_path} has all that is needed"
    assert {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before


def test_dry_it_prints_what_it_would_write_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    program.init(fill(tmp_path, SITE_PROJECT), dry=True)

    output = capsys.readouterr()
    assert [line for line in output.err.splitlines() if line.startswith("Would")] == [
        "Would      write tasks.py",
        "Would      write invoke.yaml",
        "Would      write template.yaml",
        "Would      add to .gitignore",
    ]
    assert output.out.startswith('"""The tasks of this project')
    assert output.out.endswith(f"{IGNORED.replace(' ', chr(10))}\n")
    assert listing(tmp_path) == {"public"}


def test_what_is_there_is_kept_and_told_with_what_it_lacks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    there = {"tasks.py": "def package(): ...\n", "invoke.yaml": 'pipeline: {stack_name: a, requirements: ""}\n'}
    program.init(fill(tmp_path, {**SITE_PROJECT, **there}))

    assert told(capsys)[1:7] == [
        "Kept       tasks.py; add to it by hand:",
        "           from serverless_pipeline.tasks import local, pipeline",
        "           ns = Collection(local, pipeline)",
        '           # a task test-functional that asks the address in TARGET_URL, or `test_task: ""` in invoke.yaml',
        "Kept       invoke.yaml",
        "Wrote      template.yaml",
    ]
    assert (tmp_path / "tasks.py").read_text() == there["tasks.py"]


def test_what_a_person_decides_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    template = SAM.replace("Resources:", "Parameters: {Size: {Type: Number}}\nResources:")

    program.init(fill(tmp_path, {"template.yaml": template}))

    assert any(line.startswith("Missing    values of parameters") for line in told(capsys))


def test_the_template_that_is_named_is_taken(tmp_path: Path) -> None:
    program.init(fill(tmp_path, {"a.yaml": SAM, "b.yaml": SAM}), "b.yaml")

    assert "template: b.yaml" in (tmp_path / "invoke.yaml").read_text()


def test_what_was_written_before_a_failure_was_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path, SITE_PROJECT)
    write = files.write

    def fail(folder: Path, file: New | Added) -> None:
        write(folder if str(file.path) == "tasks.py" else folder / "absent", file)

    monkeypatch.setattr(files, "write", fail)

    with pytest.raises(Error, match=r"invoke\.yaml cannot be written"):
        program.init(tmp_path)

    assert told(capsys)[-1] == "Wrote      tasks.py"
