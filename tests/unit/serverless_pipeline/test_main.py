from __future__ import annotations

import subprocess
import sys
from importlib import metadata
from typing import TYPE_CHECKING

import pytest

from serverless_pipeline import __main__
from serverless_pipeline.init import program
from tests.support import ROOT
from tests.support.folder import SITE_PROJECT, fill

if TYPE_CHECKING:
    from pathlib import Path


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "serverless_pipeline", *words]
    environment = {"PYTHONPATH": str(ROOT), "PATH": ""}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_it_writes_into_the_folder_where_it_is_typed(tmp_path: Path) -> None:
    done = run(fill(tmp_path, SITE_PROJECT), "init")

    assert (done.returncode, done.stdout) == (0, "")
    assert "Wrote      tasks.py" in done.stderr
    assert (tmp_path / "tasks.py").is_file()


def test_where_nothing_can_be_delivered_it_ends_as_a_mistake_of_the_user(tmp_path: Path) -> None:
    done = run(tmp_path, "init")

    assert done.returncode == 2
    assert done.stderr.startswith(f"There is nothing to deliver in {tmp_path}")


@pytest.mark.parametrize("words", [(), ("up",), ("init", "--dri")])
def test_a_misspelt_word_ends_as_a_mistake_of_the_user(words: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as caught:
        __main__.main(words)

    assert caught.value.code == 2


def test_options_reach_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[str, bool]] = []
    monkeypatch.setattr(program, "init", lambda _, template, *, dry: calls.append((template, dry)))

    codes = [__main__.main(["init"]), __main__.main(["init", "--dry", "--template", "a.yaml"])]

    assert codes == [0, 0]
    assert calls == [("", False), ("a.yaml", True)]


def test_ctrl_c_ends_it_as_every_word(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(program, "init", interrupt)

    assert __main__.main(["init"]) == 130


def test_help_names_the_word_and_leads_to_the_others(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        __main__.main(["--help"])

    assert caught.value.code == 0
    assert "init" in (output := capsys.readouterr().out)
    assert "invoke --list" in output


@pytest.mark.parametrize(("number", "words"), [("1.2.3", "1.2.3"), (None, "of a checkout")])
def test_the_version_is_that_of_the_installed_package(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], number: str | None, words: str
) -> None:
    def version(name: str) -> str:
        if number is None:
            raise metadata.PackageNotFoundError(name)
        return number

    monkeypatch.setattr(metadata, "version", version)

    with pytest.raises(SystemExit) as caught:
        __main__.main(["--version"])

    assert caught.value.code == 0
    assert capsys.readouterr().out == f"serverless-pipeline {words}\n"


def test_nothing_heavy_is_loaded_to_say_what_there_is() -> None:
    code = (
        "import sys\nfrom serverless_pipeline.__main__ import main\ntry:\n    main(['--help'])\nexcept SystemExit:\n"
        "    print([name for name in ('boto3', 'jinja2', 'yaml', 'rich', 'cfnlint') if name in sys.modules])\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=True
    )

    assert done.stdout.splitlines()[-1] == "[]"
