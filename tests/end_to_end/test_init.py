"""`serverless-pipeline init` on a bare machine: a folder that knows nothing of a pipeline is delivered by one.

The program comes from the wheel, by uvx; what it writes is then used as it is.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import urllib.request
from typing import TYPE_CHECKING

import pytest
from uv import find_uv_bin

from tests.support import ROOT, terminal
from tests.support.folder import HANDLER, SAM_PROJECT, SITE_PROJECT, TEST, fill
from tests.support.project import Project, clean_environment
from tests.support.waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PROJECTS = {
    "site": SITE_PROJECT,
    "scattered": {"index.html": "<title>hello</title>\n", "README.md": ""},
    "sam": SAM_PROJECT,
    "function": {"lambda_function.py": HANDLER, "requirements.txt": "iniconfig==2.1.0\n", "test_it.py": TEST},
}
FOUND = {
    "site": "public/index.html, a site",
    "scattered": "index.html, a site",
    "sam": "template.yaml, SAM: HelloWorldFunction",
    "function": "lambda_function.lambda_handler, a function",
}
ADDRESSES = {"site": "SiteUrl", "scattered": "SiteUrl", "sam": "HelloWorldApi", "function": "ApiUrl"}


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """`serverless-pipeline` of the wheel, in an environment that uvx makes for it."""
    wheels = tmp_path_factory.mktemp("wheels")
    uv = find_uv_bin()
    subprocess.run([uv, "build", "--quiet", "--wheel", "--out-dir", wheels, ROOT], check=True)
    (wheel,) = wheels.glob("*.whl")
    return [uv, "tool", "run", "--quiet", "--from", str(wheel), "serverless-pipeline"]


@pytest.fixture
def begin(tmp_path: Path, program: list[str]) -> Iterator[Callable[[str], tuple[Project, str]]]:
    """Make a project of a name as it was before, and type `init` in it; answers it and what `init` says."""
    settings = {"PORT": "0", "ENVIRONMENTS": "Live"}
    environment = clean_environment("VIRTUAL_ENV", "PYTHONPATH")
    own = {"PYTHONPATH": str(ROOT)} | {f"INVOKE_PIPELINE_{name}": value for name, value in settings.items()}
    project = Project(tmp_path / "shop", environment | own, (sys.executable, "-m", "invoke"))

    def begin(name: str) -> tuple[Project, str]:
        fill(project.folder, PROJECTS[name])
        done = terminal.run([*program, "init"], project.folder, environment)
        assert (done.returncode, done.stdout) == (0, ""), done.stderr
        return project, done.stderr

    yield begin
    if (project.folder / ".local").is_dir():
        project.type("local.down")


def use(project: Project) -> None:
    """Do what comes before the pipeline: a repository, and the bundle that the checkout has built already."""
    subprocess.run(["git", "init", "--quiet"], cwd=project.folder, check=True)
    if (ROOT / ".local" / "bundles").is_dir():
        shutil.copytree(ROOT / ".local" / "bundles", project.folder / ".local" / "bundles")


@pytest.mark.parametrize("name", PROJECTS)
def test_it_says_what_it_found_and_leads_on(begin: Callable[[str], tuple[Project, str]], name: str) -> None:
    project, output = begin(name)

    lines = output.splitlines()
    assert f"Found      {FOUND[name]}" in lines
    assert "Next       git init" in lines
    assert lines[-1] == "Next       invoke pipeline.up pipeline.watch"
    assert {"tasks.py", "invoke.yaml", "template.yaml", ".gitignore"} <= {
        path.name for path in project.folder.iterdir()
    }


@pytest.mark.parametrize("name", PROJECTS)
def test_its_templates_are_well(begin: Callable[[str], tuple[Project, str]], name: str) -> None:
    project, _ = begin(name)

    assert "no finding" in project.invoke("pipeline.lint")


@pytest.mark.parametrize(
    "name",
    [
        "site",
        "scattered",
        "sam",
        "function",
    ],
)
def test_its_pipeline_delivers_it(begin: Callable[[str], tuple[Project, str]], name: str) -> None:
    project, _ = begin(name)
    use(project)

    project.invoke("pipeline.up pipeline.watch")

    address = project.type(f"pipeline.outputs --name Live{ADDRESSES[name]}").stdout.strip()
    with urllib.request.urlopen(address, timeout=PATIENCE) as answer:
        assert b"hello" in answer.read()
