"""The bundle that `pipeline.up` delivers, on this laptop's own Python and on the one that Lambda has, in the sandbox.

Each of the five functions gets what AWS sends it, a job, an order to roll back, or the record of an invocation that
broke, and answers it.
"""

from __future__ import annotations

import io
import os
import urllib.request
import zipfile
from typing import TYPE_CHECKING

import pytest

from serverless_pipeline import functions, interpreters
from serverless_pipeline.settings import Settings
from tests.support import example
from tests.support.project import Project, make

if TYPE_CHECKING:
    from collections.abc import Iterator

TASKS = """\
import json, os, pathlib, signal, sys, zipfile
from invoke import task

DIST = pathlib.Path("dist")
WORD = pathlib.Path("word.txt").read_text()
PYTHON = "%d.%d" % sys.version_info[:2]
ANSWER = '''
import sys

def handler(event, context):
    return {"statusCode": 200, "body": "%d.%d" % sys.version_info[:2]}
'''
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
    if WORD == "crash":
        os.kill(os.getppid(), signal.SIGKILL)
    DIST.mkdir()
    readable = zipfile.ZipInfo("index.py")
    readable.external_attr = 0o644 << 16
    with zipfile.ZipFile(DIST / "site.zip", "w") as site:
        site.writestr("index.html", f"{WORD} by {PYTHON}")
    with zipfile.ZipFile(DIST / "lambda.zip", "w") as function:
        function.writestr(readable, ANSWER)
    (DIST / "openapi.json").write_text(json.dumps(DOCUMENT))


@task(name="test-functional")
def functional(c):
    pass
"""
RUNTIMES = tuple(dict.fromkeys([f"python{interpreters.own().version}", Settings().runtime]))
"""That of this laptop, and the one that pipelines have unless a setting says otherwise."""


@pytest.fixture(params=RUNTIMES)
def runtime(request: pytest.FixtureRequest) -> str:
    """A runtime whose Python is here; where it is not, nothing can be shown: skipped on a laptop, failed in CI."""
    name = str(request.param)
    if not interpreters.find(name.removeprefix("python")):
        (pytest.fail if "CI" in os.environ else pytest.skip)(f"this laptop has no Python for {name}")
    return name


@pytest.fixture
def project(runtime: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A project whose functions have the runtime, and a sandbox."""
    made = make(tmp_path_factory.mktemp("small"), TASKS)
    own = {"INVOKE_PIPELINE_RUNTIME": runtime, "INVOKE_PIPELINE_LOCAL_SANDBOX": "required"}
    try:
        yield Project(made.folder, made.environment | own)
    finally:
        made.invoke("local.down")


def test_each_function_of_the_bundle_answers_on_its_own_python(project: Project, runtime: str) -> None:
    version = runtime.removeprefix("python")
    said = release(project, "first", "pipeline.up pipeline.watch")

    assert "Without" not in said
    assert f"lambdas/__pycache__/run_task.cpython-{version.replace('.', '')}.pyc" in bundle(project)
    status = project.invoke("local.status")
    assert "run in a sandbox" in status
    assert "is not on this laptop" not in status
    assert delivered(project) == {functions.name("small", name): runtime for name in functions.ALL}
    assert answers(project) == (f"first by {version}", version)

    release(project, "second", "pipeline.run")
    assert answers(project) == (f"second by {version}", version)

    assert "Moved" in project.invoke("pipeline.rollback --yes")
    assert answers(project) == (f"first by {version}", version)

    assert "small-run-task was killed" in release(project, "crash", "pipeline.run", ends=1)


def release(project: Project, word: str, command: str, *, ends: int = 0) -> str:
    """Type a command on a source with this word; answers what it said."""
    (project.folder / "word.txt").write_text(word)
    return project.invoke(command, ends=ends)


def bundle(project: Project) -> list[str]:
    """What is in the bundle of the functions, where CloudFormation took it from."""
    clients = example.clients_of(project)
    bucket = f"small-{clients.account}-{clients.region}"
    [key] = [one["Key"] for one in clients.s3.list_objects_v2(Bucket=bucket, Prefix="bundles/")["Contents"]]
    return zipfile.ZipFile(io.BytesIO(clients.s3.get_object(Bucket=bucket, Key=key)["Body"].read())).namelist()


def delivered(project: Project) -> dict[str, str]:
    """The functions of the pipeline, and the runtime of each."""
    listed = example.clients_of(project).functions.list_functions()["Functions"]
    return {one["FunctionName"]: one["Runtime"] for one in listed if "-live-" not in one["FunctionName"]}


def answers(project: Project) -> tuple[str, str]:
    """What the site says, and the API."""
    urls = project.data("pipeline.status")["stack"]["outputs"]
    site, api = (urllib.request.urlopen(urls[name]).read().decode() for name in ("LiveSiteUrl", "LiveApiUrl"))
    return site, api
