from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

from lambdas import run_task
from lambdas.execution import storage
from lambdas.job.ending import JobError, Misconfigured
from lambdas.job.job import Job
from lambdas.run_task import Request
from lambdas.tasks import secrets, task, template
from lambdas.tasks.template import Packaging
from tests.support.store import key_of, zipped

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from lambdas.tasks.environment import Environment
    from tests.support.functions import CodePipeline, Context, Events
    from tests.support.store import Store

FORMS = "secretsmanager:<name>, secretsmanager:<name>:<key> or ssm:<name>"
KEYS = "task, credentials, folder, template, shape, bounded, reads, Values.<name>, Env.<NAME>, Secret.<NAME>"
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
    dist.mkdir()
    (dist / "openapi.json").write_text("{}")
    (dist / "site.zip").write_bytes(zipped({"index.html": "hello"}))


class FakePackaging:
    """A packaging that remembers for what it was asked, and what the task had made by then."""

    def __init__(self) -> None:
        self.requests: list[tuple[Packaging, str]] = []
        self.files: list[set[str]] = []
        self.error: JobError | None = None

    def package(self, packaging: Packaging, own: Path, work: Path, bucket: str, deadline: float) -> Path:
        assert deadline > 0
        self.requests.append((packaging, bucket))
        self.files.append({path.name for path in own.iterdir()})
        if self.error:
            raise self.error
        target = work / "PackageOutput.zip"
        target.write_bytes(zipped({"template.json": "{}"}))
        return target


@pytest.fixture
def packaged(monkeypatch: pytest.MonkeyPatch) -> FakePackaging:
    """The packaging of a template."""
    packaged = FakePackaging()
    monkeypatch.setattr(template, "package", packaged.package)
    return packaged


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


def test_a_request_may_be_to_package_a_template_as_well(event: Events) -> None:
    parameters = "task=package&Site=dist/site.zip&template=app/e.yml&shape=0123&reads=SiteUrl&Values.prod=app/prod.yml"

    assert request(event, parameters, ["Site", "PackageOutput"]) == Request(
        "package",
        {},
        {"Site": "dist/site.zip"},
        with_credentials=False,
        packaging=Packaging("app/e.yml", "0123", ("SiteUrl",), values={"prod": "app/prod.yml"}),
    )


def test_where_a_template_is_packaged_there_may_be_no_task(event: Events) -> None:
    packaging = Packaging("app/e.yml", "0123")

    asked = request(event, "template=app/e.yml&shape=0123", ["PackageOutput"])

    assert asked == Request("", {}, {}, with_credentials=False, packaging=packaging)


def test_a_project_without_requirements_has_no_dependencies(event: Events) -> None:
    assert request(event, "task=package", inputs=["SourceOutput"]).task == "package"


@pytest.mark.parametrize("inputs", [[], ["DependenciesOutput"]])
def test_there_is_no_task_without_a_source(event: Events, inputs: list[str]) -> None:
    assert mistakes(event, "task=package", inputs=inputs) == ["the action lacks the input artifact SourceOutput"]


@pytest.mark.parametrize(
    ("parameters", "outputs", "expected"),
    [
        ("task=a&template=e.yml&shape=0", [], ["the action lacks the output artifact PackageOutput"]),
        (
            "task=a&template=/e.yml",
            ["PackageOutput"],
            [
                "template=/e.yml must be a path inside the source",
                "shape is missing in UserParameters; invoke pipeline.up writes it",
            ],
        ),
        (
            "task=-x&template=e.yml&shape=0",
            ["PackageOutput"],
            ["task must name a task of the source, such as task=package; it is '-x'"],
        ),
        (
            "task=a&template=e.yml&shape=0&PackageOutput=dist",
            ["PackageOutput"],
            [f"PackageOutput is neither {KEYS} nor an output artifact of the action"],
        ),
        (
            "task=a",
            ["PackageOutput"],
            [
                "no path is given for the output artifact PackageOutput; write PackageOutput=<path in the source>",
            ],
        ),
    ],
)
def test_a_packaging_and_its_artifact_go_together(
    event: Events, parameters: str, outputs: list[str], expected: list[str]
) -> None:
    assert mistakes(event, parameters, outputs) == expected


@pytest.mark.parametrize("name", ["task", "credentials", "retries", "folder", "template", "shape", "bounded", "reads"])
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
        ["Foreign"],
    ) == [
        "task must name a task of the source, such as task=package; it is ''",
        "credentials must be true or false; it is 'x'",
        "Env.1 cannot be the name of an environment variable",
        "Env. cannot be the name of an environment variable",
        "A is asked for twice, as Env.A and as Secret.A",
        f"Secret.B must say where the secret is kept, {FORMS}; it is 'vault:b'",
        "Secret.2 cannot be the name of an environment variable",
        "folder=../x must be a path inside the source",
        f"Unknown is neither {KEYS} nor an output artifact of the action",
        "Up=../x must be a path inside the source",
        "Deep=a/../x must be a path inside the source",
        "Root=/x must be a path inside the source",
        "Blank= must be a path inside the source",
        "Dot=. must be a path inside the source",
        "no path is given for the output artifact Unsaid; write Unsaid=<path in the source>",
        "the action lacks the input artifact SourceOutput",
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


def test_a_task_without_dependencies_runs_in_an_empty_environment(order: Order, store: Store, fake: FakeTask) -> None:
    codepipeline = order("task=package&Api=dist/openapi.json", ["Api"], ["SourceOutput"])

    assert codepipeline.answer["executionDetails"] == {"summary": "package took 3.2 s"}
    assert fake.files == [{"tasks.py"}, {"~offered.pth"}]
    assert {"python", "uv"} <= fake.programs
    assert store.files("Api") == {"openapi.json": b"{}"}


def test_a_template_is_packaged_when_the_task_is_over_for_the_bucket_of_its_artifact(
    order: Order, store: Store, packaged: FakePackaging
) -> None:
    codepipeline = order(
        "task=package&Site=dist/site.zip&template=e.yml&shape=0",
        ["Site", "PackageOutput"],
        encryptionKey={"id": "arn:aws:kms:key", "type": "KMS"},
    )

    assert codepipeline.answer["executionDetails"] == {"summary": "package took 3.2 s"}
    assert packaged.requests == [(Packaging("e.yml", "0"), "artifact-bucket")]
    assert packaged.files == [{"tasks.py", "dist"}]
    assert store.files("PackageOutput") == {"template.json": b"{}"}
    assert [(put["Key"], put["SSEKMSKeyId"]) for put in store.puts] == [
        (key_of(name), "arn:aws:kms:key") for name in ("Site", "PackageOutput")
    ]


def test_a_template_is_packaged_in_the_folder_of_its_project(
    order: Order, store: Store, packaged: FakePackaging
) -> None:
    store.put("SourceOutput", {"README.md": "", "services/api/e.yml": ""}, comment="20251231-235959")

    order("folder=services/api&template=e.yml&shape=0", ["PackageOutput"])

    assert packaged.files == [{"e.yml"}]


def test_without_a_task_no_environment_is_made_and_no_secret_read(
    order: Order, store: Store, packaged: FakePackaging, fake: FakeTask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(secrets, "read", lambda _references: pytest.fail("secrets were read"))
    del store.objects[key_of("DependenciesOutput")]

    codepipeline = order("template=e.yml&shape=0", ["PackageOutput"])

    assert codepipeline.answer["executionDetails"] == {"summary": "there is no task"}
    assert codepipeline.answer["outputVariables"] == {"Version": "20251231-235959"}
    assert fake.name == ""
    assert packaged.files == [{"tasks.py"}]
    assert store.files("PackageOutput") == {"template.json": b"{}"}


def test_without_a_task_an_output_may_lie_in_the_source(order: Order, store: Store, packaged: FakePackaging) -> None:
    store.put("SourceOutput", {"site/index.html": "hello"}, comment="20251231-235959")

    order("template=e.yml&shape=0&Site=site", ["Site", "PackageOutput"])

    assert packaged.requests
    assert store.files("Site") == {"index.html": b"hello"}


def test_an_output_that_no_task_makes_is_named_and_nothing_is_delivered(
    order: Order, store: Store, packaged: FakePackaging
) -> None:
    codepipeline = order("template=e.yml&shape=0&Site=dist/site", ["Site", "PackageOutput"])

    assert codepipeline.failure["message"] == "There is no task that makes Site (dist/site)"
    assert packaged.requests == []
    assert store.puts == []


def test_a_template_that_cannot_be_packaged_lets_nothing_be_delivered(
    order: Order, store: Store, packaged: FakePackaging, scratch: Path
) -> None:
    packaged.error = JobError("The template e.yml cannot be delivered")

    codepipeline = order("task=package&Site=dist/site.zip&template=e.yml&shape=0", ["Site", "PackageOutput"])

    assert codepipeline.failure == {"type": "JobFailed", "message": "The template e.yml cannot be delivered"}
    assert store.puts == []
    assert list(scratch.iterdir()) == []


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


def test_the_work_lies_in_a_folder_that_only_the_function_can_enter(
    order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders: list[tuple[str, int]] = []
    make = storage.work

    @contextlib.contextmanager
    def work(prefix: str) -> Iterator[Path]:
        with make(prefix) as folder:
            folders.append((prefix, stat.S_IMODE(folder.stat().st_mode)))
            yield folder

    monkeypatch.setattr(storage, "work", work)

    order("task=package")

    assert folders == [("task-", 0o700)]
