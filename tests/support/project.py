"""A small project with a pipeline of its own, for the tests that play its user."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.support import ROOT

if TYPE_CHECKING:
    from pathlib import Path

TASKS = """\
import json, os, pathlib, urllib.request, zipfile
from invoke import task

DIST = pathlib.Path("dist")
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
        function.writestr("index.py", ANSWER)
    (DIST / "openapi.json").write_text(json.dumps(DOCUMENT))


@task(name="test-functional")
def functional(c):
    assert b"small" in urllib.request.urlopen(os.environ["TARGET_URL"]).read()
"""


@dataclass(frozen=True)
class Project:
    """A small project beside its pipeline; the words of its settings come through the environment."""

    folder: Path
    environment: dict[str, str]

    def command(self, words: str) -> list[str]:
        return [sys.executable, "-m", "invoke", "--search-root", str(ROOT), *words.split()]

    def invoke(self, words: str, *, ends: int = 0, **settings: str) -> str:
        chosen = {f"INVOKE_PIPELINE_{name.upper()}": value for name, value in settings.items()}
        done = subprocess.run(
            self.command(words),
            cwd=self.folder,
            env=self.environment | chosen,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == ends, f"{words}\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    def status(self) -> dict:
        done = subprocess.run(
            self.command("pipeline.status --output json"),
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=True,
        )
        return json.loads(done.stdout)

    def execution(self) -> str:
        return self.status()["pipeline"]["execution"]["status"]

    def interrupt(self, words: str, *, at: str) -> str:
        """Type a command, press Ctrl-C when it says something; answers all it said. It must end with 130."""
        process = subprocess.Popen(
            self.command(words), cwd=self.folder, env=self.environment, stderr=subprocess.PIPE, text=True
        )
        assert process.stderr
        said = ""
        while at not in said:
            line = process.stderr.readline()
            assert line, f"{words} ended without saying {at}:\n{said}"
            said += line
        process.send_signal(signal.SIGINT)
        said += process.stderr.read()
        assert process.wait(60) == 130, said
        return said


def make(folder: Path, tasks: str = TASKS) -> Project:
    """A project in an empty folder; its embedded AWS is to be ended with `local.down`."""
    (folder / "tasks.py").write_text(tasks)
    (folder / "requirements.txt").write_text("")
    (folder / ".gitignore").write_text(".local/\ndist/\n__pycache__/\n")
    subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)
    if (ROOT / ".local" / "bundles").is_dir():
        shutil.copytree(ROOT / ".local" / "bundles", folder / ".local" / "bundles")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "INVOKE_"))}
    own = {"PORT": "0", "STACK_NAME": "small", "REQUIREMENTS": "requirements.txt", "ENVIRONMENTS": "Live"}
    return Project(folder, kept | {f"INVOKE_PIPELINE_{name}": value for name, value in own.items()})
