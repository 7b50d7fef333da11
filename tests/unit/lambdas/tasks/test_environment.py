from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lambdas.job.ending import JobError
from lambdas.tasks import environment
from lambdas.tasks.environment import Environment
from tests.support.frozen import changeable

VERSION = f"python{sys.version_info.major}.{sys.version_info.minor}"
BASE = Path(os.path.realpath(sys.executable))


def make(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def work(tmp_path: Path) -> Path:
    return make(tmp_path / "work")


@pytest.fixture
def dependencies(tmp_path: Path) -> Path:
    return make(tmp_path / "dependencies")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return make(tmp_path / "source")


def says(created: Environment, code: str) -> str:
    """What a program prints that the environment's interpreter runs."""
    command: list[str | Path] = [created.python, "-c", code]
    done = subprocess.run(command, env=created.variables, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def test_a_task_sees_exactly_what_is_promised(work: Path, dependencies: Path, source: Path) -> None:
    created = environment.create(dependencies, source, work, {"TARGET_URL": "http://x/", "CI": "mine"})

    own = work / "environment"
    assert created == Environment(
        own / "bin" / "python",
        {
            "PATH": f"{own}/bin:/usr/local/bin:/usr/bin:/bin:{work}/python",
            "VIRTUAL_ENV": str(own),
            "HOME": f"{work}/home",
            "TMPDIR": str(work / "tmp"),
            "PYTHONUNBUFFERED": "1",
            "LANG": "C.UTF-8",
            "CI": "mine",
            "TARGET_URL": "http://x/",
        },
    )
    assert sorted(path.name for path in work.iterdir()) == ["environment", "home", "python", "tmp", "tools"]
    assert {path.name: path.readlink() for path in (work / "python").iterdir()} == {VERSION: BASE}
    assert [list((work / name).iterdir()) for name in ("home", "tmp")] == [[], []]


def test_an_environment_does_not_change_and_does_not_show_its_secrets() -> None:
    one = Environment(Path("python"), {}, frozenset({"hunter2"}))

    assert changeable(one) == []
    assert "hunter2" not in repr(one)


def test_unless_it_is_told_otherwise_a_task_knows_that_nobody_watches(
    work: Path, dependencies: Path, source: Path
) -> None:
    assert environment.create(dependencies, source, work, {}).variables["CI"] == "true"


def test_the_environment_is_a_virtual_one_of_this_interpreter(work: Path, dependencies: Path, source: Path) -> None:
    (dependencies / "greeting.py").write_text("WORD = 'hello'")

    created = environment.create(dependencies, source, work, {})

    words = says(
        created, "import sys, greeting; print(sys.prefix, sys.base_prefix, sys.version_info[:2], greeting.WORD)"
    )
    base = subprocess.run([BASE, "-c", "import sys; print(sys.prefix)"], check=True, capture_output=True, text=True)
    assert words == f"{work}/environment {base.stdout.strip()} {sys.version_info[:2]} hello"
    assert {(work / "environment" / "bin" / name).readlink() for name in ("python", "python3", VERSION)} == {BASE}


def test_the_standard_library_wins_over_a_package_of_its_name(work: Path, dependencies: Path, source: Path) -> None:
    (dependencies / "uuid.py").write_text("raise SystemExit('the package of that name')")

    created = environment.create(dependencies, source, work, {})

    assert says(created, "import uuid; print(uuid.uuid4().version)") == "4"


def test_files_that_extend_the_path_count(work: Path, dependencies: Path, source: Path) -> None:
    (make(dependencies / "aside") / "sdk.py").write_text("WORD = 'aside'")
    (dependencies / "sdk.pth").write_text("aside\nimport os; os.environ['SEEN'] = 'yes'\n")

    created = environment.create(dependencies, source, work, {})

    assert says(created, "import os, sdk; print(sdk.WORD, os.environ['SEEN'])") == "aside yes"


def test_what_is_editable_lies_in_the_source_of_this_job(work: Path, dependencies: Path, source: Path) -> None:
    (make(source / "libs") / "sdk.py").write_text("WORD = 'from the source'")
    (dependencies / "_sdk.pth").write_text("/~source~/libs\n")

    created = environment.create(dependencies, source, work, {})

    assert says(created, "import sdk; print(sdk.WORD)") == "from the source"


@pytest.mark.parametrize(
    "head",
    [
        "#!/opt/python/bin/python3.13\n",
        "#!/usr/bin/env python\n",
        "#!/bin/sh\n'''exec' '/a very long way/to/python' \"$0\" \"$@\"\n' '''\n",
    ],
    ids=["path", "env", "trampoline"],
)
def test_a_console_script_runs_in_the_environment(work: Path, dependencies: Path, source: Path, head: str) -> None:
    (dependencies / "greeting.py").write_text("WORD = 'hello'")
    (make(dependencies / "bin") / "greet").write_text(
        f"{head}import sys, greeting\nprint(greeting.WORD, sys.argv[1])\n"
    )

    created = environment.create(dependencies, source, work, {})

    said = subprocess.run(["sh", "-c", "greet you"], env=created.variables, check=True, capture_output=True, text=True)
    assert said.stdout == "hello you\n"


@pytest.mark.parametrize("name", ["invoke", "inv"])
def test_invoke_is_a_command_as_well(work: Path, dependencies: Path, source: Path, name: str) -> None:
    created = environment.create(dependencies, source, work, {})

    command = ["sh", "-c", f"{name} --version"]
    said = subprocess.run(command, env=created.variables, check=True, capture_output=True, text=True)
    assert said.stdout.startswith("Invoke ")


def test_the_projects_own_invoke_is_the_command(work: Path, dependencies: Path, source: Path) -> None:
    (make(dependencies / "bin") / "invoke").write_text("#!/usr/bin/python\nprint('their own')\n")

    created = environment.create(dependencies, source, work, {})

    said = subprocess.run(["sh", "-c", "invoke"], env=created.variables, check=True, capture_output=True, text=True)
    assert said.stdout == "their own\n"


def test_bytecode_beside_scripts_is_no_program(work: Path, dependencies: Path, source: Path) -> None:
    (make(dependencies / "bin" / "__pycache__") / "jp.cpython-311.pyc").touch()

    environment.create(dependencies, source, work, {})

    assert not (work / "environment" / "bin" / "__pycache__").exists()


def test_another_program_is_there_as_it_is(work: Path, dependencies: Path, source: Path) -> None:
    programs = {"shell": b"#!/bin/sh\necho shell\n", "binary": b"\x7fELF", "empty": b"", "lines": b"#!/bin/sh\n"}
    for name, content in programs.items():
        (dependencies / "bin").mkdir(exist_ok=True)
        (dependencies / "bin" / name).write_bytes(content)

    environment.create(dependencies, source, work, {})

    assert {name: (work / "environment" / "bin" / name).readlink() for name in programs} == {
        name: dependencies / "bin" / name for name in programs
    }


def test_programs_that_are_handed_over_are_on_the_path_behind_the_projects_own(
    tmp_path: Path, work: Path, dependencies: Path, source: Path
) -> None:
    ours, theirs = make(tmp_path / "ours"), make(dependencies / "bin")
    for path in (ours / "uv", ours / "other", ours / "python", theirs / "other"):
        path.write_bytes(b"\x7fELF")

    environment.create(dependencies, source, work, {}, [ours / "uv", ours / "other", ours / "python"])

    programs = work / "environment" / "bin"
    assert (programs / "uv").readlink() == ours / "uv"
    assert (programs / "other").readlink() == theirs / "other"
    assert (programs / "python").readlink() == BASE


def test_a_task_finds_invoke_and_what_the_bundle_holds_for_it(
    tmp_path: Path, work: Path, dependencies: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packages = make(tmp_path / "packages")
    invoke, metadata = make(packages / "invoke"), make(packages / "invoke-3.0.3.dist-info")
    for other in ("uv", "uv-0.13.9.dist-info", "invoke_more"):
        make(packages / other)
    library = make(tmp_path / "bundle" / "offered" / "serverless_pipeline")
    specs = {"invoke": SimpleNamespace(origin=str(invoke / "__init__.py")), "boto3": None}
    monkeypatch.setattr(importlib.util, "find_spec", specs.__getitem__)
    monkeypatch.setattr(environment, "_OFFERED", tmp_path / "bundle" / "offered")

    environment.create(dependencies, source, work, {})

    links = {path.name: path.readlink() for path in (work / "tools").iterdir()}
    assert links == {"invoke": invoke, "invoke-3.0.3.dist-info": metadata, "serverless_pipeline": library}


def test_what_the_project_installs_comes_before_what_is_offered(work: Path, dependencies: Path, source: Path) -> None:
    (dependencies / "zzz.pth").write_text(f"{make(dependencies / 'last')}\n")

    created = environment.create(dependencies, source, work, {})

    paths = [Path(path) for path in says(created, "import sys; print('\\n'.join(sys.path))").splitlines()]
    packages = work / "environment" / "lib" / VERSION / "site-packages"
    assert packages.readlink() == dependencies
    assert paths[paths.index(packages) :][:3] == [packages, dependencies / "last", work / "tools"]
    assert "invoke" in says(created, "import invoke, boto3; print(invoke.__name__, boto3.__name__)")


def test_what_is_for_tasks_lies_beside_the_functions_in_the_bundle() -> None:
    assert Path(environment.__file__).parents[2] / "offered" == environment._OFFERED


@pytest.mark.parametrize("spec", [None, SimpleNamespace(origin=None)])
def test_a_bundle_without_invoke_is_told_where_invoke_is_named(
    work: Path, dependencies: Path, source: Path, monkeypatch: pytest.MonkeyPatch, spec: Any
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: spec)

    with pytest.raises(JobError, match=r"^The bundle of the functions holds no invoke; see lambdas/requirements\.txt"):
        environment.create(dependencies, source, work, {})


@pytest.mark.parametrize("spec", [None, SimpleNamespace(origin=None)])
def test_a_boto3_that_is_not_there_is_nowhere(monkeypatch: pytest.MonkeyPatch, spec: Any) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: spec)

    assert environment._sdk() == []


def test_credentials_are_the_keys_the_region_and_the_endpoints_of_the_function() -> None:
    credentials = {
        *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_DEFAULT_REGION"),
        *("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"),
    }
    others = {"AWS_LAMBDA_RUNTIME_API", "AWS_PROFILE", "PATH", "MY_AWS_ENDPOINT_URL", "AWS_REGION_X"}

    own = environment.credentials({name: f"own {name}" for name in credentials | others})

    assert own == {name: f"own {name}" for name in credentials}


def test_programs_are_where_the_function_finds_them_but_its_interpreter_is_the_environments(
    work: Path, dependencies: Path, source: Path
) -> None:
    folders = f"{Path(sys.executable).parent}:{BASE.parent}:/usr/local/bin::/usr/bin/:/bin:/opt/bin"

    path = environment.system_path({"PATH": folders})
    created = environment.create(dependencies, source, work, {}, path=path)

    assert created.variables["PATH"] == f"{work}/environment/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin:{work}/python"


def test_a_function_without_a_path_finds_programs_where_they_usually_are() -> None:
    assert environment.system_path({}) == "/usr/local/bin:/usr/bin:/bin"


def test_libraries_are_where_the_function_finds_them() -> None:
    own = {"LD_LIBRARY_PATH": "/var/lang/lib:/opt/lib", "LD_PRELOAD": "/opt/lib/spy.so", "PATH": "/opt/bin"}

    assert environment.libraries(own) == {"LD_LIBRARY_PATH": "/var/lang/lib:/opt/lib"}


def test_the_way_to_an_index_is_that_of_the_installation() -> None:
    ways = {
        *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"),
        *("http_proxy", "https_proxy", "all_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"),
        *("PIP_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_OWN_PASSWORD"),
    }
    others = {"AWS_ACCESS_KEY_ID", "PYTHONPATH", "MY_UV_", "SSL_CERT", "PATH"}

    assert environment.network({name: f"own {name}" for name in ways | others}) == {
        name: f"own {name}" for name in ways
    }
