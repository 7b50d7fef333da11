"""The bundle of small functions that need one small package, which lies in a folder: nothing is fetched."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Literal

import invoke
import pytest
import uv

from serverless_pipeline import archive, assets, interpreters
from serverless_pipeline.errors import Error, Misconfigured
from serverless_pipeline.local.functions import runtime
from serverless_pipeline.project import bundle
from serverless_pipeline.project.bundle import OWN_RUNTIME
from serverless_pipeline.settings import Settings

if TYPE_CHECKING:
    from serverless_pipeline.interpreters import Interpreter

TAG = sys.implementation.cache_tag
HERE = Settings(runtime=OWN_RUNTIME, architecture=runtime.identity()[1])
OTHER = replace(HERE, target="aws", runtime="python3.13" if OWN_RUNTIME != "python3.13" else "python3.12")
SCRIPT = "#!python\nprint('tiny')\n"


@pytest.fixture(autouse=True)
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of wheels instead of an index: `tiny` has a module, a console script, a script and a program."""
    folder = tmp_path / "index"
    wheel(
        folder / "tiny-1.0-py3-none-any.whl",
        {
            "tiny.py": "words = {'a', 'b', 'c', 'd'}\n",
            "tiny-1.0.dist-info/entry_points.txt": "[console_scripts]\ntiny = tiny:main\n",
            "tiny-1.0.data/scripts/tiny-script": SCRIPT,
            "tiny-1.0.data/scripts/tiny-program": "\x7fELF tiny",
        },
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("UV_NO_INDEX", "1")
    monkeypatch.setenv("UV_FIND_LINKS", str(folder))
    monkeypatch.setenv("UV_NO_CONFIG", "1")
    return folder


@pytest.fixture(autouse=True)
def pythons(monkeypatch: pytest.MonkeyPatch) -> dict[str, Interpreter]:
    """The other Pythons of this laptop, by version; there are none."""
    there: dict[str, Interpreter] = {}
    monkeypatch.setattr(interpreters, "find", there.get)
    return there


@pytest.fixture(autouse=True)
def functions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of functions of the test's own."""
    folder = tmp_path / "lambdas"
    (folder / "job").mkdir(parents=True)
    (folder / "one.py").write_text("def handler(event, context): ...\n")
    (folder / "job" / "two.py").write_text("")
    (folder / "job" / "notes.md").write_text("no part of it")
    (folder / "lost_job.py").write_text("# no part of it either: it stands in the template\n")
    (folder / "requirements.txt").write_text("tiny==1.0\n")
    monkeypatch.setattr(assets, "functions", lambda: folder)
    return folder


def wheel(path: Path, files: dict[str, str]) -> None:
    name, version, *_ = path.stem.split("-")
    info = f"{name}-{version}.dist-info"
    purity = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: " + path.stem.split("-", 2)[2] + "\n"
    files = files | {f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"}
    path.parent.mkdir(exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for inner, text in (files | {f"{info}/WHEEL": purity}).items():
            archive.writestr(inner, text)
        archive.writestr(f"{info}/RECORD", "".join(f"{inner},,\n" for inner in archive.namelist()))


def names(built: bundle.Bundle) -> set[str]:
    with zipfile.ZipFile(built.path) as archive:
        return set(archive.namelist())


def test_a_bundle_holds_the_functions_what_they_need_and_what_they_offer_to_tasks(tmp_path: Path) -> None:
    library = Path(bundle.__file__).parents[1]
    offered = {
        f"offered/serverless_pipeline/{path.relative_to(library).as_posix()}"
        for path in [
            *(
                library / f"{name}.py"
                for name in ("__init__", "archive", "assets", "errors", "functions", "jinja", "tags")
            ),
            library / "cloudformation" / "__init__.py",
            *(library / "cloudformation" / "calls").glob("*.py"),
            *(library / "environment").glob("*.py"),
            *(library / "settings").glob("*.py"),
            *(library / "tasks").glob("*.py"),
        ]
    } | {f"offered/serverless_pipeline/cfn/{path.name}" for path in assets.templates().glob("*.j2")}

    built = bundle.build(OTHER, tmp_path / "kept")

    assert names(built) == offered | {
        "lambdas/one.py",
        "lambdas/job/two.py",
        "lambdas/requirements.txt",
        "tiny.py",
        "tiny-1.0.dist-info/INSTALLER",
        "tiny-1.0.dist-info/METADATA",
        "tiny-1.0.dist-info/REQUESTED",
        "tiny-1.0.dist-info/WHEEL",
        "tiny-1.0.dist-info/entry_points.txt",
        "bin/tiny-program",
    }


def test_nothing_in_it_tells_where_or_by_which_interpreter_it_was_built(tmp_path: Path) -> None:
    built = bundle.build(HERE, tmp_path / "kept")

    with zipfile.ZipFile(built.path) as archive:
        telling = [
            name
            for name in archive.namelist()
            for place in (sys.prefix, str(tmp_path), "bundle-")
            if place.encode() in archive.read(name)
        ]
    assert telling == []


def test_where_a_requirement_came_from_is_not_told(functions: Path, index: Path, tmp_path: Path) -> None:
    (functions / "requirements.txt").write_text(f"tiny @ {(index / 'tiny-1.0-py3-none-any.whl').as_uri()}\n")

    built = bundle.build(HERE, tmp_path / "kept")

    assert "tiny-1.0.dist-info/METADATA" in names(built)
    assert {"tiny-1.0.dist-info/direct_url.json", "tiny-1.0.dist-info/RECORD", ".lock"} & names(built) == set()


def test_two_builds_have_one_digest_whatever_the_place_the_seed_and_what_is_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    digests = set()
    for number, place in enumerate(("a", "another-longer-one")):
        (tmp_path / place).mkdir()
        (tmp_path / place / "compileall.py").write_text("raise SystemExit('a module of the project')")
        monkeypatch.chdir(tmp_path / place)
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path / place))
        monkeypatch.setenv("PYTHONHASHSEED", str(number + 1))
        monkeypatch.setenv("PYTHONPYCACHEPREFIX", str(tmp_path / place / "bytecode"))
        digests.add(bundle.build(HERE, Path("kept")).digest)

    assert len(digests) == 1


def test_it_is_built_once_until_something_in_it_changes(functions: Path, tmp_path: Path) -> None:
    first = bundle.build(HERE, tmp_path / "kept")
    (functions / "job" / "notes.md").write_text("changed")
    again = bundle.build(HERE, tmp_path / "kept")
    (functions / "one.py").write_text("# changed\n")
    changed = bundle.build(HERE, tmp_path / "kept")

    assert again == first
    assert first.digest == archive.digest([first.path])
    assert changed.digest != first.digest
    assert changed.path != first.path


def test_it_lies_in_the_project_unless_a_folder_is_chosen(tmp_path: Path) -> None:
    built = bundle.build(HERE)

    assert built.path.parent == Path(".local") / "bundles"
    assert list((tmp_path / ".local" / "bundles").iterdir()) == [tmp_path / built.path]


def test_a_bundle_for_each_runtime_architecture_and_target_is_kept_apart() -> None:
    chosen = [
        HERE,
        OTHER,
        replace(HERE, target="aws"),
        replace(HERE, architecture="x86_64"),
        replace(HERE, architecture="arm64"),
    ]

    keys = [key(settings) for settings in chosen]

    assert len(set(keys)) == 4  # one of the architectures is this laptop's
    assert key(replace(HERE, memory=1024, stack_name="other")) == keys[0]


def key(settings: Settings) -> str:
    return bundle._key(settings, bundle._compiler(settings.runtime))


def test_another_patch_of_python_makes_another_bundle_where_it_makes_the_bytecode(
    monkeypatch: pytest.MonkeyPatch, pythons: dict[str, Interpreter]
) -> None:
    before = key(HERE), key(OTHER)

    monkeypatch.setattr("platform.python_version", lambda: "3.99.1")

    assert key(HERE) != before[0]
    assert key(OTHER) == before[1]

    version = OTHER.runtime.removeprefix("python")
    keys = set()
    for release in (f"{version}.1", f"{version}.2"):
        pythons[version] = replace(interpreters.own(), version=version, release=release)
        keys.add(key(OTHER))
    assert len({*keys, before[1]}) == 3


def test_bytecode_lies_beside_each_module_and_is_taken_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPYCACHEPREFIX", str(tmp_path / "bytecode"))
    built = bundle.build(HERE, tmp_path / "kept")
    monkeypatch.delenv("PYTHONPYCACHEPREFIX")
    zipfile.ZipFile(built.path).extractall(tmp_path / "out")
    (tmp_path / "out" / "lambdas" / "one.py").write_text("nothing that could be compiled (")

    code = "from lambdas.one import handler, __cached__; print(handler.__code__.co_filename, __cached__)"
    done = subprocess.run(
        [sys.executable, "-B", "-c", code], cwd=tmp_path / "out", capture_output=True, text=True, check=True
    )

    assert built.bytecode
    assert done.stdout.split() == [
        f"{tmp_path}/out/lambdas/{name}" for name in ("one.py", f"__pycache__/one.{TAG}.pyc")
    ]
    modules = {PurePosixPath(name) for name in names(built) if name.endswith(".py")}
    bytecode = {str(path.parent / "__pycache__" / f"{path.stem}.{TAG}.pyc") for path in modules}
    assert {name for name in names(built) if name.endswith(".pyc")} == bytecode
    assert b"/var/task/lambdas/one.py" in (tmp_path / "out" / "lambdas" / "__pycache__" / f"one.{TAG}.pyc").read_bytes()


def test_a_bundle_for_another_python_has_no_bytecode_and_says_so(tmp_path: Path) -> None:
    built = bundle.build(OTHER, tmp_path / "kept")

    assert not built.bytecode
    assert [name for name in names(built) if name.endswith(".pyc")] == []
    assert bundle.build(OTHER, tmp_path / "kept") == built


@pytest.mark.parametrize("target", ["local", "aws"])
def test_another_python_of_this_laptop_makes_the_bytecode_of_its_runtime(
    tmp_path: Path, pythons: dict[str, Interpreter], target: Literal["local", "aws"]
) -> None:
    version, program = OTHER.runtime.removeprefix("python"), tmp_path / "other-python"
    program.write_text(f'#!/bin/sh\ntouch {tmp_path}/ran\nexec "{sys.executable}" "$@"\n')
    program.chmod(0o755)
    pythons[version] = replace(interpreters.own(), version=version, executable=program)

    built = bundle.build(replace(OTHER, target=target), tmp_path / "kept")

    assert built.bytecode
    assert (tmp_path / "ran").exists()
    assert f"lambdas/__pycache__/one.{TAG}.pyc" in names(built)


@pytest.mark.parametrize(
    ("settings", "choice"),
    [
        (HERE, []),
        (replace(HERE, runtime=OTHER.runtime), ["--python-version", OTHER.runtime.removeprefix("python")]),
        (
            Settings(target="aws", runtime="python3.13", architecture="arm64"),
            ["--python-version", "3.13", "--python-platform", "aarch64-manylinux_2_28"],
        ),
        (
            Settings(target="aws", runtime="python3.12", architecture="x86_64"),
            ["--python-version", "3.12", "--python-platform", "x86_64-manylinux_2_28"],
        ),
    ],
)
def test_uv_installs_wheels_for_the_python_and_the_architecture_of_the_functions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Settings, choice: list[str]
) -> None:
    commands: list[list[str]] = []

    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        commands.append(command)
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", run)

    bundle.build(settings, tmp_path / "kept")

    target = commands[0][commands[0].index("--target") + 1]
    assert commands[0] == [
        *(uv.find_uv_bin(), "pip", "install", "--quiet", "--only-binary", ":all:", "--link-mode", "copy"),
        *("--python", sys.executable, "--target", target, "--requirement", f"{target}/lambdas/requirements.txt"),
        *choice,
    ]


def test_a_requirement_that_does_not_exist_is_told_in_uvs_words(functions: Path, tmp_path: Path) -> None:
    (functions / "requirements.txt").write_text("tiny==999.0\n")

    message = r"^The requirements of the functions cannot be installed:\n[^b][\s\S]*tiny==999\.0[\s\S]*\n  Next: check "
    with pytest.raises(Error, match=message):
        bundle.build(HERE, tmp_path / "kept")

    assert not list(tmp_path.glob("kept/*"))


def test_without_uv_the_next_step_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def find() -> str:
        raise FileNotFoundError("nowhere")

    monkeypatch.setattr(uv, "find_uv_bin", find)

    with pytest.raises(Misconfigured, match=r"uv is not installed: nowhere\n  Next: pip install -r requirements\.txt"):
        bundle.build(HERE, tmp_path / "kept")


def test_a_function_that_is_no_python_is_named(functions: Path, tmp_path: Path) -> None:
    (functions / "one.py").write_text("def handler(:\n")

    with pytest.raises(Error, match=r"no Python:\n[^b][\s\S]*one\.py[\s\S]*\n  Next: mend the file it names"):
        bundle.build(HERE, tmp_path / "kept")

    assert not list(tmp_path.glob("kept/*"))


def test_a_bundle_that_is_too_heavy_is_refused_and_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    weight = bundle.build(HERE, tmp_path / "kept").path.stat().st_size
    monkeypatch.setattr(bundle, "LIMIT", weight)
    bundle.build(HERE, tmp_path / "kept")

    monkeypatch.setattr(bundle, "LIMIT", weight - 1)
    with pytest.raises(Error, match="weighs"):
        bundle.build(HERE, tmp_path / "kept")

    assert not list(tmp_path.glob("kept/*"))


def test_a_bundle_may_weigh_sixty_megabytes(tmp_path: Path) -> None:
    path = tmp_path / "bundle.zip"
    path.touch()
    os.truncate(path, 60 * 2**20)
    bundle._weigh(path)

    os.truncate(path, 75 * 2**20)
    with pytest.raises(Error) as caught:
        bundle._weigh(path)

    assert caught.value.message == (
        "The bundle weighs 75 MB, more than 60 MB\n  Next: take something out of lambdas/requirements.txt"
    )


def test_what_is_offered_to_tasks_needs_invoke_alone(tmp_path: Path) -> None:
    zipfile.ZipFile(bundle.build(OTHER, tmp_path / "kept").path).extractall(tmp_path / "out")
    (tmp_path / "packages").mkdir()
    for path in Path(invoke.__file__).parents[1].glob("invoke*"):
        (tmp_path / "packages" / path.name).symlink_to(path)
    (tmp_path / "tasks.py").write_text(
        "from invoke import Collection\n"
        "from serverless_pipeline import archive\n"
        "from serverless_pipeline.tasks import local, pipeline\n"
        "ns = Collection(local, pipeline)\n"
    )

    done = subprocess.run(
        [sys.executable, "-S", "-c", "from invoke.main import program; program.run(['invoke', '--list'])"],
        cwd=tmp_path,
        env={"PYTHONPATH": os.pathsep.join([str(tmp_path / "packages"), str(tmp_path / "out" / "offered")])},
        capture_output=True,
        text=True,
        check=False,
    )

    assert "pipeline.up" in done.stdout, done.stderr
    assert "local.up" in done.stdout
