"""A whole execution of a project of some size, against a naive port of the same functions.

    python -m benchmarks.whole [--rounds N] [--json]

The project has 39 packages to install, 200 tests, 1,000 files of a site. `pipeline.run` is timed as a user types it;
in the first execution of a round everything is new, in the second nothing is.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING

from benchmarks.figures import compare, parser, seconds, show
from benchmarks.place import ROOT, environment_of_programs, exports, invoke, program, run, scratch

if TYPE_CHECKING:
    from pathlib import Path

OURS = ("--search-root", str(ROOT))
"""The project has no words of the pipeline; they come from this checkout's tasks."""
PACKAGES = """
boto3==1.43.106 sqlalchemy fastapi uvicorn httpx jinja2 pydantic-settings alembic pytest pytest-cov ruff requests
python-dateutil pyyaml structlog tenacity orjson click rich attrs cryptography pyjwt python-multipart
"""
TASKS = """\
import json, os, pathlib, random, urllib.request, zipfile
from invoke import task

DIST = pathlib.Path("dist")
PATH = {"get": {"responses": {"200": {"description": "fine"}}, "x-amazon-apigateway-integration": {
    "type": "aws_proxy", "httpMethod": "POST", "uri": "${IntegrationUri}"}}}


@task
def package(c):
    c.run("python -m ruff check tests && python -m pytest -q tests")
    DIST.mkdir()
    content = random.Random(pathlib.Path("seed.txt").read_text())
    with zipfile.ZipFile(DIST / "site.zip", "w") as site:
        site.writestr("index.html", "<title>large</title>")
        for number in range(999):
            entry = zipfile.ZipInfo(f"assets/{number}.bin")
            site.writestr(entry, content.randbytes(content.randint(1_000, 50_000)))
    with zipfile.ZipFile(DIST / "lambda.zip", "w") as function:
        readable = zipfile.ZipInfo("index.py")
        readable.external_attr = 0o644 << 16
        function.writestr(readable, "def handler(event, context):\\n    return {}\\n")
    paths = {f"/{number}": PATH for number in range(10)}
    document = {"openapi": "3.0.3", "info": {"title": "large", "version": "1"}, "paths": paths}
    (DIST / "openapi.json").write_text(json.dumps(document))


@task(name="test-functional")
def functional(c):
    assert b"large" in urllib.request.urlopen(os.environ["TARGET_URL"]).read()
    c.run("python -m pytest -q tests -k 'rule and 1'")
"""
TESTS = "import pytest\n\n\n@pytest.mark.parametrize('case', range(200))\ndef test_rule(case):\n    assert case >= 0\n"


def main() -> None:
    options = parser(__doc__).parse_args()
    settings = {"STACK_NAME": "large", "REQUIREMENTS": "requirements.txt"}
    environment = environment_of_programs() | {f"INVOKE_PIPELINE_{name}": value for name, value in settings.items()}
    with scratch() as folder:
        project = make_project(folder / "large")
        try:
            prepare(project, environment)
            rounds = [one_round(project, folder / str(number), environment) for number in range(options.rounds)]
        finally:
            invoke(project, environment, *OURS, "pipeline.down", "--yes")
            invoke(project, environment, *OURS, "local.down")
    peer = "a naive port of the functions"
    firsts = [(first, naive) for first, _, naive in rounds]
    repeats = [(second, naive) for _, second, naive in rounds]
    show(
        [
            compare("an execution in which everything is new", firsts, peer, "≤ 0.3"),
            compare("an execution in which nothing is new", repeats, peer, "≤ 0.15"),
        ],
        options,
    )


def make_project(folder: Path) -> Path:
    (folder / "tests").mkdir(parents=True)
    (folder / "tests" / "test_rules.py").write_text(TESTS)
    (folder / "tasks.py").write_text(TASKS)
    (folder / "seed.txt").write_text("0")
    (folder / ".gitignore").write_text(".local/\ndist/\n__pycache__/\n.*_cache/\n")
    (folder / "requirements.in").write_text("\n".join(["invoke", *PACKAGES.split()]))
    lock = ["uv", "pip", "compile", "--quiet", "requirements.in", "-o", "requirements.txt"]
    subprocess.run(lock, cwd=folder, check=True)
    subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)
    return folder


def prepare(project: Path, environment: dict[str, str]) -> None:
    """Bring the pipeline up, and let pip and uv fill their caches."""
    invoke(project, environment, *OURS, "pipeline.up")
    invoke(project, environment, *OURS, "pipeline.watch")
    naive(project, project.parent / "unmeasured", environment)


def one_round(project: Path, work: Path, environment: dict[str, str]) -> tuple[float, float, float]:
    """Seconds of an execution where all is new, of one where nothing is, and of the naive port."""
    (project / "seed.txt").write_text(work.name)
    requirements = project / "requirements.txt"
    requirements.write_text(f"{requirements.read_text()}# round {work.name}\n")
    first = seconds(lambda: invoke(project, environment, *OURS, "pipeline.run"))
    second = seconds(lambda: invoke(project, environment, *OURS, "pipeline.run"))
    return first, second, seconds(lambda: naive(project, work, environment))


def naive(project: Path, work: Path, environment: dict[str, str]) -> None:
    work.mkdir()
    status = json.loads(invoke(project, environment, *OURS, "pipeline.status", "--output", "json"))
    page = status["stack"]["outputs"]["TestSiteUrl"]
    variables = exports(project, environment, *OURS)
    run(program("naive", str(project), str(work), page), ROOT, environment | variables)
    shutil.rmtree(work)


if __name__ == "__main__":
    main()
