from __future__ import annotations

import json
from pathlib import Path, PurePosixPath

import pytest

from serverless_pipeline.init import builds
from serverless_pipeline.init.builds import Build
from tests.support.folder import fill

SILENT = 'echo "Error: no test specified" && exit 1'


def package(*, scripts: object = None, **more: object) -> str:
    return json.dumps({"scripts": scripts or {"build": "make"}, **more})


def test_what_is_typed_is_what_the_scripts_offer(tmp_path: Path) -> None:
    fill(tmp_path, {"web/package.json": package(scripts={"build": "vite build", "test": "vitest", "dev": "vite"})})

    [build] = builds.find(tmp_path)

    assert build == Build(PurePosixPath("web"), ("npm install", "npm test", "npm run build"))
    assert build.path == PurePosixPath("web/package.json")


@pytest.mark.parametrize(
    ("lock", "command"),
    [
        ("package-lock.json", "npm ci"),
        ("pnpm-lock.yaml", "npx --yes pnpm install --frozen-lockfile"),
        ("yarn.lock", "npx --yes yarn install --frozen-lockfile"),
    ],
)
def test_what_a_lock_names_is_installed_by_its_own_tool(tmp_path: Path, lock: str, command: str) -> None:
    fill(tmp_path, {"package.json": package(), lock: ""})

    [build] = builds.find(tmp_path)

    assert build.commands == (command, "npm run build")


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"scripts": []}', "{}", package(scripts={"start": "x"}), package(scripts={"test": SILENT})]
)
def test_a_package_that_neither_builds_nor_tests_is_left_alone(tmp_path: Path, text: str) -> None:
    fill(tmp_path, {"package.json": text})

    assert builds.find(tmp_path) == ()


@pytest.mark.parametrize(
    ("tool", "output"), [("vite", "dist"), ("react-scripts", "build"), ("next", "out"), ("@11ty/eleventy", "_site")]
)
def test_the_site_lies_where_its_tool_puts_it(tmp_path: Path, tool: str, output: str) -> None:
    fill(tmp_path, {"web/package.json": package(devDependencies={tool: "1"})})

    [build] = builds.find(tmp_path)

    assert build.output == PurePosixPath("web", output)


def test_of_a_tool_that_nobody_knows_the_site_lies_where_it_was_built_before(tmp_path: Path) -> None:
    fill(tmp_path, {"package.json": package(), "build/index.html": ""})

    [build] = builds.find(tmp_path)

    assert build.output == PurePosixPath("build")


def test_where_only_tests_are_run_nothing_is_made(tmp_path: Path) -> None:
    fill(tmp_path, {"package.json": package(scripts={"test": "jest"}, dependencies={"next": "1"})})

    [build] = builds.find(tmp_path)

    assert build == Build(PurePosixPath(), ("npm install", "npm test"))


def test_workspaces_are_built_from_the_top(tmp_path: Path) -> None:
    fill(tmp_path, {"package.json": package(workspaces=["web"]), "web/package.json": package()})

    assert [build.folder for build in builds.find(tmp_path)] == [PurePosixPath()]


def test_a_package_of_an_example_is_not_built(tmp_path: Path) -> None:
    fill(tmp_path, {"examples/package.json": package(), "my-package.json": package()})

    assert builds.find(tmp_path) == ()
