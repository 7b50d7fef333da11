"""The bundle of this project's own functions, whose requirements are fetched and installed."""

from __future__ import annotations

import json
import os
import subprocess
import sysconfig
import venv
import zipfile
from typing import TYPE_CHECKING

from serverless_pipeline import assets
from serverless_pipeline.local.functions import runtime
from serverless_pipeline.project import bundle
from serverless_pipeline.settings import Settings
from tests.support import ROOT

if TYPE_CHECKING:
    from pathlib import Path

RUNTIME, ARCHITECTURE = runtime.identity()
HERE = Settings(runtime=RUNTIME, architecture=ARCHITECTURE)
BUILD = """
import json
import os
from serverless_pipeline.project import bundle
from serverless_pipeline.settings import Settings
from serverless_pipeline.local.functions import runtime

name, architecture = runtime.identity()
print(json.dumps([bundle.build(Settings(target=target, runtime=name, architecture=architecture)).digest
                  for target in ("local", "aws")]))
"""


def test_it_holds_the_functions_and_their_requirements_and_is_light(tmp_path: Path) -> None:
    folder = assets.functions()

    built = bundle.build(HERE, tmp_path)

    names = set(zipfile.ZipFile(built.path).namelist())
    sources = {f"lambdas/{path.relative_to(folder).as_posix()}" for path in folder.rglob("*.py")}
    assert sources - names == {"lambdas/lost_job.py"}  # it watches what is in here, and lies in the template
    assert {"invoke/__init__.py", "bin/uv"} <= names
    assert {"bin/invoke", "bin/inv"} & names == set()
    assert {name.split("/")[0] for name in names} & {"serverless_pipeline", "app", "cfn", "tests", "boto3"} == set()
    assert built.path.stat().st_size < bundle.LIMIT


def test_a_bundle_for_an_account_holds_the_programs_of_its_architecture(tmp_path: Path) -> None:
    built = bundle.build(Settings(target="aws", runtime="python3.13", architecture="arm64"), tmp_path)

    with zipfile.ZipFile(built.path) as archive:
        header = archive.read("bin/uv")[:20]
    aarch64 = 0xB7
    assert header[:4] == b"\x7fELF"
    assert int.from_bytes(header[18:20], "little") == aarch64


def test_two_checkouts_with_environments_of_their_own_build_one_bundle(tmp_path: Path) -> None:
    first = digests(tmp_path / "one")
    second = digests(tmp_path / "another" / "deeper")

    assert first == second


def digests(folder: Path) -> list[str]:
    """Build in a folder with an environment of its own, for both targets."""
    venv.create(folder / "venv", symlinks=True)
    packages = folder / "venv" / "lib" / RUNTIME / "site-packages"
    (packages / "shared.pth").write_text(sysconfig.get_path("purelib"))
    done = subprocess.run(
        [folder / "venv" / "bin" / "python", "-c", BUILD],
        cwd=folder,
        env={name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"} | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer: list[str] = json.loads(done.stdout)
    return answer
