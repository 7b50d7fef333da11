"""Two releases of a small project on an embedded AWS, and the way back; seen at the addresses of the environment.

The tests of the story share one stack and run in order; each picks up what the one before left.
"""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
import time
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.support import terminal
from tests.support.embedded import asked_for
from tests.support.project import Project, make
from tests.support.waiting import PATIENCE, until

if TYPE_CHECKING:
    from collections.abc import Iterator

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

READABLE = zipfile.ZipInfo("index.py")
READABLE.external_attr = 0o644 << 16

@task
def package(c):
    DIST.mkdir()
    with zipfile.ZipFile(DIST / "site.zip", "w") as site:
        site.writestr("index.html", WORD)
        site.writestr(f"{WORD}.txt", WORD)
    with zipfile.ZipFile(DIST / "lambda.zip", "w") as function:
        function.writestr(READABLE, ANSWER)
    (DIST / "openapi.json").write_text(json.dumps(DOCUMENT))


@task(name="test-functional")
def functional(c):
    pass
"""


def releases(project: Project) -> list[dict[str, Any]]:
    (live,) = project.data("pipeline.releases")["environments"]
    assert live["name"] == "Live"
    return list(live["releases"])


def outputs(project: Project) -> dict[str, str]:
    return dict(project.data("pipeline.status")["stack"]["outputs"])


def answers(project: Project) -> dict[str, str | int]:
    """What function, API and site answer from outside, once an alias that moved sends there."""
    moved = time.monotonic() + asked_for()
    until(lambda: time.monotonic() >= moved, "an alias that moved")
    urls = outputs(project)
    api, site = urls["LiveApiUrl"], urls["LiveSiteUrl"]
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


def python(project: Project, source: str) -> str:
    """Run a few lines against the embedded AWS; they find boto3's variables set."""
    exports = re.findall(r"^export (\S+)$", project.invoke("local.env"), re.MULTILINE)
    credentials = dict(shlex.split(export)[0].split("=", 1) for export in exports)
    done = terminal.run([sys.executable, "-c", source], project.folder, project.environment | credentials)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def page(url: str) -> str | int:
    """The text at an address, or the status where there is none."""
    try:
        with urllib.request.urlopen(url, timeout=PATIENCE) as response:
            return str(response.read().decode())
    except urllib.error.HTTPError as error:
        return error.code


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    project = make(tmp_path_factory.mktemp("small"), TASKS)
    (project.folder / "word.txt").write_text("first")
    for command in ("add -A", "-c user.name=A -c user.email=a@example.com commit -q -m first"):
        subprocess.run(["git", *command.split()], cwd=project.folder, check=True)
    try:
        yield project
    finally:
        project.invoke("local.down")


def test_before_the_first_release_there_is_nothing_to_go_back_to(project: Project) -> None:
    requirements = project.folder / "requirements.txt"
    requirements.rename(project.folder / "away")  # so that the first execution delivers nothing
    project.invoke("pipeline.up")
    (project.folder / "away").rename(requirements)
    table = project.invoke("pipeline.releases --environment live")

    assert table.startswith("Live\n  no release on record yet\n")
    output = project.invoke("pipeline.rollback", ends=1)
    assert "No release of Live is on record yet.\n  Next: invoke pipeline.run" in output


def test_a_release_is_on_record_with_version_commit_and_time_when_it_was_delivered(project: Project) -> None:
    project.invoke("pipeline.run")
    started = project.data("pipeline.status")["pipeline"]["execution"]["id"]
    commit = subprocess.check_output(["git", "rev-parse", "HEAD"], cwd=project.folder, text=True).strip()

    (release,) = releases(project)

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

    second, first = releases(project)

    assert (second["current"], first["current"]) == (True, False)
    assert second["commit"] is None
    assert answers(project) == {
        "function": "second",
        "first in the API": 403,
        "second in the API": "second",
        "page": "second",
        "first.txt": 404,
        "second.txt": "second",
        "version": second["version"],
    }
    table = project.invoke("pipeline.releases").splitlines()
    assert table[1].split()[:3] == [second["execution"], second["version"], "-"]
    assert table[1].endswith("  current")
    assert table[2].split()[:3] == [first["execution"], first["version"][:12], first["commit"]]


def test_a_rollback_asks_and_names_target_environment_from_and_to(project: Project) -> None:
    second, first = releases(project)

    output = project.invoke("pipeline.rollback", ends=2)

    assert (
        f"Bring Live (local, account 000000000000, us-east-1, stack small) from release {second['execution']} ("
    ) in output
    assert f"back to release {first['execution']} ({first['commit']}, " in output
    assert f"Next: invoke pipeline.rollback --environment Live --to {first['execution']} --yes" in output
    assert releases(project) == [second, first]


def test_one_command_brings_function_api_and_site_back_without_the_pipeline(project: Project) -> None:
    _, first = releases(project)
    before = project.data("pipeline.status")["pipeline"]["execution"]

    output = project.invoke("pipeline.rollback --yes")

    assert [line.split()[:2] for line in output.splitlines() if line.startswith("Moved")] == [
        ["Moved", "API"],
        ["Moved", "function"],
        ["Moved", "site"],
    ]
    assert answers(project) == {
        "function": "first",
        "first in the API": "first",
        "second in the API": 403,
        "page": "first",
        "first.txt": "first",
        "second.txt": 404,
        "version": first["commit"],
    }
    assert [release["current"] for release in releases(project)] == [False, True]
    assert project.data("pipeline.status")["pipeline"]["execution"] == before


def test_a_release_that_is_named_may_be_a_newer_one(project: Project) -> None:
    second, _ = releases(project)

    project.invoke(f"pipeline.rollback --to {second['execution']} --environment live --yes")

    assert answers(project)["page"] == answers(project)["function"] == "second"
    assert [release["current"] for release in releases(project)] == [True, False]


@pytest.mark.parametrize(
    ("remove", "message"),
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
def test_what_is_gone_is_told_before_anything_moves(project: Project, remove: str, message: str) -> None:
    _, first = releases(project)
    values = facts(project, first["execution"])
    before = answers(project)

    python(project, fill(remove, values))
    output = project.invoke(f"pipeline.rollback --to {first['execution']} --yes", ends=1)

    assert fill(message, values) in output
    assert "nothing has moved" in output
    assert answers(project) == before


def test_a_release_that_never_got_there_as_a_whole_is_marked_and_refused(project: Project) -> None:
    second, first = releases(project)
    bucket = facts(project, first["execution"])["bucket"]

    key = f"releases/live/{first['execution']}/Site.json"
    python(project, f"import boto3; boto3.client('s3').delete_object(Bucket='{bucket}', Key='{key}')")

    newest, broken = releases(project)
    assert newest == second
    assert broken == first | {"complete": False, "time": broken["time"]}
    assert "is incomplete" in project.invoke(f"pipeline.rollback --to {first['execution']} --yes", ends=1)
    assert project.invoke("pipeline.releases").splitlines()[2].endswith("  incomplete")


@pytest.mark.parametrize(
    ("words", "ends", "message"),
    [
        ("pipeline.rollback --to nobody", 1, "No release of execution nobody is on record for Live."),
        ("pipeline.rollback --environment Prod", 2, "--environment: 'Prod' must be one of Live"),
        ("pipeline.releases --output xml", 2, "--output: 'xml' must be one of text, json, yaml"),
        ("pipeline.releases --stack-name other", 1, "There is no stack other"),
        ("pipeline.rollback --stack-name other", 1, "There is no stack other"),
    ],
)
def test_a_mistake_ends_in_words_that_help(project: Project, words: str, ends: int, message: str) -> None:
    assert message in project.invoke(words, ends=ends)


def facts(project: Project, execution: str) -> dict[str, str]:
    """What the records of a release name: the function and its version, the place of the site's artifact."""
    bucket = outputs(project)["ArtifactBucketName"]
    source = (
        "import boto3, json; s3 = boto3.client('s3')\n"
        "read = lambda kind: json.load(s3.get_object("
        f"Bucket='{bucket}', Key=f'releases/live/{execution}/{{kind}}.json')['Body'])\n"
        "function, site = read('App'), read('Site')\n"
        "print(json.dumps({**function['given'], **function['variables'], **site['artifact']}))"
    )
    return dict(json.loads(python(project, source)))


def fill(text: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    return text
