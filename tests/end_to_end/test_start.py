"""The page of five minutes, `docs/start.md`, as somebody types it who has uv and nothing else: block after block.

The tests of this module are one story and run in order; each picks up what the one before left.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from uv import find_uv_bin

from tests.support import ROOT, terminal
from tests.support.pages import code
from tests.support.project import clean_environment
from tests.support.waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = ROOT / "docs" / "start.md"
ACCIDENTS = re.compile(r"\d\d:\d\d:\d\d|[\d.]+ s\b")
"""What differs from run to run: times of day, and how long something took."""


@dataclass(frozen=True)
class Reader:
    """Who reads the page, in a shell that stands in `home`; the project is the folder `shop` below it."""

    home: Path
    environment: dict[str, str] = field(repr=False)

    @property
    def shop(self) -> Path:
        return self.home / "shop"

    def type(self, name: str, *, before: str = "") -> str:
        """Type the block of a name; answers what it prints. The test fails if a command of it fails."""
        command = f"set -e\n{before}\n{code(PAGE, name)}"
        folder = self.shop if self.shop.is_dir() else self.home
        done = terminal.run(["bash", "-c", command], folder, self.environment)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    def page(self, environment: str) -> bytes:
        """What the site of an environment shows."""
        command = f". .venv/bin/activate && invoke pipeline.outputs --name {environment}SiteUrl"
        done = terminal.run(["bash", "-c", command], self.shop, self.environment)
        with urllib.request.urlopen(done.stdout.strip(), timeout=PATIENCE) as answer:
            content: bytes = answer.read()
        return content


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    home = tmp_path_factory.mktemp("reader")
    uv = Path(find_uv_bin())
    subprocess.run([uv, "build", "--quiet", "--wheel", "--out-dir", home / "wheels", ROOT], check=True)
    (wheel,) = (home / "wheels").glob("*.whl")
    (home / "constraints.txt").write_text(f"serverless-pipeline @ {wheel.as_uri()}\n")
    own = {
        "PATH": f"{programs(home, uv)}:/usr/bin:/bin",
        "UV_CONSTRAINT": str(home / "constraints.txt"),
        "UV_FIND_LINKS": str(home / "wheels"),
        "INVOKE_PIPELINE_PORT": "0",
        "NO_COLOR": "1",
    }
    reader = Reader(home, clean_environment("VIRTUAL_ENV", "PYTHONPATH") | own)
    yield reader
    if (reader.shop / ".venv").is_dir():
        terminal.run([reader.shop / ".venv/bin/invoke", "local.down"], reader.shop, reader.environment)


def programs(home: Path, uv: Path) -> Path:
    """A folder with uv and no more: beside uv here lies Invoke, which the reader has not yet."""
    folder = home / "bin"
    folder.mkdir()
    for name in ("uv", "uvx"):
        shutil.copy(uv.with_name(name), folder / name)
    return folder


def without_accidents(text: str) -> list[str]:
    return [ACCIDENTS.sub("*", line).strip() for line in text.splitlines()]


def test_the_files_are_written_as_the_page_shows(reader: Reader) -> None:
    reader.type("folder")

    output = reader.type("init")

    assert output.endswith(code(PAGE, "init-output"))
    assert (reader.shop / "tasks.py").read_text() == code(PAGE, "tasks")
    assert (reader.shop / "invoke.yaml").read_text().endswith(code(PAGE, "settings"))


def test_a_second_init_has_nothing_to_do(reader: Reader) -> None:
    assert reader.type("init").splitlines()[-1].startswith("Unchanged")


def test_the_site_goes_to_production_as_the_page_shows(reader: Reader) -> None:
    output = reader.type("up")

    assert set(without_accidents(code(PAGE, "up-output"))) <= set(without_accidents(output))
    assert reader.page("Test") == reader.page("Prod") == b"<h1>Open</h1>\n"


def test_a_change_goes_the_same_way(reader: Reader) -> None:
    reader.type("change", before=". .venv/bin/activate")

    assert reader.page("Test") == reader.page("Prod") == b"<h1>Open, also on Sundays</h1>\n"


def test_at_the_end_nothing_is_left(reader: Reader) -> None:
    output = reader.type("down", before=". .venv/bin/activate")

    assert "nothing is left" in output
    assert "Stopped    the embedded AWS" in output
