"""Real tasks, run by a real Invoke, and the artifacts they make; each start of it takes a good part of a second."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from lambdas import run_task
from lambdas.tasks import environment
from tests.support import ROOT, interpreter

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tests.support.functions import CodePipeline, Context, Events
    from tests.support.store import Store

TASKS = """
from pathlib import Path
import os
from invoke import task
import greeting

@task
def package(c):
    dist = Path("dist")
    (dist / "docs" / "deep").mkdir(parents=True)
    (dist / "docs" / "deep" / "page.html").write_text(greeting.WORD)
    (dist / "openapi.json").write_text("{}")
    (dist / "fake.zip").write_text("no zip")
    c.run("cd dist/docs && python -m zipfile -c ../site.zip deep")

@task
def show(c):
    for name in sorted(os.environ):
        print(name, "=", os.environ[name])
    raise SystemExit(1)
"""
CREDENTIALS = (
    *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_DEFAULT_REGION"),
    *("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"),
)
WITHHELD = (
    *("AWS_LAMBDA_RUNTIME_API", "AWS_LAMBDA_FUNCTION_NAME", "AWS_EXECUTION_ENV", "_HANDLER", "_X_AMZN_TRACE_ID"),
    *("AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN", "AWS_PROFILE", "ANYTHING"),
    *("AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_EC2_METADATA_SERVICE_ENDPOINT", "ECS_CONTAINER_METADATA_URI_V4"),
)
INPUTS = ["SourceOutput", "DependenciesOutput"]
ALONE = f"""
import json
from lambdas import run_task
from lambdas.job import clients
from tests.support.functions import CodePipeline, Context, job_event
from tests.support.store import Store

store, codepipeline = Store(), CodePipeline()
clients.artifact_store, clients.codepipeline = (lambda _: store), (lambda: codepipeline)
store.put("SourceOutput", {{"tasks.py": {TASKS!r}}})
store.put("DependenciesOutput", {{"greeting.py": "WORD = 'hello'"}})
run_task.handler(job_event("task=show", {INPUTS}), Context())
print(json.dumps(codepipeline.answer))
"""
"""The same, in a process of its own."""


@pytest.fixture
def order(
    event: Events,
    context: type[Context],
    store: Store,
    codepipeline: CodePipeline,
) -> Callable[..., CodePipeline]:
    """Have the function do its job on a source with tasks; the answer is CodePipeline's."""
    store.put("SourceOutput", {"tasks.py": TASKS}, comment="20251231-235959")
    store.put("DependenciesOutput", {"greeting.py": "WORD = 'hello'\n"})

    def run(parameters: str, outputs: Sequence[str] = (), inputs: Sequence[str] = INPUTS, **more: str) -> CodePipeline:
        run_task.handler(event(parameters, list(inputs), list(outputs), **more), context())
        return codepipeline

    return run


def test_what_a_task_made_becomes_artifacts_and_its_source_gives_the_version(
    order: Callable[..., CodePipeline], store: Store
) -> None:
    codepipeline = order(
        "task=package&DistSiteOutput=dist/site.zip&DistApiOutput=dist/openapi.json&Docs=dist/docs",
        ["DistSiteOutput", "DistApiOutput", "Docs"],
    )

    assert codepipeline.answer["outputVariables"] == {"Version": "20251231-235959"}
    assert codepipeline.answer["executionDetails"]["summary"].startswith("package took ")
    assert store.files("DistSiteOutput")["deep/page.html"] == b"hello"
    assert store.files("DistApiOutput") == {"openapi.json": b"{}"}
    assert store.files("Docs") == {"deep/page.html": b"hello"}


def test_a_commit_is_the_version(order: Callable[..., CodePipeline]) -> None:
    codepipeline = order("task=package", revision="a" * 40)

    assert codepipeline.answer["outputVariables"] == {"Version": "a" * 40}


@pytest.mark.parametrize("credentials", ["", "&credentials=false"])
def test_a_task_is_told_its_variables_and_none_of_the_functions_credentials(
    order: Callable[..., CodePipeline], monkeypatch: pytest.MonkeyPatch, credentials: str
) -> None:
    for name in (*CREDENTIALS, *WITHHELD):
        monkeypatch.setenv(name, "the-functions-own")

    codepipeline = order(f"task=show{credentials}&Env.TARGET_URL=http://127.0.0.1:1/?a%3D1%26b&Env.EMPTY=")

    lines = codepipeline.failure["message"].splitlines()[1:]
    names = {line.split(" = ")[0] for line in lines} - {"LC_CTYPE"}
    promised = {"PATH", "HOME", "TMPDIR", "VIRTUAL_ENV", "PYTHONUNBUFFERED", "LANG", "CI", "TARGET_URL", "EMPTY"}
    promised.add("SOURCE_VERSION")
    assert names == promised | environment.network(os.environ).keys()
    assert "TARGET_URL = http://127.0.0.1:1/?a=1&b" in lines


def test_a_task_whose_action_says_so_gets_the_functions_credentials_and_nothing_else_of_it(
    order: Callable[..., CodePipeline], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (*CREDENTIALS, *WITHHELD):
        monkeypatch.setenv(name, f"own {name}")
    secret = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"}

    codepipeline = order("task=show&credentials=true&Env.AWS_REGION=eu-north-1")

    variables = dict(line.split(" = ") for line in codepipeline.failure["message"].splitlines() if "AWS" in line)
    shown = {name: "***" if name in secret else f"own {name}" for name in CREDENTIALS}
    assert variables == shown | {"AWS_REGION": "eu-north-1"}


def test_outputs_that_were_not_made_are_named_all_together(order: Callable[..., CodePipeline], store: Store) -> None:
    codepipeline = order("task=package&A=dist/a.zip&B=dist/openapi.json&C=dist/c", ["A", "B", "C"])

    expected = "The task package succeeded, but did not make A (dist/a.zip), C (dist/c)"
    assert codepipeline.failure == {"type": "JobFailed", "message": expected}
    assert store.puts == []


def test_an_output_that_is_called_a_zip_must_be_one(order: Callable[..., CodePipeline]) -> None:
    codepipeline = order("task=package&A=dist/fake.zip", ["A"])

    assert codepipeline.failure["message"] == "fake.zip is called a zip and is none"


def test_a_pipe_in_an_output_is_named_and_not_waited_for(order: Callable[..., CodePipeline], store: Store) -> None:
    store.put("SourceOutput", {"tasks.py": TASKS + "@task\ndef pipe(c):\n    c.run('mkdir out && mkfifo out/pipe')\n"})

    codepipeline = order("task=pipe&A=out", ["A"])

    expected = "out cannot be packed: pipe is neither a file nor a folder nor a link"
    assert codepipeline.failure["message"] == expected


@pytest.mark.parametrize("task", ["package", "show", "nowhere"])
def test_nothing_is_left_behind_however_it_ends(order: Callable[..., CodePipeline], scratch: Path, task: str) -> None:
    order(f"task={task}")

    assert list(scratch.iterdir()) == []


def test_a_task_runs_on_an_interpreter_that_finds_its_library_by_a_variable_as_lambdas_does(tmp_path: Path) -> None:
    python = interpreter.needing_its_library(tmp_path / "lang")
    modules = ":".join([str(ROOT), *(path for path in sys.path if path.endswith("site-packages"))])
    own = {"PATH": f"{python.parent}:/usr/bin:/bin:/opt/bin", "PYTHONPATH": modules, "TMPDIR": str(tmp_path)}
    own |= environment.network(os.environ)
    library = {"LD_LIBRARY_PATH": f"{tmp_path / 'lang' / 'lib'}:/opt/lib"}

    lame = subprocess.run([python, "-c", ""], env=own, check=False)
    done = subprocess.run([python, "-c", ALONE], env=own | library, check=True, capture_output=True, text=True)

    assert lame.returncode == 127
    message = json.loads(done.stdout.splitlines()[-1])["failureDetails"]["message"]
    first, *others = message.splitlines()
    lines = dict(line.partition(" = ")[::2] for line in others)
    assert first == "The task show ended with exit code 1:"
    assert lines["LD_LIBRARY_PATH"] == library["LD_LIBRARY_PATH"]
    assert lines["PATH"].split(":")[1:-1] == ["/usr/bin", "/bin", "/opt/bin"]
