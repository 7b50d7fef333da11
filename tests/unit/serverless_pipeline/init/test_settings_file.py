from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml

from serverless_pipeline.errors import Misconfigured
from serverless_pipeline.init import settings_file, survey
from serverless_pipeline.settings import Settings
from tests.support.folder import HANDLER, SAM, SAM_PROJECT, SITE_PROJECT, TEST, fill

if TYPE_CHECKING:
    from pathlib import Path

BUCKET = "Resources: {Bucket: {Type: 'AWS::S3::Bucket'}}\n"


def section(folder: Path, files: dict[str, str]) -> dict[str, str]:
    """The settings that are written for a project."""
    written = yaml.safe_load(settings_file.text(survey.look(fill(folder, files))))["pipeline"]
    assert Settings.from_config(written)
    return dict(written)


def lacks(folder: Path, files: dict[str, str], name: str = "invoke.yaml") -> list[str]:
    return list(settings_file.lacks(survey.look(fill(folder, files)), folder / name))


def test_only_what_differs_from_the_defaults_is_written(tmp_path: Path) -> None:
    assert section(tmp_path / "shop", {**SITE_PROJECT, "requirements.txt": ""}) == {"stack_name": "shop"}


def test_a_project_of_sam_is_described(tmp_path: Path) -> None:
    assert section(tmp_path / "shop", SAM_PROJECT) == {
        "stack_name": "shop",
        "requirements": "requirements-tasks.txt",
        "test_outputs": "TARGET_URL=HelloWorldApi",
        "runtime": "python3.12",
        "architecture": "x86_64",
    }


@pytest.mark.parametrize("runtime", ["python3.10", "nodejs22.x", "!Ref Runtime"])
def test_a_runtime_that_the_pipeline_cannot_have_is_not_written(tmp_path: Path, runtime: str) -> None:
    files = {**SAM_PROJECT, "template.yaml": SAM.replace("python3.12", runtime)}

    assert "runtime" not in section(tmp_path, files)


def test_one_of_several_projects_names_its_folder_and_its_template(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()

    written = section(tmp_path / "services" / "no", {"infra/app.yaml": BUCKET})

    assert written == {
        "stack_name": "no",
        "folder": "services/no",
        "template": "infra/app.yaml",
        "requirements": "",
        "test_task": "",
    }


@pytest.mark.parametrize(
    ("files", "output"),
    [
        (SITE_PROJECT, "SiteUrl"),
        ({"app.py": HANDLER}, "ApiUrl"),
        ({"app.py": HANDLER, **SITE_PROJECT}, "SiteUrl"),
        ({"app.py": "def handler(event, context):\n    pass\n"}, ""),
        ({"template.yaml": SAM}, "HelloWorldApi"),
        ({"template.yaml": f"{BUCKET}Outputs: {{ApiUrl: {{Value: x}}, Web: {{Value: 'https://x'}}}}"}, "ApiUrl"),
        ({"template.yaml": BUCKET}, ""),
    ],
)
def test_the_address_is_the_output_that_the_pipeline_takes_or_one_that_looks_like_one(
    tmp_path: Path, files: dict[str, str], output: str
) -> None:
    assert settings_file.address(survey.look(fill(tmp_path, files))) == output


@pytest.mark.parametrize(
    ("name", "text", "lines"),
    [
        ("invoke.yaml", "pipeline: {stack_name: other, requirements: x.txt}\n", []),
        ("invoke.yaml", "run: {echo: true}\n", ["pipeline:", "  stack_name: shop", '  requirements: ""']),
        ("invoke.yml", "pipeline: {stack_name: a}", ["pipeline:", '  requirements: ""']),
        ("invoke.json", '{"pipeline": {"requirements": "a"}}', ["pipeline:", "  stack_name: shop"]),
        ("invoke.py", "pipeline = {}", ["pipeline:", "  stack_name: shop", '  requirements: ""']),
        ("invoke.yaml", "", ["pipeline:", "  stack_name: shop", '  requirements: ""']),
        ("invoke.yaml", "pipeline:\n", ["pipeline:", "  stack_name: shop", '  requirements: ""']),
    ],
)
def test_what_lacks_in_one_that_is_there_is_told(tmp_path: Path, name: str, text: str, lines: list[str]) -> None:
    assert lacks(tmp_path / "shop", {**SITE_PROJECT, name: text}, name) == lines


def test_a_list_that_is_written_now_has_to_be_named(tmp_path: Path) -> None:
    files = {**SITE_PROJECT, "test_a.py": TEST, "invoke.yaml": 'pipeline: {stack_name: a, requirements: ""}'}

    assert lacks(tmp_path, files) == ["pipeline:", "  requirements: requirements-tasks.txt"]


def test_one_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"^invoke\.yaml:1:"):
        lacks(tmp_path, {**SITE_PROJECT, "invoke.yaml": "a: ["})


@pytest.mark.parametrize(
    ("text", "name"), [("tasks: {collection_name: work}", "work"), ("", "tasks"), ("a: 1", "tasks")]
)
def test_the_module_of_tasks_may_have_another_name(tmp_path: Path, text: str, name: str) -> None:
    fill(tmp_path, {"invoke.yaml": text})

    assert settings_file.collection(tmp_path / "invoke.yaml") == name
