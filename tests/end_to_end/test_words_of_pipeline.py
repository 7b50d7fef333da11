"""The words of the pipeline, typed in a shop whose package task fails."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.support import terminal
from tests.support.shop import HEADLINE

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.project import Project

HEAVY = ("boto3", "botocore", "jinja2", "cfnlint", "rich", "ministack", "uv")
LIST = f"""
import sys
from invoke import Program
try:
    Program().run(["invoke", "--list"])
except SystemExit:
    pass
print(sorted(name for name in {HEAVY!r} if name in sys.modules), file=sys.stderr)
"""


def test_listing_the_tasks_imports_nothing_heavy(project: Project) -> None:
    done = terminal.run([sys.executable, "-c", LIST], project.folder, project.environment)

    assert "pipeline.up" in done.stdout
    assert done.stderr == "[]\n"


@pytest.mark.parametrize(
    "word", ["wait", "log", "run", "watch", "releases", "recover", "stacks", "outputs", "open", "drift"]
)
def test_what_needs_a_pipeline_does_not_start_the_embedded_aws(project: Project, word: str) -> None:
    done = project.type(f"pipeline.{word}")

    assert done.returncode == 1
    assert done.stderr.splitlines() == [HEADLINE, "The embedded AWS does not run.", "  Next: invoke pipeline.up"]
    assert not (project.folder / ".local" / "aws.json").exists()


def test_the_status_of_nothing_is_nulls(project: Project) -> None:
    done = project.type("pipeline.status --output json")

    assert done.returncode == 0
    assert json.loads(done.stdout)["stack"] == {"name": "shop", "status": None, "outputs": {}}
    assert done.stderr.splitlines()[0] == HEADLINE


def test_nothing_to_delete_is_no_failure(project: Project) -> None:
    done = project.type("pipeline.down")

    assert done.returncode == 0
    assert "There is nothing to delete." in done.stderr


def test_a_misspelt_key_ends_with_code_2_and_starts_nothing(project: Project) -> None:
    (project.folder / "invoke.yaml").write_text("pipeline: {stack_nmae: shop, port: many}\n")

    done = project.type("pipeline.up")

    assert done.returncode == 2
    assert "stack_nmae: there is no such setting; did you mean stack_name?" in done.stderr
    assert "port: 'many' must be a whole number" in done.stderr
    assert not (project.folder / ".local").exists()


def test_no_invoke_yaml_means_the_defaults(project: Project) -> None:
    (project.folder / "invoke.yaml").unlink()

    done = project.type("pipeline.status")

    assert done.returncode == 0
    assert done.stdout == "Stack      serverless-pipeline  not there yet\n"


def test_an_account_without_credentials_ends_with_code_253(project: Project) -> None:
    away = {"INVOKE_PIPELINE_SOURCE": "s3", "AWS_EC2_METADATA_DISABLED": "true"}

    done = project.type("pipeline.up --target aws --region eu-west-1", **away)

    assert done.returncode == 253
    assert "There are no AWS credentials" in done.stderr


def test_a_template_that_does_not_lint_changes_nothing(project: Project) -> None:
    (project.folder / "cfn" / "actions.yml.j2").write_text(
        "Resources:\n  Bucket:\n    Type: AWS::S3::Bucket\n    Properties:\n      BucketNaem: shop\n"
    )

    done = project.type("pipeline.lint")

    assert done.returncode == 2
    assert "actions.yml:5" in done.stderr
    assert "| BucketNaem: shop" in done.stderr


def test_a_template_that_does_not_render_names_what_is_missing(project: Project) -> None:
    (project.folder / "cfn" / "actions.yml.j2").write_text("Resources: {{ nowhere }}\n")

    done = project.type("pipeline.lint")

    assert done.returncode in (1, 2)
    assert "actions.yml.j2" in done.stderr
    assert "nowhere" in done.stderr


def test_up_and_down_again_leave_nothing(project: Project) -> None:
    up = project.type("pipeline.up --no-wait")
    waited = project.type("pipeline.wait")
    asked = project.type("pipeline.down")
    down = project.type("pipeline.down --yes")
    again = project.type("pipeline.down")

    assert [done.returncode for done in (up, waited, asked, down, again)] == [0, 0, 2, 0, 0]
    assert "invoke pipeline.wait attaches to it" in up.stderr
    assert waited.stderr.splitlines()[-1] == "Ended      stack shop, CREATE_COMPLETE"
    assert "invoke pipeline.down --yes" in asked.stderr
    assert down.stderr.splitlines()[-1] == "Proved     nothing is left"
    assert "nothing of shop is there" in again.stderr


def test_a_second_up_changes_nothing_and_starts_no_execution(shop: Project) -> None:
    before = shop.execution()

    done = shop.type("pipeline.up")

    assert done.returncode == 0
    assert done.stderr.splitlines() == [HEADLINE, "Unchanged  stack shop"]
    assert shop.execution() == before


@pytest.mark.parametrize(("output", "read"), [("json", json.loads), ("yaml", yaml.safe_load)])
def test_the_status_is_data_on_stdout(shop: Project, output: str, read: Callable[[str], object]) -> None:
    done = shop.type(f"pipeline.status --output {output}")

    assert done.returncode == 0
    assert read(done.stdout) == shop.data("pipeline.status")
    assert done.stderr == f"{HEADLINE}\n"


def test_the_status_shows_outputs_and_stages(shop: Project) -> None:
    status = shop.data("pipeline.status")

    names = {"PipelineName", "PipelineUrl", "ArtifactBucketName"}
    assert set(status["stack"]["outputs"]) == names
    assert status["environments"] == [{"name": "Prod", "stack": "shop-prod", "status": None}]
    assert [(stage["name"], stage["status"]) for stage in status["pipeline"]["stages"]] == [
        ("Source", "Succeeded"),
        ("Commit", "Failed"),
        ("Production", None),
    ]


def test_a_failure_ends_with_the_action_its_message_and_the_next_command(shop: Project) -> None:
    done = shop.type("pipeline.watch")

    assert done.returncode == 1
    assert "Commit/TestAndPackage failed: " in done.stderr
    assert "the shelf is empty" in done.stderr
    assert "invoke pipeline.log --action Commit/TestAndPackage" in done.stderr.splitlines()[-1]


def test_a_run_releases_what_was_edited(shop: Project) -> None:
    before = shop.execution()
    (shop.folder / "edited.txt").write_text("edited\n")

    done = shop.type("pipeline.run --no-wait")
    watched = shop.type("pipeline.watch")

    after = shop.execution()
    assert (done.returncode, watched.returncode) == (0, 1)
    assert "Published  source" in done.stderr
    assert after["id"] != before["id"]
    assert after["revision"] != before["revision"]
    assert after["trigger"] == "StartPipelineExecution"


def test_the_watching_of_a_run_ends_when_its_time_is_over(shop: Project) -> None:
    done = shop.type("pipeline.run --timeout 0")
    shop.type("pipeline.watch")

    assert done.returncode == 4
    assert done.stderr.splitlines()[-1] == "  Next: invoke pipeline.watch"


def test_ctrl_c_ends_the_watching_and_not_the_run(shop: Project) -> None:
    with shop.endless_task():
        stderr = shop.interrupt("pipeline.run", at="TestAndPackage")
        running = shop.execution()
    attached = shop.type("pipeline.watch")

    assert stderr.endswith("Interrupted: the execution goes on if it was started.\n  Next: invoke pipeline.watch\n")
    assert running["status"] == "InProgress"
    assert attached.stderr.splitlines()[1] == f"Attached   to execution {running['id']}"
    assert shop.execution() == running | {"status": "Failed"}


@pytest.mark.parametrize("words", ["pipeline.log", "pipeline.log --follow"])
def test_the_log_tells_the_events_of_all_stacks_oldest_first(shop: Project, words: str) -> None:
    done = shop.type(words)

    lines = done.stdout.splitlines()
    assert done.returncode == 0
    assert [line[:20] for line in lines] == sorted(line[:20] for line in lines)
    assert lines[0].endswith("REVIEW_IN_PROGRESS    shop")
    assert any("CREATE_COMPLETE       Actions/DeployFunction" in line for line in lines)
    assert lines[-1].endswith("CREATE_COMPLETE       shop")


def test_the_log_of_an_action_is_what_its_task_printed(shop: Project) -> None:
    done = shop.type("pipeline.log --action TestAndPackage")

    assert done.returncode == 0
    assert "looking at the shop" in done.stdout
    assert "the shelf is empty" in done.stdout


@pytest.mark.parametrize(
    ("action", "why"),
    [("Nope", "has no action 'Nope'"), ("Source", "is no function"), ("DeployProdSite", "did not run yet")],
)
def test_an_action_without_a_log_says_why(shop: Project, action: str, why: str) -> None:
    done = shop.type(f"pipeline.log --action {action}")

    assert done.returncode == 1
    assert why in done.stderr


def test_the_stacks_are_the_root_and_those_nested_in_it(shop: Project) -> None:
    done = shop.type("pipeline.stacks")

    names = [line.split()[0] for line in done.stdout.splitlines()]
    assert names[0] == "shop"
    assert sorted(name.split("-")[1] for name in names[1:]) == ["Actions", "Pipeline", "Roles"]


def test_another_file_leads_to_another_account_region_and_stack(project: Project) -> None:
    (project.folder / "production.yaml").write_text("pipeline: {stack_name: shop-production}\n")

    done = project.type("-f production.yaml pipeline.status")

    assert done.stderr.splitlines()[0] == HEADLINE.replace("stack shop", "stack shop-production")
