from __future__ import annotations

import io
import json
import os
import signal
import sys
import time
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from lambdas.job import clients
from lambdas.job.ending import JobError
from lambdas.tasks import process, template
from lambdas.tasks.process import Result
from lambdas.tasks.template import Packaging
from tests.support.store import zipped
from tests.support.stubs import session

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PACKAGING = Packaging(
    "app/environment.yml", "0123456789abcdef", ("SiteUrl",), bounded="true", values={"prod": "app/prod.yml"}
)
LATE = ": its packaging ran longer than 890 s, all the time the function has, and was stopped"
KILLED = ": its packaging was killed (SIGKILL), most likely for want of memory"
PROGRAM = """
import json, os, pathlib, sys
order = json.loads(sys.argv[1])
folder = pathlib.Path(order["folder"])
folder.mkdir()
(folder / "files.json").write_text("{}")
(folder / "seen.json").write_text(json.dumps([os.getcwd(), dict(os.environ), sys.path[:3], order]))
"""


@dataclass
class Program:
    """A program that packages; it writes these files, and ends so."""

    files: dict[str, str] = field(default_factory=lambda: {"template.json": "{}"})
    deliveries: dict[str, str] = field(default_factory=dict)
    result: Result = field(default_factory=lambda: Result(0, (), 1.0))
    runs: list[tuple[Path, float]] = field(default_factory=list)
    orders: list[dict[str, Any]] = field(default_factory=list)

    def run(self, command: Sequence[Any], *, cwd: Path, env: Mapping[str, str], deadline: float) -> Result:
        assert command[:-1] == [sys.executable, "-P", "-m", "serverless_pipeline.environment"]
        assert "PYTHONPATH" in env
        self.runs.append((cwd, deadline))
        self.orders.append(order := json.loads(command[-1]))
        if self.result.is_success:
            for name, content in {**self.files, "files.json": json.dumps(self.deliveries)}.items():
                path = Path(order["folder"], name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(content)
        return self.result


@pytest.fixture(autouse=True)
def endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    """S3 as the function finds it."""
    client = session().client("s3")
    monkeypatch.setattr(clients, "s3", lambda: client)


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch) -> Program:
    program = Program()
    monkeypatch.setattr(process, "run", program.run)
    return program


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """The project of a commit, in which a task made something."""
    own = tmp_path / "source"
    (own / "dist" / "site").mkdir(parents=True)
    (own / "dist" / "site" / "index.html").write_text("hello")
    (own / "dist" / "orders.zip").write_bytes(zipped({"index.py": "handler = None"}))
    (own / "dist" / "openapi.json").write_text("{}")
    (own / "dist" / "fake.zip").write_text("no zip")
    return own


def package(own: Path, packaging: Packaging = PACKAGING) -> Path:
    return template.package(packaging, own, own.parent, "artifact-bucket", 1000.0)


def files_of(package: Path | bytes) -> dict[str, bytes]:
    content = package if isinstance(package, bytes) else package.read_bytes()
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


@pytest.mark.parametrize("query", [{}, {"task": "package", "Env.template": "x", "template.x": "y", "Value.prod": "z"}])
def test_without_a_word_nothing_is_packaged(query: dict[str, str]) -> None:
    assert Packaging.from_parameters(query) is None


def test_what_is_packaged_is_what_the_parameters_say() -> None:
    query = {
        "task": "package",
        "template": "app/environment.yml",
        "shape": "0123456789abcdef",
        "bounded": "true",
        "reads": "SiteUrl,,ApiUrl",
        "Values.prod": "app/prod.yml",
        "Values.test": "app/test.yml",
    }

    packaging = Packaging.from_parameters(query)

    values = {"prod": "app/prod.yml", "test": "app/test.yml"}
    assert packaging == Packaging(
        "app/environment.yml", "0123456789abcdef", ("SiteUrl", "ApiUrl"), bounded="true", values=values
    )
    assert list(packaging.mistakes()) == []


@pytest.mark.parametrize("bounded", [{}, {"bounded": "false"}])
def test_outputs_values_and_a_boundary_need_not_be_named(bounded: dict[str, str]) -> None:
    query = {"template": "app/environment.yml", "shape": "0123456789abcdef", **bounded}

    assert Packaging.from_parameters(query) == Packaging("app/environment.yml", "0123456789abcdef", (), values={})


@pytest.mark.parametrize(
    ("query", "mistakes"),
    [
        (
            {"template": "../x.yml", "Values.prod": "/etc/passwd", "Values.test": ""},
            [
                "template=../x.yml must be a path inside the source",
                "Values.prod=/etc/passwd must be a path inside the source",
                "Values.test= must be a path inside the source",
                "shape is missing in UserParameters; invoke pipeline.up writes it",
            ],
        ),
        ({"shape": "0123"}, ["template= must be a path inside the source"]),
        ({"template": "a", "shape": "0123", "bounded": "yes"}, ["bounded must be true or false; it is 'yes'"]),
        (
            {"reads": ""},
            [
                "template= must be a path inside the source",
                "shape is missing in UserParameters; invoke pipeline.up writes it",
            ],
        ),
        ({"Values.prod": "p", "shape": "0123"}, ["template= must be a path inside the source"]),
    ],
)
def test_one_word_of_a_packaging_needs_the_others(query: dict[str, str], mistakes: list[str]) -> None:
    packaging = Packaging.from_parameters(query)

    assert packaging
    assert list(packaging.mistakes()) == mistakes


def test_the_program_is_told_all_that_it_needs_in_the_project_until_the_deadline(own: Path, program: Program) -> None:
    package(own)

    assert program.runs == [(own, 1000.0)]
    assert program.orders == [
        {
            "template": "app/environment.yml",
            "shape": "0123456789abcdef",
            "reads": ["SiteUrl"],
            "bounded": True,
            "values": {"prod": "app/prod.yml"},
            "bucket": "artifact-bucket",
            "url": "https://s3.eu-west-1.amazonaws.com/artifact-bucket",
            "folder": str(own.parent / "PackageOutput"),
        }
    ]


def test_the_program_is_the_bundles_own_and_finds_nothing_of_the_function_or_of_the_commit(
    own: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bundle = tmp_path / "bundle"
    (bundle / "offered" / "serverless_pipeline" / "environment").mkdir(parents=True)
    (bundle / "offered" / "serverless_pipeline" / "environment" / "__main__.py").write_text(PROGRAM)
    (own / "json.py").write_text("raise SystemExit('the commit was here')")
    (own / "serverless_pipeline").mkdir()
    monkeypatch.setattr(template, "_BUNDLE", bundle)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "own")
    monkeypatch.setenv("LD_LIBRARY_PATH", "/var/lang/lib")

    target = template.package(PACKAGING, own, tmp_path, "artifact-bucket", time.monotonic() + 60)

    cwd, variables, path, order = json.loads(files_of(target)["seen.json"])
    assert cwd == str(own)
    assert {name: value for name, value in variables.items() if name != "LC_CTYPE"} == {
        "PATH": os.defpath,
        "HOME": str(tmp_path),
        "LANG": "C.UTF-8",
        "LD_LIBRARY_PATH": "/var/lang/lib",
        "PYTHONPATH": f"{bundle}/offered:{bundle}",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    assert path[:2] == [f"{bundle}/offered", str(bundle)]
    assert order["folder"] == str(tmp_path / "PackageOutput")


def test_the_bundle_is_where_the_functions_lie() -> None:
    assert (template._BUNDLE / "lambdas" / "run_task.py").is_file()


def test_what_the_program_wrote_becomes_one_zip(own: Path, program: Program) -> None:
    program.files = {
        "template.json": "{}",
        "deliveries.json": '{"ids": [], "parts": []}',
        "assets/1.zip": "code",
        "values/prod.json": '{"Tags": {}}',
    }

    target = package(own)

    assert target == own.parent / "PackageOutput.zip"
    assert files_of(target) == {
        "template.json": b"{}",
        "deliveries.json": b'{"ids": [], "parts": []}',
        "assets/1.zip": b"code",
        "values/prod.json": b'{"Tags": {}}',
    }


def test_what_the_template_delivers_lies_beside_it_each_in_a_zip(own: Path, program: Program) -> None:
    program.deliveries = {
        "deliveries/Orders.zip": "dist/orders.zip",
        "deliveries/Site.zip": "dist/site",
        "deliveries/Api.zip": "dist/openapi.json",
    }

    files = files_of(package(own))

    assert files.keys() == {"template.json", *program.deliveries}
    assert files["deliveries/Orders.zip"] == (own / "dist" / "orders.zip").read_bytes()
    assert files_of(files["deliveries/Site.zip"]) == {"index.html": b"hello"}
    assert files_of(files["deliveries/Api.zip"]) == {"openapi.json": b"{}"}


def test_one_path_may_be_delivered_twice(own: Path, program: Program) -> None:
    program.deliveries = {"deliveries/A.zip": "dist/orders.zip", "deliveries/B.zip": "dist/orders.zip"}

    files = files_of(package(own))

    assert files["deliveries/A.zip"] == files["deliveries/B.zip"] == (own / "dist" / "orders.zip").read_bytes()


def test_what_was_not_made_is_named_all_together(own: Path, program: Program) -> None:
    program.deliveries = {
        "deliveries/Users.zip": "dist/users.zip",
        "deliveries/Site.zip": "dist/site",
        "deliveries/Admin.zip": "dist/admin",
    }

    with pytest.raises(JobError) as caught:
        package(own)

    assert str(caught.value) == (
        "The template app/environment.yml delivers dist/users.zip, dist/admin, which nothing made"
    )


def test_what_is_delivered_and_called_a_zip_must_be_one(own: Path, program: Program) -> None:
    program.deliveries = {"deliveries/Orders.zip": "dist/fake.zip"}

    with pytest.raises(JobError, match=r"^fake\.zip is called a zip and is none$"):
        package(own)


@pytest.mark.parametrize(
    ("result", "message"),
    [
        (
            Result(2, ("It is of another shape:", "  - it delivers x"), 1.0),
            ":\nIt is of another shape:\n  - it delivers x",
        ),
        (Result(1, (), 1.0), ""),
        (Result(0, ("still here",), 889.6, is_late=True), f"{LATE}:\nstill here"),
        (Result(-signal.SIGKILL, (), 3.0), KILLED),
    ],
)
def test_a_template_that_cannot_be_packaged_is_told_with_the_programs_words(
    own: Path, program: Program, result: Result, message: str
) -> None:
    program.result = result

    with pytest.raises(JobError) as caught:
        package(own)

    assert str(caught.value) == f"The template app/environment.yml cannot be delivered{message}"
    assert not (own.parent / "PackageOutput.zip").exists()


@pytest.mark.parametrize(
    "text",
    ['{"../../out.zip": "dist"}', '{"/out.zip": "dist"}', '{"a.zip": "/etc"}', '{"a.zip": 1}', "[]", "{", "\\xff"],
)
def test_files_that_the_commits_template_made_up_lead_nowhere(own: Path, program: Program, text: str) -> None:
    (own / "dist").mkdir(exist_ok=True)
    program.deliveries = cast("dict[str, str]", json.loads(text) if text.startswith('{"') else {})
    program.files = {"template.json": "{}"}
    run = process.run

    def leave(*words: Any, **options: Any) -> Result:
        result = run(*words, **options)
        (Path(program.orders[-1]["folder"]) / "files.json").write_text(text)
        return result

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(process, "run", leave)
        with pytest.raises(JobError, match=r"cannot be delivered: files\.json "):
            package(own)


def test_a_pipe_in_place_of_the_list_of_files_is_not_waited_for(own: Path, program: Program) -> None:
    run = process.run

    def leave(*words: Any, **options: Any) -> Result:
        result = run(*words, **options)
        path = Path(program.orders[-1]["folder"]) / "files.json"
        path.unlink()
        os.mkfifo(path)
        return result

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(process, "run", leave)
        with pytest.raises(JobError, match=r"files\.json cannot be read: it is neither a file nor a folder"):
            package(own)
