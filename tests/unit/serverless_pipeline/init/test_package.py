from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from serverless_pipeline.init import package, survey
from serverless_pipeline.init.package import Step
from tests.support.folder import HANDLER, SAM, SAM_PROJECT, SITE_PROJECT, TEST, fill

SCRIPTS = '{"scripts": {"build": "vite build", "test": "vitest"}, "devDependencies": {"vite": "7"}}'


def of(folder: Path, files: dict[str, str]) -> tuple[str, list[Step]]:
    here = survey.look(fill(folder, files))
    return package.words(here), package.steps(here)


@pytest.mark.parametrize(
    ("files", "words"),
    [(SITE_PROJECT, "Leave public/ as it is."), ({"template.yaml": SAM}, "Leave the source as it is.")],
)
def test_where_nothing_is_built_or_tested_nothing_is_typed(tmp_path: Path, files: dict[str, str], words: str) -> None:
    assert of(tmp_path, files) == (words, [])


def test_what_functions_require_is_put_beside_them_in_a_copy_alone(tmp_path: Path) -> None:
    assert of(tmp_path, SAM_PROJECT) == (
        "Test and put beside each function what it requires.",
        [
            Step(("python -m pytest tests/unit",)),
            Step(
                ("uv pip install --quiet --target hello_world -r hello_world/requirements.txt",), in_copy=True
            ),
        ],
    )  # fmt: skip


def test_a_build_is_typed_in_its_own_folder(tmp_path: Path) -> None:
    assert of(tmp_path, {"web/package.json": SCRIPTS, "test_a.py": TEST}) == (
        "Test and build.",
        [
            Step(("python -m pytest",)),
            Step(("npm install", "npm test", "npm run build"), PurePosixPath("web")),
        ],
    )


def test_a_function_of_the_top_is_gathered_with_what_it_requires(tmp_path: Path) -> None:
    files = {"lambda_function.py": HANDLER, "my stock.py": "", "requirements.txt": "requests"}

    assert of(tmp_path, files) == (
        "Gather what is delivered.",
        [
            Step(
                (
                    "rm -rf dist/main && mkdir -p dist/main",
                    "uv pip install --quiet --target dist/main -r requirements.txt",
                    "cp -R lambda_function.py 'my stock.py' dist/main",
                )
            )
        ],
    )


def test_a_function_of_a_folder_is_gathered_only_if_it_requires_something(tmp_path: Path) -> None:
    files = {"a/app.py": HANDLER, "a/requirements.txt": "requests", "b/app.py": HANDLER}

    _, [step] = of(tmp_path, files)

    assert step.commands[-1] == "cp -R a/. dist/a"


def test_a_site_among_other_files_is_gathered(tmp_path: Path) -> None:
    assert of(tmp_path, {"index.html": "", "css/a.css": "", "README.md": ""}) == (
        "Gather what is delivered.",
        [Step(("rm -rf dist/site && mkdir -p dist/site", "cp -R css index.html dist/site"))],
    )
