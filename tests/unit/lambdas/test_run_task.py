from __future__ import annotations

import io
import os
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

from lambdas import run_task
from lambdas.job.ending import JobError, Misconfigured
from lambdas.job.job import Job
from lambdas.run_task import Request
from lambdas.tasks import secrets, task
from tests.support.store import key_of, zipped

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lambdas.tasks.environment import Environment
    from tests.support.functions import CodePipeline, Context, Events
    from tests.support.store import Store

FORMS = "secretsmanager:<name>, secretsmanager:<name>:<key> or ssm:<name>"
INPUTS = ["SourceOutput", "DependenciesOutput"]
Order: TypeAlias = Callable[..., "CodePipeline"]


class FakeTask:
    """A task that makes `dist/` in the source and takes 3.2 seconds, and remembers with what it was run."""

    def __init__(self) -> None:
        self.name = ""
        self.environment: Mapping[str, str] = {}
        self.programs: set[str] = set()
        self.secrets: frozenset[str] = frozenset()
        self.files: list[set[str]] = []
        self.error: JobError | None = None

    def run(self, name: str, source: Path, place: Environment, deadline: float) -> float:
        assert deadline > 0
        self.name, self.environment = name, place.variables
        self.secrets = place.secrets
        self.programs = {path.name for path in place.python.parent.iterdir()}
        (dependencies,) = place.python.parents[1].glob("lib/*/site-packages")
        self.files = [{path.name for path in folder.iterdir()} for folder in (source, dependencies)]
        if self.error:
            raise self.error
        make_dist(source)
        return 3.2


def make_dist(source: Path) -> None:
    dist = source / "dist"
    (dist / "docs" / "deep").mkdir(parents=True)
    (dist / "docs" / "deep" / "page.html").write_text("hello")
    (dist / "folder.zip").mkdir()
    (dist / "folder.zip" / "inside.txt").write_text("inside")
    (dist / "openapi.json").write_text("{}")
    (dist / "site.zip").write_bytes(zipped({"index.html": "hello"}))
    (dist / "fake.zip").write_text("no zip")


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeTask:
    """The task that is run, whatever it is called."""
    fake = FakeTask()
    monkeypatch.setattr(task, "run", fake.run)
    return fake


@pytest.fixture
def order(event: Events, context: type[Context], store: Store, codepipeline: CodePipeline, fake: FakeTask) -> Order:
    """Have the function do its job on a source; the answer is CodePipeline's."""
    assert fake.name == ""
    store.put("SourceOutput", {"tasks.py": ""}, comment="20251231-235959")
    store.put("DependenciesOutput", {"greeting.py": ""})

    def run(parameters: str, outputs: Sequence[str] = (), inputs: Sequence[str] = INPUTS, **more: Any) -> CodePipeline:
        run_task.handler(event(parameters, list(inputs), list(outputs), **more), context())
        return codepipeline

    return run


def request(event: Events, parameters: str, outputs: Sequence[str] = (), inputs: Sequence[str] = INPUTS) -> Request:
    return Request.from_job(Job.from_event(event(parameters, list(inputs), list(outputs)), 900))


def mistakes(event: Events, parameters: str, outputs: Sequence[str] = (), inputs: Sequence[str] = INPUTS) -> list[str]:
    with pytest.raises(Misconfigured) as caught:
        request(event, parameters, outputs, inputs)
    return [line.removeprefix("  - ") for line in str(caught.value).splitlines()[1:]]


def files_of(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def test_a_request_is_what_the_parameters_say(event: Events) -> None:
    parameters = "task=test-functional&Env.TARGET_URL=http://x/?a%3D1&Env.EMPTY=&Site=dist/site.zip&credentials=true"

    assert request(event, parameters, ["Site"]) == Request(
        "test-functional",
        {"TARGET_URL": "http://x/?a=1", "EMPTY": ""},
        {"Site": "dist/site.zip"},
        with_credentials=True,
    )


@pytest.mark.parametrize("parameters", ["task=a", "task=a&credentials=false"])
def test_without_a_word_a_task_has_no_variables_no_outputs_and_no_credentials(event: Events, parameters: str) -> None:
    assert request(event, parameters) == Request("a", {}, {}, with_credentials=False)


@pytest.mark.parametrize("name", ["package", "_private", "ns.sub-task", "A1"])
def test_a_task_may_be_called_as_invoke_calls_it(event: Events, name: str) -> None:
    assert request(event, f"task={name}").task == name


@pytest.mark.parametrize("name", ["--help", "-e", "1st", "a%20b", "a;b", ""])
def test_what_is_no_name_of_a_task_is_refused(event: Events, name: str) -> None:
    [mistake] = mistakes(event, f"task={name}")

    assert mistake.startswith("task must name a task of the source, such as task=package; it is '")


@pytest.mark.parametrize("value", ["yes", "True", "1", ""])
def test_another_word_than_true_or_false_lends_no_credentials(event: Events, value: str) -> None:
    assert mistakes(event, f"task=show&credentials={value}") == [f"credentials must be true or false; it is {value!r}"]


@pytest.mark.parametrize("name", ["task", "credentials", "retries"])
def test_an_output_artifact_cannot_be_called_like_a_parameter(event: Events, name: str) -> None:
    assert mistakes(event, "task=package", [name]) == [
        f"the output artifact {name} has the name of a parameter; give it another"
    ]


@pytest.mark.parametrize("path", ["dist", "dist/site.zip", "..dist", "a/..b/c", "./dist"])
def test_an_output_may_lie_anywhere_inside_the_source(event: Events, path: str) -> None:
    assert request(event, f"task=package&Site={path}", ["Site"]).outputs == {"Site": path}


def test_every_mistake_of_the_configuration_is_told_at_once(event: Events) -> None:
    assert mistakes(
        event,
        "credentials=x&folder=../x&Env.1=x&Env.=x&Env.A=x&Secret.A=ssm:a&Secret.B=vault:b&Secret.2=ssm:c&Unknown=dist/x&Up=../x&Deep=a/../x&Root=/x&Blank=&Dot=.",
        ["Up", "Deep", "Root", "Blank", "Dot", "Unsaid"],
        ["SourceOutput", "Foreign"],
    ) == [
        "task must name a task of the source, such as task=package; it is ''",
        "credentials must be true or false; it is 'x'",
        "Env.1 cannot be the name of an environment variable",
        "Env. cannot be the name of an environment variable",
        "A is asked for twice, as Env.A and as Secret.A",
        f"Secret.B must say where the secret is kept, {FORMS}; it is 'vault:b'",
        "Secret.2 cannot be the name of an environment variable",
        "folder=../x must be a path inside the source",
        "Unknown is neither task, credentials, folder, Env.<NAME>, Secret.<NAME> nor an output artifact of the action",
        "Up=../x must be a path inside the source",
        "Deep=a/../x must be a path inside the source",
        "Root=/x must be a path inside the source",
        "Blank= must be a path inside the source",
        "Dot=. must be a path inside the source",
        "no path is given for the output artifact Unsaid; write Unsaid=<path in the source>",
        "the action lacks the input artifact DependenciesOutput",
        "the input artifact Foreign is not for this function",
    ]


def test_what_a_task_made_becomes_artifacts_and_its_source_gives_the_version(
    order: Order, store: Store, fake: FakeTask
) -> None:
    codepipeline = order(
        "task=package&Site=dist/site.zip&Api=dist/openapi.json",
        ["Site", "Api"],
        encryptionKey={"id": "arn:aws:kms:key", "type": "KMS"},
    )

    answer = codepipeline.answer
    assert answer["outputVariables"] == {"Version": "20251231-235959"}
    assert answer["executionDetails"] == {"summary": "package took 3.2 s"}
    assert fake.name == "package"
    assert fake.files == [{"tasks.py"}, {"greeting.py", "~offered.pth"}]
    assert {"python", "uv"} <= fake.programs
    assert store.files("Site") == {"index.html": b"hello"}
    assert store.files("Api") == {"openapi.json": b"{}"}
    assert [(put["Key"], put["SSEKMSKeyId"]) for put in store.puts] == [
        (key_of(name), "arn:aws:kms:key") for name in ("Site", "Api")
    ]


def test_a_commit_is_the_version(order: Order) -> None:
    codepipeline = order("task=package", revision="a" * 40)

    assert codepipeline.answer["outputVariables"] == {"Version": "a" * 40}


def test_a_source_without_a_version_has_the_time(order: Order, store: Store) -> None:
    store.put("SourceOutput", {"tasks.py": ""})

    version = order("task=package").answer["outputVariables"]["Version"]

    assert len(version) == len("20251231-235959")
    assert version.startswith("20")


@pytest.mark.parametrize(("word", "has_them"), [("true", True), ("false", False)])
def test_a_task_has_the_functions_credentials_where_its_action_says_so_and_its_variables_win(
    order: Order,
    fake: FakeTask,
    monkeypatch: pytest.MonkeyPatch,
    word: str,
    has_them: bool,  # noqa: FBT001 - a table
) -> None:
    own = {"AWS_ACCESS_KEY_ID": "own", "AWS_REGION": "own", "AWS_PROFILE": "own", "UV_OFFLINE": "1"}
    monkeypatch.setattr(os, "environ", own)

    order(f"task=show&credentials={word}&Env.AWS_REGION=eu-north-1&Env.COLOUR=red")

    variables = {name: value for name, value in fake.environment.items() if name.startswith(("AWS_", "COLOUR"))}
    credentials = {"AWS_ACCESS_KEY_ID": "own"} if has_them else {}
    assert variables == {**credentials, "AWS_REGION": "eu-north-1", "COLOUR": "red"}
    assert fake.environment["UV_OFFLINE"] == "1"


def test_a_task_finds_its_secrets_which_nobody_is_shown(
    order: Order, fake: FakeTask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(references: Mapping[str, str]) -> dict[str, str]:
        return {name: f"what lies at {where}" for name, where in references.items()}

    monkeypatch.setattr(secrets, "read", read)

    order("task=show&Secret.NPM=secretsmanager:shop/npm:token&Secret.COLOUR=ssm:/shop/colour")

    handed = {"NPM": "what lies at secretsmanager:shop/npm:token", "COLOUR": "what lies at ssm:/shop/colour"}
    assert {name: fake.environment[name] for name in handed} == handed
    assert fake.secrets == set(handed.values())


def test_a_task_of_one_project_of_several_runs_in_its_folder(order: Order, store: Store, fake: FakeTask) -> None:
    store.put("SourceOutput", {"README.md": "", "services/api/tasks.py": ""}, comment="20251231-235959")

    order("task=package&folder=services/api&Api=dist/openapi.json", ["Api"])

    assert fake.files[0] == {"tasks.py"}
    assert store.files("Api") == {"openapi.json": b"{}"}


def test_outputs_that_were_not_made_are_named_all_together_and_nothing_is_delivered(order: Order, store: Store) -> None:
    codepipeline = order("task=package&A=dist/a.zip&B=dist/openapi.json&C=dist/c", ["A", "B", "C"])

    assert codepipeline.failure == {
        "type": "JobFailed",
        "message": "The task package succeeded, but did not make A (dist/a.zip), C (dist/c)",
    }
    assert store.puts == []


def test_a_task_that_fails_delivers_nothing(order: Order, store: Store, fake: FakeTask) -> None:
    fake.error = JobError("The task package ended with exit code 1")

    codepipeline = order("task=package&A=dist/site.zip", ["A"])

    assert codepipeline.failure == {"type": "JobFailed", "message": "The task package ended with exit code 1"}
    assert store.puts == []


@pytest.mark.parametrize("parameters", ["task=package", "task=package&A=nowhere", "task=--help"])
def test_nothing_is_left_behind_however_it_ends(order: Order, scratch: Path, parameters: str) -> None:
    order(parameters, ["A"] if "A=" in parameters else [])

    assert list(scratch.iterdir()) == []


def test_the_work_lies_in_a_folder_that_goes_even_where_something_holds_on_to_it(
    order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders: list[dict[str, Any]] = []
    make = tempfile.TemporaryDirectory

    def note(**options: Any) -> tempfile.TemporaryDirectory[str]:
        folders.append(options)
        return make(**options)

    monkeypatch.setattr(tempfile, "TemporaryDirectory", note)

    order("task=package")

    assert folders == [{"prefix": "task-", "ignore_cleanup_errors": True}]


def test_a_zip_is_handed_on_as_it_is(tmp_path: Path) -> None:
    make_dist(tmp_path)

    assert run_task.pack_output(tmp_path / "dist" / "site.zip", tmp_path / "A.zip") == tmp_path / "dist" / "site.zip"
    assert not (tmp_path / "A.zip").exists()


@pytest.mark.parametrize(
    ("path", "files"),
    [
        ("docs", {"deep/page.html": b"hello"}),
        ("folder.zip", {"inside.txt": b"inside"}),
        ("openapi.json", {"openapi.json": b"{}"}),
    ],
)
def test_a_folder_is_packed_and_another_file_lies_alone_in_its_zip(
    tmp_path: Path, path: str, files: dict[str, bytes]
) -> None:
    make_dist(tmp_path)

    package = run_task.pack_output(tmp_path / "dist" / path, tmp_path / "A.zip")

    assert package == tmp_path / "A.zip"
    assert files_of(package) == files


def test_an_output_that_is_called_a_zip_must_be_one(tmp_path: Path) -> None:
    make_dist(tmp_path)

    with pytest.raises(JobError, match=r"^fake\.zip is called a zip and is none$"):
        run_task.pack_output(tmp_path / "dist" / "fake.zip", tmp_path / "A.zip")


@pytest.mark.parametrize("path", ["out", "out/pipe"])
def test_a_pipe_in_an_output_is_named_and_not_waited_for(tmp_path: Path, path: str) -> None:
    (tmp_path / "out").mkdir()
    os.mkfifo(tmp_path / "out" / "pipe")

    with pytest.raises(JobError) as caught:
        run_task.pack_output(tmp_path / path, tmp_path / "A.zip")

    name = Path(path).name
    assert str(caught.value) == f"{name} cannot be packed: pipe is neither a file nor a folder nor a link"


def test_each_output_has_a_zip_of_its_own(tmp_path: Path) -> None:
    make_dist(tmp_path / "source")
    outputs = {"A": "dist/docs", "B": "dist/openapi.json", "C": "dist/site.zip"}

    packages = run_task.pack_outputs(
        Request("package", {}, outputs, with_credentials=False), tmp_path / "source", tmp_path
    )

    assert packages == {
        "A": tmp_path / "A.zip",
        "B": tmp_path / "B.zip",
        "C": tmp_path / "source" / "dist" / "site.zip",
    }
