from __future__ import annotations

from pathlib import Path

import pytest

from serverless_pipeline.environment import document
from serverless_pipeline.init import survey, template_file
from serverless_pipeline.init.templates import Template
from serverless_pipeline.project import lint
from tests.support.folder import HANDLER, SITE_PROJECT, fill

QUIET = "def handler(event, context):\n    pass\n"
PROJECTS = {
    "site": SITE_PROJECT,
    "function": {"app.py": HANDLER},
    "quiet": {"app.py": QUIET},
    "functions": {"a/app.py": HANDLER, "b/app.py": HANDLER, "c/app.py": QUIET},
    "both": {"app.py": HANDLER, **SITE_PROJECT},
}


def write(folder: Path, files: dict[str, str]) -> Template:
    text = template_file.text(survey.look(fill(folder, files)))
    (folder / "template.yaml").write_text(text)
    read = document.read(Path("template.yaml"), folder)
    return Template(read.path, read.body)


@pytest.mark.parametrize("name", PROJECTS)
def test_cfn_lint_finds_nothing(tmp_path: Path, name: str) -> None:
    write(tmp_path, PROJECTS[name])

    assert list(lint.lint("template", (tmp_path / "template.yaml").read_text())) == []
    assert "\n\n\n" not in (tmp_path / "template.yaml").read_text()
    assert not (tmp_path / "template.yaml").read_text().endswith("\n\n")


def test_a_site_is_a_bucket_that_the_pipeline_fills(tmp_path: Path) -> None:
    template = write(tmp_path, SITE_PROJECT)

    assert template.has_site
    assert list(template.outputs) == ["SiteUrl"]


def test_a_function_has_the_python_of_the_pipeline(tmp_path: Path) -> None:
    template = write(tmp_path, {"orders/app.py": QUIET})

    [properties] = [resource["Properties"] for resource in template.resources.values()]
    assert template.body["Globals"]["Function"]["Runtime"] == {"Ref": "Runtime"}
    assert properties == {"CodeUri": "orders", "Handler": "app.handler"}
    assert template.outputs == {}


def test_one_function_answers_every_path_and_several_have_one_each(tmp_path: Path) -> None:
    alone = write(tmp_path / "one", PROJECTS["function"])
    several = write(tmp_path / "several", PROJECTS["functions"])

    events = [alone.resources["AppFunction"]["Properties"]["Events"]["Http"]]
    events += [several.resources[name]["Properties"].get("Events", {}).get("Http") for name in several.resources]
    ways = [event and event.get("Properties", {}).get("Path") for event in events]
    assert ways == [None, "/a", "/b", None]


def test_a_site_finds_the_functions_beside_it(tmp_path: Path) -> None:
    template = write(tmp_path, PROJECTS["both"])

    assert template.resources["SiteBucket"]["Metadata"]["Delivery"]["ApiBaseurl"] == "ApiUrl"
    assert set(template.outputs) == {"SiteUrl", "ApiUrl"}
