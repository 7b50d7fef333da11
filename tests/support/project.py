"""A small project with a pipeline of its own, for the tests that play its user."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.support import ROOT, terminal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TASKS = """\
import json, os, pathlib, urllib.request, zipfile
from invoke import task

DIST = pathlib.Path("dist")
READABLE = zipfile.ZipInfo("index.py")
READABLE.external_attr = 0o644 << 16
ANSWER = 'def handler(event, context):\\n    return {"statusCode": 200, "body": "{}"}\\n'
DOCUMENT = {
    "openapi": "3.0.3",
    "info": {"title": "small", "version": "1"},
    "paths": {"/": {"get": {
        "responses": {"200": {"description": "fine"}},
        "x-amazon-apigateway-integration": {"type": "aws_proxy", "httpMethod": "POST", "uri": "${IntegrationUri}"},
    }}},
}


@task
def package(c):
    DIST.mkdir()
    with zipfile.ZipFile(DIST / "site.zip", "w") as site:
        site.writestr("index.html", "<title>small</title>")
    with zipfile.ZipFile(DIST / "lambda.zip", "w") as function:
        function.writestr(READABLE, ANSWER)
    (DIST / "openapi.json").write_text(json.dumps(DOCUMENT))


@task(name="test-functional")
def functional(c):
    assert b"small" in urllib.request.urlopen(os.environ["TARGET_URL"]).read()
"""
TEMPLATE = (ROOT / "app" / "environment.yml").read_text()
"""What an environment is: a function, an API and a site."""
PACKAGE = "def package(c):\n"
WAIT = "    import pathlib, time\n    while pathlib.Path({barrier!r}).exists(): time.sleep(0.02)\n"


@dataclass(frozen=True)
class Project:
    """A project beside its pipeline, and the words of Invoke that its user types there."""

    folder: Path
    environment: dict[str, str] = field(repr=False)
    words: tuple[str, ...] = (sys.executable, "-m", "invoke", "--search-root", str(ROOT))
    """What comes before a task; the tasks of the pipeline are found in the checkout."""

    def command(self, words: str) -> list[str]:
        return [*self.words, *words.split()]

    def type(self, words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Type `invoke …` and wait for its end, whatever its exit code."""
        return terminal.run(self.command(words), self.folder, self.environment | environment)

    def invoke(self, words: str, *, ends: int = 0, **settings: str) -> str:
        """Type `invoke …`; answers what went to stdout, then what went to stderr. It must end with `ends`."""
        done = self.type(words, **{f"INVOKE_PIPELINE_{name.upper()}": value for name, value in settings.items()})
        assert done.returncode == ends, f"{words}\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    def data(self, words: str) -> Any:
        """The JSON that a task prints."""
        return json.loads(self.type(f"{words} --output json").stdout)

    def execution(self) -> dict[str, str]:
        """The latest execution of the pipeline, as its status tells it."""
        return dict(self.data("pipeline.status")["pipeline"]["execution"])

    def interrupt(self, words: str, *, at: str) -> str:
        """Type `invoke …`, press Ctrl-C when it says `at`; answers all that it says. It must end with 130."""
        code, stderr = terminal.interrupt(self.command(words), self.folder, self.environment, at=at)
        assert code == 130, stderr
        return stderr

    @contextlib.contextmanager
    def endless_task(self) -> Iterator[None]:
        """Let the package task of the source run until the block ends."""
        tasks, barrier = self.folder / "tasks.py", self.folder.with_name(f"{self.folder.name}.barrier")
        source = tasks.read_text()
        barrier.touch()
        tasks.write_text(source.replace(PACKAGE, PACKAGE + WAIT.format(barrier=str(barrier))))
        try:
            yield
        finally:
            tasks.write_text(source)
            barrier.unlink()


def make(folder: Path, tasks: str = TASKS) -> Project:
    """A project in an empty folder; its embedded AWS is to be ended with `local.down`."""
    (folder / "tasks.py").write_text(tasks)
    (folder / "template.yaml").write_text(TEMPLATE)
    (folder / "requirements.txt").write_text("")
    (folder / ".gitignore").write_text(".local/\ndist/\n__pycache__/\n")
    subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)
    if (ROOT / ".local" / "bundles").is_dir():
        shutil.copytree(ROOT / ".local" / "bundles", folder / ".local" / "bundles")
    own = {"PORT": "0", "STACK_NAME": "small", "REQUIREMENTS": "requirements.txt", "ENVIRONMENTS": "Live"}
    own["TEMPLATE"] = "template.yaml"
    return Project(folder, clean_environment() | {f"INVOKE_PIPELINE_{name}": value for name, value in own.items()})


EVENTUAL, SANDBOX = "INVOKE_PIPELINE_LOCAL_EVENTUAL", "INVOKE_PIPELINE_LOCAL_SANDBOX"


def clean_environment(*others: str) -> dict[str, str]:
    """This process's environment without what leads to another AWS, and without what else begins with `others`.

    In which mode the embedded AWS runs is the choice of who runs the tests.
    """
    foreign = ("AWS_", "INVOKE_", *others)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    return kept | {name: os.environ[name] for name in (EVENTUAL, SANDBOX) if name in os.environ}
