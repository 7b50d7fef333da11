"""What settings and metadata make of the stages of a small project: values, tasks of its own, a build for each."""

from __future__ import annotations

import json
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.project import make

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.project import Project

TEMPLATE = """\
Parameters:
  Colour:
    Type: String
Resources:
  Site:
    Type: AWS::S3::Bucket
    Metadata:
      Delivery: {Path: dist/site, Task: build-site}
    Properties:
      WebsiteConfiguration: {IndexDocument: index.html, ErrorDocument: 404.html}
      PublicAccessBlockConfiguration: {BlockPublicPolicy: false, RestrictPublicBuckets: false}
  SitePolicy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Site
      PolicyDocument:
        Statement: {Effect: Allow, Principal: "*", Action: "s3:GetObject", Resource: !Sub "${Site.Arn}/*"}
  Note:
    Type: AWS::SSM::Parameter
    Properties: {Type: String, Value: !Ref Colour}
Outputs:
  SiteUrl:
    Value: !Sub ${Site.WebsiteURL}/
  Colour:
    Value: !Ref Colour
"""
TASKS = """\
import os, pathlib, urllib.request
from invoke import task

@task
def package(c):
    pass

@task
def seed(c):
    print("seeded", os.environ["COLOUR"])

@task(name="build-site")
def build(c):
    site = pathlib.Path("dist/site")
    site.mkdir(parents=True)
    (site / "index.html").write_text(f"{os.environ['COLOUR']} at {os.environ['TARGET_URL']}")

@task(name="test-functional")
def functional(c):
    assert os.environ["COLOUR"] in urllib.request.urlopen(os.environ["TARGET_URL"]).read().decode()

@task(name="load-test")
def load(c):
    print("loaded", os.environ["TARGET_URL"])
"""
SETTINGS = {
    "ENVIRONMENTS": "Test,Live",
    "TEMPLATE_CONFIGURATION": "values/{environment}.json",
    "PARAMETERS": "Live.Colour=green",
    "TEST_OUTPUTS": "COLOUR=Colour",
    "TASKS_BEFORE_DELIVERY": "Test.seed",
    "TASKS_AFTER_TEST": "load-test",
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A project whose first execution went to its end."""
    project = make(tmp_path_factory.mktemp("small"), TASKS)
    (project.folder / "template.yaml").write_text(TEMPLATE)
    (project.folder / "values").mkdir()
    for name, colour in {"test": "red", "live": "blue"}.items():
        document = {"Parameters": {"Colour": colour}, "Tags": {"Stage": name}}
        (project.folder / "values" / f"{name}.json").write_text(json.dumps(document))
    project.environment.update({f"INVOKE_PIPELINE_{name}": value for name, value in SETTINGS.items()})
    try:
        project.invoke("pipeline.up pipeline.watch")
        yield project
    finally:
        project.type("local.down")


def actions(project: Project) -> dict[str, list[str]]:
    stages = project.data("pipeline.status")["pipeline"]["stages"]
    return {stage["name"]: [action["name"] for action in stage["actions"]] for stage in stages}


def outputs(project: Project) -> dict[str, Any]:
    return dict(project.data("pipeline.outputs"))


def test_each_stage_has_the_tasks_that_are_named_for_it(project: Project) -> None:
    first, last = (actions(project)[name] for name in ("Acceptance", "Production"))

    assert first == ["DeployTestStack", "Seed", "BuildTestSite", "DeployTestSite", "FunctionalTest", "LoadTest"]
    assert last == ["DeployLiveStack", "BuildLiveSite", "DeployLiveSite", "FunctionalTest", "LoadTest"]


def test_values_come_from_files_then_from_the_settings(project: Project) -> None:
    own = outputs(project)

    assert (own["TestColour"], own["LiveColour"]) == ("red", "green")


def test_a_site_that_is_built_for_each_environment_knows_its_own(project: Project) -> None:
    own = outputs(project)

    for name, colour in {"Test": "red", "Live": "green"}.items():
        url = own[f"{name}SiteUrl"]
        assert urllib.request.urlopen(url).read().decode() == f"{colour} at {url}"


def test_a_task_before_delivery_finds_the_outputs_of_the_stack(project: Project) -> None:
    assert "seeded red" in project.invoke("pipeline.log --action Seed")


def test_what_a_release_was_comes_back_in_each_environment(project: Project) -> None:
    values = project.folder / "values" / "test.json"
    values.write_text(values.read_text().replace("red", "yellow"))
    project.invoke("pipeline.run")
    url = outputs(project)["TestSiteUrl"]
    assert urllib.request.urlopen(url).read().decode() == f"yellow at {url}"

    said = project.invoke("pipeline.rollback --environment Test --yes")

    assert urllib.request.urlopen(url).read().decode() == f"red at {url}"
    assert "Left       the stack as it is" in said
    assert outputs(project)["TestColour"] == "yellow"
