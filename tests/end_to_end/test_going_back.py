"""Two releases of a small project on an embedded AWS, and the way back; seen at the addresses of the environment.

The tests of the story share one stack and run in order; each picks up what the one before left.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

from tests.support import ROOT

TASKS = """\
import json, pathlib, zipfile
from invoke import task

DIST = pathlib.Path("dist")
WORD = pathlib.Path("word.txt").read_text()
ANSWER = f'def handler(event, context):\\n    return {{"statusCode": 200, "body": "{WORD}"}}\\n'
OPERATION = {
    "responses": {"200": {"description": "fine"}},
    "x-amazon-apigateway-integration": {"type": "aws_proxy", "httpMethod": "POST", "uri": "${IntegrationUri}"},
}
DOCUMENT = {
    "openapi": "3.0.3",
    "info": {"title": "small", "version": "1"},
    "paths": {f"/{WORD}": {"get": OPERATION}, "/any": {"get": OPERATION}},
}


@task
def package(c):
    DIST.mkdir()
    with zipfile.ZipFile(DIST / "site.zip", "w") as site:
        site.writestr("index.html", WORD)
        site.writestr(f"{WORD}.txt", WORD)
    with zipfile.ZipFile(DIST / "lambda.zip", "w") as function:
        function.writestr("index.py", ANSWER)
    (DIST / "openapi.json").write_text(json.dumps(DOCUMENT))


@task(name="test-functional")
def functional(c):
    pass
"""


@dataclass(frozen=True)
class Project:
    """A small project beside its pipeline, with one environment; what it delivers says the word in `word.txt`."""

    folder: Path
    environment: dict[str, str] = field(repr=False)

    def invoke(self, words: str, *, ends: int = 0) -> str:
        """Type `invoke …` where there is no terminal; answers what went to stdout, then what went to stderr."""
        done = subprocess.run(
            [sys.executable, "-m", "invoke", "--search-root", str(ROOT), *words.split()],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == ends, f"{words}\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    def data(self, words: str) -> Any:
        """The JSON that a task prints before its line on stderr."""
        return json.JSONDecoder().raw_decode(self.invoke(f"{words} --output json"))[0]

    def releases(self) -> list[dict[str, Any]]:
        (live,) = self.data("pipeline.releases")["environments"]
        assert live["name"] == "Live"
        return list(live["releases"])

    @cached_property
    def outputs(self) -> dict[str, str]:
        return dict(self.data("pipeline.status")["stack"]["outputs"])

    def says(self) -> dict[str, str | int]:
        """What function, API and site say from outside."""
        api, site = self.outputs["LiveApiUrl"], self.outputs["LiveSiteUrl"]
        pages = {
            "function": f"{api}any",
            "first in the API": f"{api}first",
            "second in the API": f"{api}second",
            "page": f"{site}index.html",
            "first.txt": f"{site}first.txt",
            "second.txt": f"{site}second.txt",
        }
        version = json.loads(str(page(f"{site}config.json")))["version"]
        return {name: page(url) for name, url in pages.items()} | {"version": version}

    @cached_property
    def credentials(self) -> dict[str, str]:
        """The variables that `local.env` exports."""
        lines = [line.removeprefix("export ") for line in self.invoke("local.env").splitlines() if "=" in line]
        return dict(shlex.split(line)[0].split("=", 1) for line in lines)

    def python(self, source: str) -> str:
        """Run a few lines against the embedded AWS; they find boto3's variables set."""
        done = subprocess.run(
            [sys.executable, "-c", source],
            env=self.environment | self.credentials,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


def page(url: str) -> str | int:
    """The text at an address, or the status where there is none."""
    try:
        with urllib.request.urlopen(url, timeout=30) as response:
            return str(response.read().decode())
    except urllib.error.HTTPError as error:
        return error.code


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    folder = tmp_path_factory.mktemp("small")
    for name, text in {
        "tasks.py": TASKS,
        "word.txt": "first",
        "requirements.txt": "",
        ".gitignore": ".local/\ndist/\n__pycache__/\n",
    }.items():
        (folder / name).write_text(text)
    for command in ("init -q", "add -A", "-c user.name=A -c user.email=a@example.com commit -q -m first"):
        subprocess.run(["git", *command.split()], cwd=folder, check=True)
    if (ROOT / ".local" / "bundles").is_dir():
        shutil.copytree(ROOT / ".local" / "bundles", folder / ".local" / "bundles")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "INVOKE_"))}
    own = {"PORT": "0", "STACK_NAME": "small", "ENVIRONMENTS": "Live", "REQUIREMENTS": "requirements.txt"}
    there = Project(folder, kept | {f"INVOKE_PIPELINE_{name}": value for name, value in own.items()})
    try:
        yield there
    finally:
        there.invoke("local.down")


def test_before_the_first_release_there_is_nothing_to_go_back_to(project: Project) -> None:
    requirements = project.folder / "requirements.txt"
    requirements.rename(project.folder / "away")  # so that the first execution delivers nothing
    project.invoke("pipeline.up")
    (project.folder / "away").rename(requirements)
    listed = project.invoke("pipeline.releases --environment live")

    assert listed.startswith("Live\n  no release on record yet\n")
    said = project.invoke("pipeline.rollback", ends=1)
    assert "No release of Live is on record yet.\n  Next: invoke pipeline.run" in said


def test_a_release_is_on_record_with_version_commit_and_time_when_it_was_delivered(project: Project) -> None:
    project.invoke("pipeline.run")
    started = project.data("pipeline.status")["pipeline"]["execution"]["id"]
    commit = subprocess.check_output(["git", "rev-parse", "HEAD"], cwd=project.folder, text=True).strip()

    (release,) = project.releases()

    assert datetime.now(UTC) - datetime.fromisoformat(release.pop("time")) < timedelta(minutes=5)
    assert release == {
        "execution": started,
        "version": commit,
        "commit": commit,
        "complete": True,
        "current": True,
    }
    assert "before the current one" in project.invoke("pipeline.rollback --yes", ends=1)


def test_the_newest_release_is_the_first_and_the_current_one(project: Project) -> None:
    (project.folder / "word.txt").write_text("second")
    project.invoke("pipeline.run")

    second, first = project.releases()

    assert (second["current"], first["current"]) == (True, False)
    assert second["commit"] is None
    assert project.says() == {
        "function": "second",
        "first in the API": 403,
        "second in the API": "second",
        "page": "second",
        "first.txt": 404,
        "second.txt": "second",
        "version": second["version"],
    }
    listed = project.invoke("pipeline.releases").splitlines()
    assert listed[1].split()[:3] == [second["execution"], second["version"], "-"]
    assert listed[1].endswith("  current")
    assert listed[2].split()[:3] == [first["execution"], first["version"][:12], first["commit"]]


def test_a_rollback_asks_and_names_target_environment_from_and_to(project: Project) -> None:
    second, first = project.releases()

    said = project.invoke("pipeline.rollback", ends=2)

    assert (
        f"Bring Live (local, account 000000000000, us-east-1, stack small) from release {second['execution']} ("
    ) in said
    assert f"back to release {first['execution']} ({first['commit']}, " in said
    assert f"Next: invoke pipeline.rollback --environment Live --to {first['execution']} --yes" in said
    assert project.releases() == [second, first]


def test_one_command_brings_function_api_and_site_back_without_the_pipeline(project: Project) -> None:
    _, first = project.releases()
    before = project.data("pipeline.status")["pipeline"]["execution"]

    said = project.invoke("pipeline.rollback --yes")

    assert [line.split()[:2] for line in said.splitlines() if line.startswith("Moved")] == [
        ["Moved", "API"],
        ["Moved", "function"],
        ["Moved", "site"],
    ]
    assert project.says() == {
        "function": "first",
        "first in the API": "first",
        "second in the API": 403,
        "page": "first",
        "first.txt": "first",
        "second.txt": 404,
        "version": first["commit"],
    }
    assert [release["current"] for release in project.releases()] == [False, True]
    assert project.data("pipeline.status")["pipeline"]["execution"] == before


def test_a_release_that_is_named_may_be_a_newer_one(project: Project) -> None:
    second, _ = project.releases()

    project.invoke(f"pipeline.rollback --to {second['execution']} --environment live --yes")

    assert project.says()["page"] == project.says()["function"] == "second"
    assert [release["current"] for release in project.releases()] == [True, False]


@pytest.mark.parametrize(
    ("remove", "told"),
    [
        pytest.param(
            "import boto3; boto3.client('s3').put_object(Bucket='{bucket}', Key='{key}', Body=b'x')",
            "s3://{bucket}/{key} is not what was delivered",
            id="artifact",
        ),
        pytest.param(
            "import boto3; boto3.client('lambda').delete_function(FunctionName='{function}:{FunctionVersion}')",
            "The release needs the version {FunctionVersion} of the function {function}, which is there no longer",
            id="version",
        ),
    ],
)
def test_what_is_gone_is_told_before_anything_moves(project: Project, remove: str, told: str) -> None:
    _, first = project.releases()
    known = facts(project, first["execution"])
    before = project.says()

    project.python(replaced(remove, known))
    said = project.invoke(f"pipeline.rollback --to {first['execution']} --yes", ends=1)

    assert replaced(told, known) in said
    assert "nothing has moved" in said
    assert project.says() == before


def test_a_release_that_never_got_there_as_a_whole_is_marked_and_refused(project: Project) -> None:
    second, first = project.releases()
    bucket = facts(project, first["execution"])["bucket"]

    key = f"releases/live/{first['execution']}/s3.json"
    project.python(f"import boto3; boto3.client('s3').delete_object(Bucket='{bucket}', Key='{key}')")

    newest, broken = project.releases()
    assert newest == second
    assert broken == first | {"complete": False, "time": broken["time"]}
    assert "is incomplete" in project.invoke(f"pipeline.rollback --to {first['execution']} --yes", ends=1)
    assert project.invoke("pipeline.releases").splitlines()[2].endswith("  incomplete")


@pytest.mark.parametrize(
    ("words", "ends", "told"),
    [
        ("pipeline.rollback --to nobody", 1, "No release of execution nobody is on record for Live."),
        ("pipeline.rollback --environment Prod", 2, "--environment: 'Prod' must be one of Live"),
        ("pipeline.releases --output xml", 2, "--output: 'xml' must be one of text, json, yaml"),
        ("pipeline.releases --stack-name other", 1, "There is no stack other"),
        ("pipeline.rollback --stack-name other", 1, "There is no stack other"),
    ],
)
def test_a_mistake_ends_in_words_that_help(project: Project, words: str, ends: int, told: str) -> None:
    assert told in project.invoke(words, ends=ends)


def facts(project: Project, execution: str) -> dict[str, str]:
    """What the records of a release name: the function and its version, the place of the site's artifact."""
    bucket = project.outputs["ArtifactBucketName"]
    source = (
        "import boto3, json; s3 = boto3.client('s3')\n"
        "read = lambda kind: json.load(s3.get_object("
        f"Bucket='{bucket}', Key=f'releases/live/{execution}/{{kind}}.json')['Body'])\n"
        "function, site = read('lambda'), read('s3')\n"
        "print(json.dumps({**function['given'], **function['variables'], **site['artifact']}))"
    )
    return dict(json.loads(project.python(source)))


def replaced(text: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    return text
